// Proxies of nodes: one for many workloads (docs/node-mode.md).
import type { ProxyId, Workload, WorkloadKey } from './entities.ts';
import { proxyIdOf } from './keys.ts';
import type { Mesh } from './mesh.ts';

/** The proxy that serves a workload: its node's, or one of its own. */
export function proxyOf({ key, proxy }: Workload): ProxyId {
  return proxyIdOf(proxy?.node ?? key);
}

/** Workloads that name a node, which need not exist; sorted by key. */
export function workloadsOfNode(mesh: Mesh, node: WorkloadKey): readonly Workload[] {
  return (mesh.index.workloadsByNode.get(node) ?? []).flatMap((key) => mesh.workloads.get(key) ?? []);
}
