import { httpOf, type KubeClient, type ResourceType } from '../../kube/index.ts';

const DAEMON_SETS: ResourceType = { group: 'apps', version: 'v1', plural: 'daemonsets', kind: 'DaemonSet', namespaced: true };

export interface Self {
  readonly namespace: string;
  readonly daemonSet: string;
}

/**
 * Whether this agent ends for good, and not to come again (an update, a node that starts anew): its DaemonSet is going or gone, or we have no rights any
 * more. Where nobody answers it is not for good: what is on the host stays, and pods of the mesh wait.
 */
export async function leavesForGood(client: KubeClient, { namespace, daemonSet }: Self): Promise<boolean> {
  try {
    const set = await client.get(DAEMON_SETS, { namespace, name: daemonSet });
    return set === undefined || set.metadata.deletionTimestamp !== undefined;
  } catch (error) {
    return [401, 403].includes(httpOf(error) ?? 0);
  }
}
