// Who calls whom: as documents declare it (Scopes that name services, routes and policies of consumers), and as it was observed.
import { byCodeUnit, type Origin } from '../../base/index.ts';
import { fullHost, type Mesh, type Scope, type Service, type ServiceKey, selects, servicesOfWorkload, workloadsOfScope } from '../../model/index.ts';

export interface ObservedCall {
  readonly from: ServiceKey;
  readonly to: ServiceKey;
}

export interface ServiceCall extends ObservedCall {
  /** The document that says so; absent for what was only observed. */
  readonly because?: Origin;
}

export interface CallGraph {
  readonly calls: readonly ServiceCall[];
  from(service: ServiceKey): readonly ServiceCall[];
  to(service: ServiceKey): readonly ServiceCall[];
}

/** Every call that is declared or was observed between services of the mesh, once for each pair, sorted. A `*` in a Scope declares nothing. */
export function callGraph(mesh: Mesh, observed: readonly ObservedCall[] = []): CallGraph {
  const found = new Map<string, ServiceCall>();
  const add = (call: ServiceCall): void => {
    const id = `${call.from} ${call.to}`;
    if (call.from !== call.to && mesh.services.has(call.from) && mesh.services.has(call.to) && !found.has(id)) found.set(id, call);
  };
  const byNamespace = servicesByNamespace(mesh);
  for (const scope of mesh.scopes.values()) for (const call of callsOfScope(mesh, scope, byNamespace.get(scope.namespace) ?? [])) add(call);
  for (const call of consumerCalls(mesh, byNamespace)) add(call);
  for (const call of [...learnedCalls(mesh), ...observed]) add(call);
  const calls = [...found.values()].sort((a, b) => byCodeUnit(a.from, b.from) || byCodeUnit(a.to, b.to));
  const from = grouped(calls, (call) => call.from);
  const to = grouped(calls, (call) => call.to);
  return { calls, from: (service) => from.get(service) ?? NONE, to: (service) => to.get(service) ?? NONE };
}

const NONE: readonly ServiceCall[] = [];

function grouped(calls: readonly ServiceCall[], keyOf: (call: ServiceCall) => ServiceKey): ReadonlyMap<ServiceKey, readonly ServiceCall[]> {
  const groups = new Map<ServiceKey, ServiceCall[]>();
  for (const call of calls) {
    const group = groups.get(keyOf(call)) ?? [];
    group.push(call);
    groups.set(keyOf(call), group);
  }
  return groups;
}

/** What service accounts were seen to call: from every service that their workloads serve. */
function* learnedCalls(mesh: Mesh): Iterable<ServiceCall> {
  if (mesh.learned.size === 0) return;
  for (const workload of mesh.workloads.values()) {
    const services = mesh.learned.get(`${workload.namespace}/${workload.serviceAccount}`)?.services ?? [];
    if (services.length === 0) continue;
    for (const { key: from } of servicesOfWorkload(mesh, workload)) for (const to of services) yield { from, to };
  }
}

function servicesByNamespace(mesh: Mesh): ReadonlyMap<string, readonly Service[]> {
  const found = new Map<string, Service[]>();
  for (const service of mesh.services.values()) {
    const group = found.get(service.namespace) ?? [];
    group.push(service);
    found.set(service.namespace, group);
  }
  return found;
}

function callsOfScope(mesh: Mesh, scope: Scope, here: readonly Service[]): readonly ServiceCall[] {
  const targets = scope.services.flatMap((host, at) => (host === '*' || host.endsWith('/*') ? [] : [[fullHost(scope, host) as ServiceKey, at] as const]));
  if (targets.length === 0) return [];
  const callers = callersOfScope(mesh, scope, here);
  return callers.flatMap((from) => targets.map(([to, at]) => ({ from, to, because: { ...scope.origin, path: `spec.services[${at}]` } })));
}

/** Services whose workloads a Scope is for: by their selector, and by what runs. One for a whole namespace says only something when that is one service. */
function callersOfScope(mesh: Mesh, scope: Scope, here: readonly Service[]): readonly ServiceKey[] {
  if (Object.keys(scope.selector).length === 0) return here.length === 1 ? here.map((service) => service.key) : [];
  const declared = here.filter((service) => Object.keys(service.selector).length > 0 && selects(service.selector, scope.selector));
  const running = workloadsOfScope(mesh, scope).flatMap((workload) => servicesOfWorkload(mesh, workload));
  return [...new Set([...declared, ...running].map((service) => service.key))];
}

/** A route or policy about a service of another namespace: whoever is there calls it. Only said when that is one service. */
function consumerCalls(mesh: Mesh, byNamespace: ReadonlyMap<string, readonly Service[]>): readonly ServiceCall[] {
  const only = (namespace: string): readonly ServiceKey[] => {
    const here = byNamespace.get(namespace) ?? [];
    return here.length === 1 ? here.map((service) => service.key) : [];
  };
  const found: ServiceCall[] = [];
  for (const route of mesh.routes.values())
    for (const parent of route.parents)
      if (parent.kind === 'Service' && parent.namespace !== route.namespace)
        for (const from of only(route.namespace)) found.push({ from, to: parent.key, because: parent.origin });
  for (const policy of mesh.policies.values())
    for (const { kind, namespace, name, origin } of policy.targets)
      if (kind === 'Service' && namespace !== policy.namespace)
        for (const from of only(policy.namespace)) found.push({ from, to: `${namespace}/${name}` as ServiceKey, because: origin });
  return found;
}
