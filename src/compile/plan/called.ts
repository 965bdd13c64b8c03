// By which names a workload calls what it sees.
import { byCodeUnit } from '../../base/index.ts';
import { splitServiceKey } from '../../model/index.ts';
import type { NamePlan, ServicePortPlan } from '../plan.ts';

/** Names by which a workload of `namespace` may call it: with its namespace, and without inside of it; outside only the host itself. */
export function namesOf({ host, service }: Pick<ServicePortPlan, 'host' | 'service'>, namespace: string): readonly string[] {
  const { kind, namespace: home } = splitServiceKey(service);
  const full = `.${home}.mesh`;
  return kind === 'Service' && home === namespace && host.endsWith(full) ? [host, `${host.slice(0, -full.length)}.mesh`] : [host];
}

/** Services of the mesh first: nothing outside can take their names. Then the older, then by name. */
function byClaim(a: ServicePortPlan, b: ServicePortPlan): number {
  const [x, y] = [a, b].map(({ cluster: { external } }) => (external === undefined ? '' : external.createdAt || '~'));
  return byCodeUnit(x ?? '', y ?? '') || byCodeUnit(a.service, b.service);
}

/** Each name once, sorted, with what is called by it. */
export function planNames(chains: readonly ServicePortPlan[], namespace: string): ReadonlyMap<string, NamePlan> {
  const names = new Map<string, NamePlan>();
  const outside = chains.some((chain) => chain.cluster.external !== undefined);
  for (const chain of outside ? [...chains].sort(byClaim) : chains) {
    for (const name of namesOf(chain, namespace)) if (!names.has(name)) names.set(name, { service: chain.service, addresses: chain.answers ?? [chain.vip] });
  }
  return names;
}
