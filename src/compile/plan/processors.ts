// Services that extensions call while a request passes (external processors): every proxy has a way to them, since any of its routes may need it.
import { byCodeUnit } from '../../base/index.ts';
import { type Mesh, type ServiceKey, splitServiceKey } from '../../model/index.ts';
import { type Contribution, EXTENSION_POLICY, processorOf } from '../../policy/index.ts';
import type { View } from '../plan.ts';
import { clusterName } from './names.ts';

const FOUND = new WeakMap<Mesh['policies'], readonly ServiceKey[]>();
const NONE: readonly ServiceKey[] = [];

/** All of them, sorted, whether or not they exist; found once per set of policies. */
export function processors(mesh: Pick<Mesh, 'policies'>): readonly ServiceKey[] {
  if (mesh.policies.size === 0) return NONE;
  const known = FOUND.get(mesh.policies);
  if (known !== undefined) return known;
  const keys = new Set<ServiceKey>();
  for (const policy of mesh.policies.values()) {
    const key = policy.kind === EXTENSION_POLICY ? processorOf(policy) : undefined;
    if (key !== undefined) keys.add(key);
  }
  const sorted = keys.size === 0 ? NONE : [...keys].sort(byCodeUnit);
  FOUND.set(mesh.policies, sorted);
  return sorted;
}

/** The cluster of a processor under a view; its name is the same whether or not the Service exists. */
export function processorCluster(mesh: Mesh, view: View, { service, port }: { readonly service: ServiceKey; readonly port: number }): string {
  const { namespace, name } = splitServiceKey(service);
  return clusterName(mesh.services.get(service)?.host ?? `${name}.${namespace}.mesh`, port, view);
}

const REACHED = new WeakMap<readonly Contribution[], Map<string, readonly Contribution[]>>();

/** The contributions with a cluster for each service that one of them calls; themselves when none does. Kept by identity. */
export function withProcessors(contributions: readonly Contribution[], clusterOf: (service: ServiceKey, port: number) => string): readonly Contribution[] {
  const calls = contributions.flatMap((each) => (each.kind === 'http-filter-to' ? [clusterOf(each.service, each.port)] : []));
  if (calls.length === 0) return contributions;
  const kept = REACHED.get(contributions) ?? new Map<string, readonly Contribution[]>();
  const id = calls.join(' ');
  const known = kept.get(id);
  if (known !== undefined) return known;
  const reached = contributions.map((each): Contribution => {
    if (each.kind !== 'http-filter-to') return each;
    const { filter, origin, service, port, config } = each;
    return { kind: 'http-filter', filter, origin, config: config(clusterOf(service, port)) };
  });
  REACHED.set(contributions, kept.set(id, reached));
  return reached;
}
