import type { KubeClient } from '../../../../kube/index.ts';
import { DEFINITIONS, textAt } from '../../../client/kube.ts';
import { type Finding, finding, type Line } from '../line.ts';
import { lineOf } from './line-of.ts';

/** What Weft is made for. */
const VERSION = { major: 1, minor: 6 };
const NEEDED = ['gatewayclasses', 'gateways', 'grpcroutes', 'httproutes', 'referencegrants'];
const BUNDLE = 'gateway.networking.k8s.io/bundle-version';
const NEXT = 'kubectl get customresourcedefinitions | grep gateway.networking.k8s.io';

/** Definitions of Gateway API, and of which version they are (they say so in an annotation). */
export function gatewayApiLine(client: KubeClient): Promise<Line> {
  return lineOf('gateway-api', `Gateway API ${VERSION.major}.${VERSION.minor}`, async (): Promise<readonly Finding[]> => {
    const names = NEEDED.map((plural) => `${plural}.gateway.networking.k8s.io`);
    const found = await Promise.all(names.map((name) => client.get(DEFINITIONS, { name })));
    const absent = names.filter((_, index) => found[index] === undefined);
    if (absent.length > 0) return [finding('WEFT2467', `there is no definition ${absent.join(', ')}`, { next: NEXT })];
    const versions = [...new Set(found.map((each) => textAt(each, 'metadata', 'annotations', BUNDLE)))];
    const other = versions.filter((version) => !isKnown(version));
    return other.length === 0 ? [] : [finding('WEFT2468', `it is ${other.map((version) => version || 'of no version').join(', ')}`, { next: NEXT })];
  });
}

function isKnown(version: string): boolean {
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  return Number(major) === VERSION.major && Number(minor) === VERSION.minor;
}
