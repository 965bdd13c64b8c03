import type { KubeClient, KubeObject } from '../../../../kube/index.ts';
import { listAll, listAt, MUTATING, NAMESPACES, textAt } from '../../../client/kube.ts';
import { type Finding, finding, type Line } from '../line.ts';
import { lineOf } from './line-of.ts';

interface Mesh {
  readonly name: string;
  /** Of the name of its mutating webhook configuration. */
  readonly webhook: RegExp;
  /** With which label or annotation a namespace asks for it. */
  readonly asked: (namespace: KubeObject) => boolean;
}

const said = (namespace: KubeObject, key: string): string => textAt(namespace, 'metadata', 'labels', key) || textAt(namespace, 'metadata', 'annotations', key);

/** Meshes that inject: their own documentation says these names. */
const MESHES: readonly Mesh[] = [
  {
    name: 'Istio',
    webhook: /^istio-(sidecar-injector|revision-tag)/,
    asked: (namespace) => said(namespace, 'istio-injection') === 'enabled' || said(namespace, 'istio.io/rev') !== '',
  },
  { name: 'Linkerd', webhook: /^linkerd-proxy-injector/, asked: (namespace) => said(namespace, 'linkerd.io/inject') === 'enabled' },
  { name: 'Kuma', webhook: /^(kuma|kong-mesh)-admission/, asked: (namespace) => said(namespace, 'kuma.io/sidecar-injection') === 'enabled' },
  { name: 'Consul', webhook: /^consul-.*connect-injector/, asked: (namespace) => said(namespace, 'connect-inject') === 'enabled' },
];

const takesPods = (configuration: KubeObject): boolean =>
  listAt(configuration, 'webhooks').some((webhook) => listAt(webhook, 'rules').some((rule) => listAt(rule, 'resources').includes('pods')));

/** Webhooks of other meshes that take pods; an error where one namespace asks for both. */
export function meshesLine(client: KubeClient): Promise<Line> {
  return lineOf('other-meshes', 'no other mesh injects proxies', async (): Promise<readonly Finding[]> => {
    const [configurations, namespaces] = await Promise.all([listAll(client, MUTATING), listAll(client, NAMESPACES)]);
    return MESHES.flatMap(({ name, webhook, asked }) => {
      const there = configurations.find((each) => webhook.test(each.metadata.name) && takesPods(each));
      if (there === undefined) return [];
      const both = namespaces.filter((namespace) => asked(namespace) && said(namespace, 'weft.dev/inject') === 'enabled').map(({ metadata }) => metadata.name);
      const words = both.length === 0 ? `${name} injects into the namespaces that ask for it` : `${name} and Weft both inject into ${both.join(', ')}`;
      return [
        finding('WEFT2469', words, {
          severity: both.length === 0 ? 'info' : 'error',
          next: `kubectl get mutatingwebhookconfiguration ${there.metadata.name} -o yaml`,
        }),
      ];
    });
  });
}
