// What the compiler asks of a mesh. Every answer is sorted, and costs what it returns.

import { byCodeUnit } from '../base/index.ts';
import { byAge } from './age.ts';
import type {
  BackendTarget,
  DocumentKey,
  GatewayKey,
  HttpRoute,
  Policy,
  ReferenceGrant,
  Scope,
  Service,
  ServiceKey,
  ServiceParent,
  ServicePort,
  Subset,
  Workload,
} from './entities.ts';
import { plainServiceName } from './external.ts';
import { grantedBy, type Referent, type Referrer } from './granted.ts';
import type { Mesh } from './mesh.ts';
import { firstPair, labelPair } from './pairs.ts';
import { everyoneIn, scopePair } from './sections.ts';
import { backendIndexKey, parentIndexKey } from './sections-routes.ts';

/** Whether labels have every pair of a selector. The empty selector holds for all. */
export function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

const NO_ROUTES: readonly HttpRoute[] = [];

/** Routes that have the Service as parent, of whatever namespace, by precedence. The same list as long as none of them changes. */
export function routesOfService(mesh: Mesh, service: ServiceKey): readonly HttpRoute[] {
  return mesh.index.routesByParent.get(service) ?? NO_ROUTES;
}

/** Routes that have the Gateway or ListenerSet as parent, by precedence; the document need not exist. */
export function routesOfGateway(mesh: Mesh, kind: 'Gateway' | 'ListenerSet', key: GatewayKey): readonly HttpRoute[] {
  return mesh.index.routesByParent.get(parentIndexKey({ kind, key })) ?? NO_ROUTES;
}

/** The Services among the parents of a route. */
export function serviceParents({ parents }: Pick<HttpRoute, 'parents'>): readonly ServiceParent[] {
  return parents.filter((parent) => parent.kind === 'Service');
}

/** Whether a route decides about connections (TCPRoute, TLSRoute), not about requests. */
export function isOfConnections({ kind }: Pick<HttpRoute, 'kind'>): boolean {
  return kind === 'TCPRoute' || kind === 'TLSRoute';
}

/** Routes that send requests to the Service, also to a Subset of it, by precedence. */
export function routesOfBackend(mesh: Mesh, service: ServiceKey): readonly HttpRoute[] {
  const direct = mesh.index.routesByBackend.get(service) ?? NO_ROUTES;
  const subsets = subsetsOfService(mesh, service);
  if (subsets.length === 0) return direct;
  const through = subsets.flatMap(({ namespace, name }) => routesOfTarget(mesh, { group: 'weft.dev', kind: 'Subset', namespace, name }));
  return [...new Set([...direct, ...through])].sort(byAge);
}

/** Routes that send requests to the target, which need not exist, by precedence. */
export function routesOfTarget(mesh: Mesh, target: Pick<BackendTarget, 'group' | 'kind' | 'namespace' | 'name'>): readonly HttpRoute[] {
  return mesh.index.routesByBackend.get(backendIndexKey(target)) ?? NO_ROUTES;
}

/** Routes that refer to the RouteFilter `namespace/name`, which need not exist. */
export function routesOfFilter(mesh: Mesh, filter: string): readonly HttpRoute[] {
  return mesh.index.routesByFilter.get(filter) ?? NO_ROUTES;
}

/** Routes of other namespaces that send requests into this one. */
export function routesInto(mesh: Mesh, namespace: string): readonly HttpRoute[] {
  return mesh.index.routesByForeignNamespace.get(namespace) ?? NO_ROUTES;
}

/** Subsets of a Service, which need not exist, sorted by name. */
export function subsetsOfService(mesh: Mesh, service: ServiceKey): readonly Subset[] {
  return (mesh.index.subsetsByService.get(service) ?? []).flatMap((key) => mesh.subsets.get(key) ?? []);
}

/** ReferenceGrants of a namespace, sorted by key. */
export function grantsOf(mesh: Mesh, namespace: string): readonly ReferenceGrant[] {
  return (mesh.index.grantsByNamespace.get(namespace) ?? []).flatMap((key) => mesh.grants.get(key) ?? []);
}

/** Whether a document may refer to another: always within its namespace, elsewhere where a ReferenceGrant of that namespace says so. */
export function granted(mesh: Mesh, from: Referrer, to: Referent): boolean {
  return grantedBy(from.namespace === to.namespace ? [] : grantsOf(mesh, to.namespace), from, to);
}

