// Who sees a service. Found by the indexes of the mesh, so that a change of a service costs its own audience: workloads whose Scopes
// name it, and those without any Scope, who see everything.
import { type Mesh, type Scope, type ServiceKey, scopesNaming, scopesOfWorkload, type Workload, workloadsOfScope } from '../model/index.ts';
import { fallbackOf, standingFallback, usesService } from './plan/automatic.ts';
import { scopeNames } from './plan/scope.ts';

/** Workloads with a proxy, and some of them by what they are. */
interface Proxied {
  readonly all: readonly Workload[];
  /** Those that an application was told of: their table contains the routes of the services they see. */
  readonly explicit: readonly Workload[];
}

const PROXIED = new WeakMap<Mesh['workloads'], Proxied>();
const UNRESTRICTED = new WeakMap<Mesh['workloads'], { readonly scopes: Mesh['scopes']; readonly workloads: readonly Workload[] }>();

/** Proxies of Gateways see what their routes need, whatever Scopes say. */
const hasProxy = (workload: Workload): boolean => workload.proxy !== undefined && workload.gateway === undefined;

/** Workloads with a proxy; found once per set of workloads. */
export function proxied(mesh: Mesh): Proxied {
  const known = PROXIED.get(mesh.workloads);
  if (known !== undefined) return known;
  const all = [...mesh.workloads.values()].filter(hasProxy);
  const found = { all, explicit: all.filter((workload) => workload.proxy?.capture.mode === 'explicit') };
  PROXIED.set(mesh.workloads, found);
  return found;
}

/** Workloads with a proxy that no Scope is for; found once per set of workloads and scopes. */
function unrestricted(mesh: Mesh): readonly Workload[] {
  const known = UNRESTRICTED.get(mesh.workloads);
  if (known?.scopes === mesh.scopes) return known.workloads;
  const workloads = proxied(mesh).all.filter((workload) => scopesOfWorkload(mesh, workload).length === 0);
  UNRESTRICTED.set(mesh.workloads, { scopes: mesh.scopes, workloads });
  return workloads;
}

/** Workloads with a proxy that a Scope is for. */
export function proxiedOfScope(mesh: Mesh, scope: Scope): readonly Workload[] {
  // Without a selector it is for a whole namespace: proxies are fewer than workloads.
  if (Object.keys(scope.selector).length === 0) return proxied(mesh).all.filter((workload) => workload.namespace === scope.namespace);
  return workloadsOfScope(mesh, scope).filter(hasProxy);
}

/** Those that are scoped automatically and known to use the service. */
function users(mesh: Mesh, service: ServiceKey): readonly Workload[] {
  if (standingFallback(mesh) === undefined) return [];
  return unrestricted(mesh).filter((workload) => fallbackOf(mesh, workload) !== undefined && usesService(mesh, workload, service));
}

/** What was found for services, as long as neither workloads nor scopes change: a change of a route asks for the same audience several times. */
const NAMED = new WeakMap<Mesh['workloads'], { readonly scopes: Mesh['scopes']; readonly found: Map<ServiceKey, readonly Workload[]> }>();

/** Workloads with a proxy whose Scopes name the service. */
function named(mesh: Mesh, service: ServiceKey): readonly Workload[] {
  const kept = NAMED.get(mesh.workloads);
  const { found } = kept?.scopes === mesh.scopes ? kept : { found: new Map<ServiceKey, readonly Workload[]>() };
  if (found !== kept?.found) NAMED.set(mesh.workloads, { scopes: mesh.scopes, found });
  const known = found.get(service) ?? scopesNaming(mesh, service).flatMap((scope) => proxiedOfScope(mesh, scope));
  found.set(service, known);
  return known;
}

/** Workloads with a proxy that see the service because a Scope of theirs names it; the service need not exist. */
export function restrictedAudience(mesh: Mesh, service: ServiceKey): readonly Workload[] {
  const using = users(mesh, service);
  return using.length === 0 ? named(mesh, service) : [...named(mesh, service), ...using];
}

/** Workloads with a proxy that see the service. */
export function audience(mesh: Mesh, service: ServiceKey): readonly Workload[] {
  return [...restrictedAudience(mesh, service), ...unrestricted(mesh)];
}

/** Those of the audience whose own route table contains the service's routes. */
export function explicitAudience(mesh: Mesh, service: ServiceKey): readonly Workload[] {
  return proxied(mesh).explicit.filter((workload) => {
    const scopes = scopesOfWorkload(mesh, workload);
    return scopes.length === 0 || scopes.some((scope) => scopeNames(scope, service));
  });
}
