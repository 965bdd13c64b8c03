// Which places a policy could hold at: those of what its targets name. Bounded, since a policy of the whole mesh reaches all of it.
import {
  byAge,
  externalKey,
  type GatewayKey,
  gatewayKey,
  type Mesh,
  makeDocumentKey,
  type Policy,
  type PolicyTarget,
  policiesAt,
  policyPlace,
  routesOfService,
  type Service,
  type ServiceKey,
  selects,
  serviceKey,
  serviceParents,
  servicesOfWorkload,
  splitServiceKey,
  TARGET_GROUPS,
} from '../../model/index.ts';
import { calleeSpots, callerSpots, gatewaySpots, type Spot } from '../effective/spots.ts';

/** More places than this say nothing more about a document. */
export const MOST_SPOTS = 200;

/** Places at which the policy may hold, the first of them; it need not hold at any. */
export function* spotsReached(mesh: Mesh, policy: Policy): Generator<Spot> {
  const seen = new Set<ServiceKey>();
  for (const key of servicesReached(mesh, policy)) {
    const service = mesh.services.get(key);
    if (service === undefined || seen.has(key)) continue;
    seen.add(key);
    yield* spotsOfService(mesh, service, policy);
  }
  for (const gateway of gatewaysReached(mesh, policy)) yield* gatewaySpots(mesh, gateway);
}

function gatewaysReached(mesh: Mesh, policy: Policy): ReadonlySet<GatewayKey> {
  const found = new Set<GatewayKey>();
  for (const { kind, namespace, name } of policy.targets) {
    if (kind === 'Gateway') found.add(gatewayKey(namespace, name));
    const all = kind === 'Mesh' || kind === 'Namespace';
    if (all) for (const gateway of mesh.gateways.values()) if (kind === 'Mesh' || gateway.namespace === name) found.add(gateway.id);
    const route = mesh.routes.get(makeDocumentKey(TARGET_GROUPS[kind], kind, namespace, name));
    for (const parent of route?.parents ?? []) if (parent.kind === 'Gateway') found.add(parent.key);
  }
  return found;
}

function* spotsOfService(mesh: Mesh, service: Service, policy: Policy): Generator<Spot> {
  for (const port of service.ports) {
    if (policy.selector !== undefined) yield* calleeSpots(mesh, { service, port });
    for (const consumer of consumersOf(mesh, service, policy)) yield* callerSpots(mesh, { service, port, consumer });
    if (policy.namespace === service.namespace || policy.targets.some((target) => target.kind === 'Mesh')) yield* calleeSpots(mesh, { service, port });
  }
}

/** Whose calls see the policy: everybody's, or only those of its own namespace; and others who have something of their own there. */
function consumersOf(mesh: Mesh, service: Service, policy: Policy): readonly string[] {
  const global = policy.targets.some((target) => target.kind === 'Mesh');
  if (policy.namespace !== service.namespace && !global) return [policy.namespace];
  const { kind } = splitServiceKey(service.key);
  const policies = [policyPlace(kind, service.namespace, service.name), policyPlace('Namespace', '', service.namespace)].flatMap((place) =>
    policiesAt(mesh, place).filter((each) => each.kind === policy.kind),
  );
  const others = [...policies, ...routesOfService(mesh, service.key)].filter((each) => each.namespace !== service.namespace).sort(byAge);
  return ['', ...new Set(others.map((each) => each.namespace))];
}

function* servicesReached(mesh: Mesh, policy: Policy): Generator<ServiceKey> {
  for (const target of policy.targets) yield* servicesOfTarget(mesh, target);
  const { selector, namespace } = policy;
  if (selector === undefined) return;
  for (const workload of mesh.workloads.values())
    if (workload.namespace === namespace && selects(selector, workload.labels)) for (const service of servicesOfWorkload(mesh, workload)) yield service.key;
}

function* servicesOfTarget(mesh: Mesh, { kind, namespace, name }: PolicyTarget): Generator<ServiceKey> {
  if (kind === 'Mesh') yield* mesh.services.keys() as Iterable<ServiceKey>;
  else if (kind === 'Namespace') for (const key of mesh.services.keys()) if (key.startsWith(`${name}/`)) yield key as ServiceKey;
  if (kind === 'Service') yield serviceKey(namespace, name);
  if (kind === 'ExternalService') yield externalKey(namespace, name);
  const route = mesh.routes.get(makeDocumentKey(TARGET_GROUPS[kind], kind, namespace, name));
  if (route !== undefined) for (const parent of serviceParents(route)) yield parent.key;
}
