import type { KubeClient, ResourceType } from '../../kube/index.ts';

export const PODS: ResourceType = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

/** Undefined where nobody can say: no such pod (any more), or no answer. */
export async function annotationsOfPod(
  client: KubeClient,
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
): Promise<Readonly<Record<string, string>> | undefined> {
  const pod = await client.get(PODS, { namespace, name }).catch(() => undefined);
  if (pod === undefined || (uid !== '' && pod.metadata.uid !== uid)) return undefined;
  return pod.metadata.annotations ?? {};
}
