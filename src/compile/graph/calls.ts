// Who calls whom: as documents declare it (Scopes that name services, routes and policies of consumers), and as it was observed.
import { byCodeUnit, type Origin } from '../../base/index.ts';
import { fullHost, type Mesh, type Scope, type Service, type ServiceKey, servicesOfWorkload, workloadsOfScope } from '../../model/index.ts';

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
  const { byNamespace, graph } = scopeCalls(mesh);
  const others = [...consumerCalls(mesh, byNamespace), ...learnedCalls(mesh), ...observed];
  return others.length === 0 ? graph : graphOf(mesh, [...graph.calls, ...others]);
}

/** Of several about one pair the first is kept. */
function graphOf({ services }: Pick<Mesh, 'services'>, declared: Iterable<ServiceCall>): CallGraph {
  const found = new Map<string, ServiceCall>();
  for (const call of declared) {
    const id = `${call.from} ${call.to}`;
    if (call.from !== call.to && services.has(call.from) && services.has(call.to) && !found.has(id)) found.set(id, call);
  }
  const calls = [...found.values()].sort((a, b) => byCodeUnit(a.from, b.from) || byCodeUnit(a.to, b.to));
  const from = grouped(calls, (call) => call.from);
  const to = grouped(calls, (call) => call.to);
  return { calls, from: (service) => from.get(service) ?? NONE, to: (service) => to.get(service) ?? NONE };
}

/** What Scopes say, and the tables that it was read from. */
interface ScopeCalls {
  readonly services: Mesh['services'];
  readonly workloads: Mesh['workloads'];
  readonly byNamespace: ReadonlyMap<string, readonly Service[]>;
  readonly graph: CallGraph;
}

/** By the table of Scopes: most changes are of other documents, and every one of them is looked at before and after. */
const known = new WeakMap<Mesh['scopes'], ScopeCalls>();

function scopeCalls(mesh: Mesh): ScopeCalls {
  const { scopes, services, workloads } = mesh;
  const found = known.get(scopes);
  if (found?.services === services && found.workloads === workloads) return found;
  const byNamespace = servicesByNamespace(mesh);
  const calls = [...scopes.values()].flatMap((scope) => callsOfScope(mesh, scope, byNamespace.get(scope.namespace) ?? []));
  const made = { services, workloads, byNamespace, graph: graphOf(mesh, calls) };
  known.set(scopes, made);
  return made;
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
  const declared = servicesOfWorkload(mesh, { namespace: scope.namespace, labels: scope.selector });
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
