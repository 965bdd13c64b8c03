import { manifests, type Resource, resourceOf, type Values } from '../../../../install/index.ts';
import type { KubeClient, ResourceType } from '../../../../kube/index.ts';
import { at } from '../../../client/kube.ts';
import { type Finding, finding, type Line } from '../line.ts';
import { lineOf } from './line-of.ts';

const REVIEWS: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
};

/** Definitions, and one of each kind that an installation has. */
function resources(values: Values): readonly Resource[] {
  const all = manifests({ values, version: '' }).map(resourceOf);
  const definitions = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', kind: '', namespaced: false };
  return [...new Map([definitions, ...all].map((each) => [`${each.plural}.${each.group}`, each])).values()];
}

async function may(client: KubeClient, attributes: Readonly<Record<string, string>>): Promise<boolean> {
  const review = await client.create(REVIEWS, { metadata: { name: '' }, spec: { resourceAttributes: attributes } });
  return at(review, 'status', 'allowed') === true;
}

async function missing(client: KubeClient, values: Values): Promise<readonly string[]> {
  // cluster-admin: one question
  if (await may(client, { verb: '*', group: '*', resource: '*' })) return [];
  const asked = resources(values).flatMap(({ group, plural }) => ['create', 'patch'].map((verb) => ({ verb, group, resource: plural })));
  const roles = ['clusterroles', 'roles'].map((resource) => ({ verb: 'escalate', group: 'rbac.authorization.k8s.io', resource }));
  const answers = await Promise.all([...asked, ...roles].map(async (each) => ((await may(client, each)) ? [] : [`${each.verb} ${each.resource}`])));
  return answers.flat();
}

/** Whether whoever asks may apply what `weft install` prints (SelfSubjectAccessReview). */
export function rightsLine(client: KubeClient, values: Values): Promise<Line> {
  return lineOf('rights', 'you may install it', async (): Promise<readonly Finding[]> => {
    const not = await missing(client, values);
    if (not.length === 0) return [];
    return [finding('WEFT2466', `you may not ${not.join(', ')}`, { next: 'weft install > weft.yaml' })];
  });
}
