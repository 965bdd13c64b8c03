// Which endpoints are near a caller, and in which order the others follow.
import type { Mesh, ServiceKey, Workload } from '../../model/index.ts';
import { contributionOf, type LocalityValues } from '../../policy/index.ts';
import type { EndpointPlan, View } from '../plan.ts';
import { clusterContributions } from './policies.ts';

const WANTED = new WeakMap<Mesh['policies'], boolean>();

/** Whether any policy says anything of localities: most meshes ask no further. */
function anyPolicy(mesh: Mesh): boolean {
  const known = WANTED.get(mesh.policies);
  if (known !== undefined) return known;
  const found = [...mesh.policies.values()].some((policy) => policy.kind === 'LoadBalancingPolicy' && policy.spec['locality'] !== undefined);
  WANTED.set(mesh.policies, found);
  return found;
}

interface Asked {
  readonly service: ServiceKey;
  /** Namespace of the callers where their own policies hold. */
  readonly consumer: string;
  /** The Gateway that the caller is a proxy of, where policies name it. */
  readonly gateway: string;
}

/** What of a caller's place decides where its calls to a service go; undefined when nothing of it does. */
export function callerPlace(mesh: Mesh, { zone, machine }: Workload, { service: key, consumer, gateway }: Asked): Pick<View, 'zone' | 'node'> | undefined {
  const service = mesh.services.get(key);
  if (service === undefined || service.external !== undefined || (service.near === undefined && !anyPolicy(mesh))) return undefined;
  const wanted = service.ports.flatMap((port) => contributionOf(clusterContributions(mesh, { service, port, consumer, gateway }), 'locality')?.values ?? []);
  if (wanted.length === 0) return undefined;
  return { zone, node: wanted.some((values) => values.nearest === 'Node') ? machine : '' };
}

export type Unranked = Omit<EndpointPlan, 'priority'> & { readonly node: string };

const ELSEWHERE = Number.MAX_SAFE_INTEGER;

/** How far an endpoint is: 0 on the same machine, 1 in the same zone, then the zones that stand in for it; undefined = not to be used. */
function distance(endpoint: Unranked, { mode, nearest, failover }: LocalityValues, { zone, node }: View): number | undefined {
  if (nearest === 'Node' && endpoint.node === node) return 0;
  // A caller without a zone is as far from every zone.
  if (zone === '') return mode === 'Require' && nearest === 'Node' ? undefined : 1;
  if (endpoint.zone === zone) return 1;
  const place = failover.get(zone)?.indexOf(endpoint.zone) ?? -1;
  if (place >= 0) return 2 + place;
  return mode === 'Require' ? undefined : ELSEWHERE;
}

/** Endpoints with their priorities: the same for all of them where places do not matter. Priorities have no gaps; Envoy wants none. */
export function ranked(endpoints: readonly Unranked[], values: LocalityValues | undefined, view: View): readonly EndpointPlan[] {
  if (values === undefined) return endpoints.map(({ node: _, ...endpoint }) => ({ ...endpoint, priority: 0 }));
  const far = endpoints.flatMap((endpoint) => {
    const how = distance(endpoint, values, view);
    return how === undefined ? [] : [{ endpoint, how }];
  });
  const steps = [...new Set(far.map(({ how }) => how))].sort((a, b) => a - b);
  return far.map(({ endpoint: { node: _, ...endpoint }, how }) => ({ ...endpoint, priority: steps.indexOf(how) }));
}