/** The ports of a Service that a parentRef attaches its route to: all, or those of its port number and section name. */
export function parentPorts(service: Service, parent: Pick<ServiceParent, 'port' | 'section'>): readonly ServicePort[] {
  return service.ports.filter(
    (port) => (parent.port === undefined || parent.port === port.port) && (parent.section === undefined || parent.section === port.name),
  );
}

/** Workloads of a namespace that have every pair of a selector with at least one pair, sorted by key. */
function workloadsWith(mesh: Mesh, namespace: string, selector: Readonly<Record<string, string>>): readonly Workload[] {
  let shortest: readonly Workload['key'][] | undefined;
  for (const [key, value] of Object.entries(selector)) {
    const list = mesh.index.workloadsByLabel.get(labelPair(namespace, key, value)) ?? [];
    if (shortest === undefined || list.length < shortest.length) shortest = list;
  }
  return (shortest ?? []).flatMap((key) => {
    const workload = mesh.workloads.get(key);
    return workload !== undefined && selects(selector, workload.labels) ? [workload] : [];
  });
}

/** Workloads that the Service's selector picks in its namespace, sorted by key. A Service without selector has none. */
export function workloadsOfService(mesh: Mesh, service: Service): readonly Workload[] {
  return workloadsWith(mesh, service.namespace, service.selector);
}

/** Services whose selector picks the workload, or whatever has these labels, sorted by key. */
export function servicesOfWorkload(mesh: Mesh, { namespace, labels }: Pick<Workload, 'namespace' | 'labels'>): readonly Service[] {
  const found: Service[] = [];
  for (const [key, value] of Object.entries(labels)) {
    const pair = labelPair(namespace, key, value);
    for (const each of mesh.index.servicesBySelector.get(pair) ?? []) {
      const service = mesh.services.get(each);
      if (service !== undefined && firstPair(service.namespace, service.selector) === pair && selects(service.selector, labels)) found.push(service);
    }
  }
  return found.sort((a, b) => byCodeUnit(a.key, b.key));
}

/** Scopes of the workload's namespace that are meant for it, by precedence. */
export function scopesOfWorkload(mesh: Mesh, { namespace, labels }: Workload): readonly Scope[] {
  const found: Scope[] = [];
  for (const pair of [everyoneIn(namespace), ...Object.entries(labels).map(([key, value]) => labelPair(namespace, key, value))]) {
    for (const each of mesh.index.scopesBySelector.get(pair) ?? []) {
      const scope = mesh.scopes.get(each);
      if (scope !== undefined && scopePair(scope) === pair && selects(scope.selector, labels)) found.push(scope);
    }
  }
  return found.length > 1 ? found.sort(byAge) : found;
}

/** Scopes with an entry that stands for the service, which need not exist; sorted by key. */
export function scopesNaming(mesh: Mesh, service: ServiceKey): readonly Scope[] {
  const plain = plainServiceName(service);
  const namespace = plain.slice(0, plain.indexOf('/'));
  const keys = new Set([plain, `${namespace}/*`, '*'].flatMap((host) => mesh.index.scopesByHost.get(host) ?? []));
  return [...keys].sort(byCodeUnit).flatMap((key) => mesh.scopes.get(key) ?? []);
}

/** Workloads that a Scope is for, sorted by key. One without selector is for its whole namespace, and costs a look at every workload. */
export function workloadsOfScope(mesh: Mesh, { namespace, selector }: Scope): readonly Workload[] {
  if (Object.keys(selector).length > 0) return workloadsWith(mesh, namespace, selector);
  return [...mesh.workloads.values()].filter((workload) => workload.namespace === namespace).sort((a, b) => byCodeUnit(a.key, b.key));
}

/** Policies that name this place (see policyPlace), by precedence: the older first. */
export function policiesAt(mesh: Mesh, place: string): readonly Policy[] {
  return (mesh.index.policiesByTarget.get(place) ?? NONE).flatMap((key) => mesh.policies.get(key) ?? []).sort(byAge);
}

const NONE: readonly DocumentKey[] = [];
/** Services outside the mesh that have the host, exactly as written; the one that is called by it first: the older, then by name. */
export function servicesOfHost(mesh: Mesh, host: string): readonly Service[] {
  const found = (mesh.index.servicesByHost.get(host) ?? []).flatMap((key) => mesh.services.get(key) ?? []);
  return found.sort((a, b) => byCodeUnit(a.external?.createdAt || '~', b.external?.createdAt || '~') || byCodeUnit(a.key, b.key));
}
