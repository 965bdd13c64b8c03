// A pod that is the proxy of its node. It gets the keys of that node's pods that chose it: so no label is believed, its service account and its namespace must
// be the installation's own. Who may make pods there is for the cluster's own rules.
import type { KubeObject } from '../../kube/index.ts';
import { PROXY_ROLE } from './gateway-pod.ts';

/** Whose pods are the proxies of nodes. */
export interface NodeAccount {
  readonly namespace: string;
  readonly serviceAccount: string;
}

interface RawPod extends KubeObject {
  readonly spec?: { readonly serviceAccountName?: string };
}

/** The pod has a proxy that serves others; the agent's pod without one is none. */
export function isNodeProxy(pod: RawPod, nodes: NodeAccount | undefined): boolean {
  const { namespace, annotations } = pod.metadata;
  return (
    nodes !== undefined && namespace === nodes.namespace && pod.spec?.serviceAccountName === nodes.serviceAccount && annotations?.[PROXY_ROLE] === 'node-proxy'
  );
}

/** What decides between two pods of one node. */
export interface Candidate {
  readonly namespace: string;
  readonly name: string;
  readonly created: string | undefined;
  readonly state: 'Starting' | 'Ready' | 'Draining';
}

const RANK = { Ready: 2, Starting: 1, Draining: 0 } as const;

/**
 * `namespace/name` of the proxy that serves the pods of a node: one that is ready before one that is not, of several the newest. Without any, a name that no pod
 * has: whoever chose it is then served by nobody, and told so.
 */
export function proxyOfNode(node: string, candidates: readonly Candidate[], nodes: NodeAccount | undefined): string {
  const [best] = [...candidates].sort(
    (a, b) => RANK[b.state] - RANK[a.state] || (b.created ?? '').localeCompare(a.created ?? '') || (a.name < b.name ? -1 : 1),
  );
  return best === undefined ? `${nodes?.namespace ?? 'weft-node'}/${nodes?.serviceAccount ?? 'weft-node-proxy'}.${node}` : `${best.namespace}/${best.name}`;
}
