// Workloads that a node's proxy serves: what is to be said of them beside what is said of every workload.
import type { Diagnostic } from '../../base/index.ts';
import {
  type Change,
  type DocumentKey,
  diagnostic,
  type Mesh,
  makeDocumentKey,
  serviceKey,
  splitDocumentKey,
  type Workload,
  type WorkloadKey,
  workloadKey,
  workloadsOfNode,
  workloadsOfService,
} from '../../model/index.ts';
import { patchesLeftOut } from '../patches.ts';

/** Against a workload: its node is not there; patches that are meant for it. */
export function nodeDiagnostics(mesh: Mesh, key: WorkloadKey): readonly Diagnostic[] {
  const workload = mesh.workloads.get(key);
  const node = workload?.proxy?.node;
  if (workload === undefined || node === undefined) return [];
  const at = { ...workload.origin, path: 'spec.proxy.node' };
  const there = mesh.workloads.get(node)?.node === true;
  return [
    ...(there ? [] : [diagnostic('WEFT2481', at, `there is no node ${node}, so nothing serves Workload ${key}`, hintOf(workload))]),
    ...patchesLeftOut(mesh, workload).map(({ namespace, name }) =>
      diagnostic('WEFT2483', at, `ProxyPatch ${namespace}/${name} is for Workload ${key}, which node ${node} serves with others: it is left out`),
    ),
  ];
}

/** Of a pod the proxy of its node is a pod, too. */
function hintOf({ machine, proxy }: Workload): string | undefined {
  return proxy?.capture.mode === 'pod'
    ? `look for its pod: kubectl get pods -A -l app.kubernetes.io/component=node --field-selector spec.nodeName=${machine}`
    : undefined;
}

/** Workloads of which `nodeDiagnostics` may say something else after a change. */
export function nodeNeighbours(mesh: Mesh, { key, kind }: Pick<Change, 'key' | 'kind'>): readonly DocumentKey[] {
  const { namespace, name } = splitDocumentKey(key);
  if (kind === 'Workload') return keysOf(workloadsOfNode(mesh, workloadKey(namespace, name)));
  if (kind === 'ProxyPatch') return keysOf(served(mesh));
  const service = kind === 'Service' ? mesh.services.get(serviceKey(namespace, name)) : undefined;
  return service === undefined || mesh.policies.size === 0 ? [] : keysOf(workloadsOfService(mesh, service).filter(({ proxy }) => proxy?.node !== undefined));
}

function served(mesh: Mesh): readonly Workload[] {
  return [...mesh.index.workloadsByNode.keys()].flatMap((node) => workloadsOfNode(mesh, node as WorkloadKey));
}

const keysOf = (workloads: readonly Workload[]): readonly DocumentKey[] =>
  workloads.map(({ namespace, name }) => makeDocumentKey('weft.dev', 'Workload', namespace, name));
