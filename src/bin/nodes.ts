// What nodes have proved, kept in the store.
import { type Admitted, NodeAdmissions } from '../control/index.ts';
import { type Mesh, makeDocumentKey, proxyIdOf, spiffeId, type WorkloadKey, workloadsOfNode } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import type { LogClaims } from '../telemetry/index.ts';

const AREA = 'node-workloads';

/** Forgets workloads that left while no control plane ran. */
export async function openAdmissions(store: Store): Promise<NodeAdmissions> {
  const admissions = new NodeAdmissions({
    load: () => new Map([...store.listValues(AREA)].map(([key, text]) => [key as WorkloadKey, JSON.parse(text) as Admitted])),
    save: (workload, admitted) => store.putValue(AREA, workload, admitted === undefined ? undefined : JSON.stringify(admitted)),
  });
  await admissions.prune((workload) => {
    const [namespace = '', name = ''] = workload.split('/');
    return store.get(makeDocumentKey('weft.dev', 'Workload', namespace, name)) !== undefined;
  });
  return admissions;
}

/** For whom the proxy of a node tells, as each of them would by itself; nobody for other proxies. */
export function servedOf(mesh: Mesh, { workload, expiresAt }: LogClaims): readonly LogClaims[] {
  if (mesh.workloads.get(workload)?.node !== true) return [];
  return workloadsOfNode(mesh, workload as WorkloadKey).map(({ key, namespace, serviceAccount }) => ({
    proxy: proxyIdOf(key),
    workload: key,
    id: spiffeId(mesh.config.trustDomain, namespace, serviceAccount),
    expiresAt,
  }));
}

/** What is known of who tells, and with it of those for whom a node does; that is looked up once for each state of the mesh. */
export function withServed<T extends object>(
  mesh: () => Mesh,
  describe: (claims: LogClaims) => T,
): (claims: LogClaims) => T & { readonly of?: Readonly<Record<string, T>> } {
  let now: Mesh | undefined;
  const known = new Map<string, Readonly<Record<string, T>>>();
  return (claims) => {
    const current = mesh();
    if (current !== now) known.clear();
    now = current;
    const found = known.get(claims.workload) ?? Object.fromEntries(servedOf(current, claims).map((each) => [each.workload, describe(each)]));
    known.set(claims.workload, found);
    return Object.keys(found).length === 0 ? describe(claims) : { ...describe(claims), of: found };
  };
}
