import { byCodeUnit, type Diagnostic } from '../../base/index.ts';
import {
  diagnostic,
  externalKey,
  fullHost,
  type HttpRoute,
  type Mesh,
  plainServiceName,
  routesOfService,
  type Scope,
  type ServiceKey,
  scopesOfWorkload,
  targetsOf,
  type Workload,
  type WorkloadKey,
} from '../../model/index.ts';
import { fallbackOf, knownUses } from './automatic.ts';
import { serviceBehind } from './targets.ts';

export interface ProxyScope {
  /** Services whose resources the proxy holds, sorted: `direct`, and the backends of their routes. */
  readonly services: readonly ServiceKey[];
  /** Services its applications may call by name, sorted. */
  readonly direct: readonly ServiceKey[];
  /** False when it is the whole mesh. */
  readonly restricted: boolean;
}

/**
 * What a proxy may see: the union of the Scopes of the workloads it serves, or everything when one of them has none. Backends of
 * routes belong to it whether or not a Scope names them, since a route without its clusters would be broken.
 */
export function scopeOf(mesh: Mesh, proxy: { readonly serves: readonly WorkloadKey[] }): ProxyScope {
  const workloads = proxy.serves.flatMap((key) => mesh.workloads.get(key) ?? []);
  const scopes = workloads.map((workload) => directServices(mesh, workload));
  if (scopes.some((scope) => scope === undefined)) {
    const all = allServices(mesh);
    return { services: all, direct: all, restricted: false };
  }
  const direct = new Set(scopes.flatMap((scope) => [...(scope ?? [])]));
  const services = new Set(direct);
  for (const workload of workloads) {
    const fallback = scopesOfWorkload(mesh, workload).length > 0 ? undefined : fallbackOf(mesh, workload);
    if (fallback !== undefined) services.add(fallback);
    for (const service of direct) for (const backend of backendsSeen(mesh, service, workload.namespace)) services.add(backend);
  }
  return { services: [...services].sort(byCodeUnit), direct: [...direct].sort(byCodeUnit), restricted: true };
}

const EVERYTHING = new WeakMap<Mesh['services'], readonly ServiceKey[]>();

/** Keys of all services, sorted once per set of services: every unrestricted proxy asks for them. */
function allServices(mesh: Mesh): readonly ServiceKey[] {
  const known = EVERYTHING.get(mesh.services);
  if (known !== undefined) return known;
  const keys = ([...mesh.services.keys()] as ServiceKey[]).sort(byCodeUnit);
  EVERYTHING.set(mesh.services, keys);
  return keys;
}

const EXTERNALS = new WeakMap<Mesh['services'], readonly ServiceKey[]>();

/** What lies outside is declared already, and few: everybody sees it. */
function externals(mesh: Mesh): readonly ServiceKey[] {
  const known = EXTERNALS.get(mesh.services);
  if (known !== undefined) return known;
  const keys = [...mesh.services.values()].filter((service) => service.external !== undefined).map((service) => service.key);
  EXTERNALS.set(mesh.services, keys);
  return keys;
}

/** Without a Scope: what the workload is known to use, where it can reach the rest over the fallback. */
function usedServices(mesh: Mesh, workload: Workload): ReadonlySet<ServiceKey> | undefined {
  if (fallbackOf(mesh, workload) === undefined) return undefined;
  return new Set([...[...knownUses(mesh, workload)].filter((key) => mesh.services.has(key)), ...externals(mesh)]);
}

/** Services a workload is told of, or undefined for all of them. */
export function directServices(mesh: Mesh, workload: Workload): ReadonlySet<ServiceKey> | undefined {
  const scopes = scopesOfWorkload(mesh, workload);
  if (scopes.length === 0) return usedServices(mesh, workload);
  const found = new Set<ServiceKey>();
  for (const scope of scopes) {
    for (const host of scope.services) {
      if (host === '*') return undefined;
      for (const key of servicesNamed(mesh, scope, host)) found.add(key);
    }
  }
  return found;
}

/** `name` (in the Scope's namespace), `namespace/name`, `namespace/*`, `*` → services that exist. */
function servicesNamed(mesh: Mesh, scope: Scope, host: string): readonly ServiceKey[] {
  if (host === '*') return allServices(mesh);
  if (host.endsWith('/*')) return allServices(mesh).filter((key) => key.startsWith(host.slice(0, -1)));
  const key = fullHost(scope, host);
  const slash = key.indexOf('/');
  const both = [key as ServiceKey, externalKey(key.slice(0, slash), key.slice(slash + 1))];
  return both.filter((each) => mesh.services.has(each));
}

/** Whether a Scope names a service, which need not exist. */
export function scopeNames(scope: Scope, service: ServiceKey): boolean {
  return scope.services.some((host) => {
    if (host === '*') return true;
    if (host.endsWith('/*')) return service.startsWith(host.slice(0, -1));
    return plainServiceName(service) === fullHost(scope, host);
  });
}

/** What routes of a Service decide about; neither kind replaces the other. */
type Decides = 'requests' | 'connections';

const decides = ({ kind }: HttpRoute, what: Decides): boolean =>
  what === 'connections' ? kind === 'TCPRoute' || kind === 'TLSRoute' : kind === 'HTTPRoute' || kind === 'GRPCRoute';

/** The namespace whose routes decide calls of `namespace` to the service: its own consumer routes replace those of the service's namespace. */
export function whoseRoutes(mesh: Mesh, service: ServiceKey, namespace: string, what: Decides): string {
  const home = service.slice(0, service.indexOf('/'));
  if (namespace === home) return home;
  return routesOfService(mesh, service).some((route) => route.namespace === namespace && decides(route, what)) ? namespace : home;
}

const WHAT = ['requests', 'connections'] as const;

/** Routes that decide calls of `namespace` to the service. */
export function routesSeen(mesh: Mesh, service: ServiceKey, namespace: string): readonly HttpRoute[] {
  const routes = routesOfService(mesh, service);
  if (routes.length === 0) return routes;
  const whose = { requests: whoseRoutes(mesh, service, namespace, 'requests'), connections: whoseRoutes(mesh, service, namespace, 'connections') };
  return routes.filter((route) => WHAT.some((what) => decides(route, what) && route.namespace === whose[what]));
}

/** Services that calls of `namespace` to the service may end at, besides itself. */
export function backendsSeen(mesh: Mesh, service: ServiceKey, namespace: string): readonly ServiceKey[] {
  const found = new Set<ServiceKey>();
  for (const route of routesSeen(mesh, service, namespace)) {
    for (const target of targetsOf(route)) {
      const behind = serviceBehind(mesh, target);
      if (behind !== undefined && mesh.services.has(behind)) found.add(behind);
    }
  }
  return [...found];
}

/** Entries of a Scope that match no service. */
export function scopeDiagnostics(mesh: Mesh, scope: Scope): readonly Diagnostic[] {
  return scope.services.flatMap((host, at) => {
    if (host === '*' || servicesNamed(mesh, scope, host).length > 0) return [];
    const place = { ...scope.origin, path: `spec.services[${at}]` };
    const inNamespace = host.includes('/') ? '' : ` in namespace ${scope.namespace}`;
    return [diagnostic('WEFT1312', place, `"${host}" matches no Service${inNamespace}`)];
  });
}
