// What a change of the kinds that belong to routes touches: RouteFilter, Subset, ReferenceGrant.
import {
  type DocumentKey,
  filtersOf,
  type HttpRoute,
  isOfConnections,
  type Mesh,
  routesInto,
  routesOfFilter,
  routesOfTarget,
  serviceParents,
  splitDocumentKey,
} from '../model/index.ts';
import { audience, restrictedAudience } from './audience.ts';
import { ALL_PARTS, type Findings, NO_PARTS, ROUTES } from './findings.ts';

/** Kinds that are routes themselves. */
export const ROUTE_DOCUMENTS: ReadonlySet<string> = new Set(['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute']);

export const ROUTE_KINDS: ReadonlySet<string> = new Set(['RouteFilter', 'Subset', 'ReferenceGrant']);

/** Adds to the findings what a RouteFilter, Subset or ReferenceGrant, as it was and as it is, acts on. */
export function routeKindChanged(found: Findings, key: DocumentKey): void {
  const { kind, namespace, name } = splitDocumentKey(key);
  if (kind === 'RouteFilter') filterChanged(found, `${namespace}/${name}`);
  else if (kind === 'Subset') subsetChanged(found, { namespace, name });
  else for (const mesh of found.meshes) for (const route of routesInto(mesh, namespace)) backendChanged(found, route);
}

/** What a route sends to came, went, has other ports, or may be named by it now. */
export function backendChanged(found: Findings, route: HttpRoute): void {
  for (const parent of serviceParents(route)) {
    found.service(parent.key, ROUTES);
    const seers = isOfConnections(route) ? audience : restrictedAudience;
    found.proxiesOf((mesh) => seers(mesh, parent.key));
  }
}

/** The RouteFilters of a route that ask for the caller, as text; '' when none does. */
export function asksForCallers(mesh: Mesh, route: HttpRoute | undefined): string {
  if (route === undefined) return '';
  return [...filtersOf(route)].filter((each) => mesh.routeFilters.get(each)?.match?.source !== undefined).join(' ');
}

function filterChanged(found: Findings, filter: string): void {
  const [before, after] = found.meshes.map((mesh) => JSON.stringify(mesh.routeFilters.get(filter)?.match?.source ?? null));
  for (const mesh of found.meshes) {
    for (const route of routesOfFilter(mesh, filter)) {
      for (const parent of serviceParents(route)) found.service(parent.key, ROUTES);
      if (before !== after) found.all = true;
    }
  }
}

function subsetChanged(found: Findings, { namespace, name }: { readonly namespace: string; readonly name: string }): void {
  for (const mesh of found.meshes) {
    const subset = mesh.subsets.get(`${namespace}/${name}`);
    if (subset !== undefined) found.service(subset.service, { ...ALL_PARTS, routes: NO_PARTS.routes });
    for (const route of routesOfTarget(mesh, { group: 'weft.dev', kind: 'Subset', namespace, name })) backendChanged(found, route);
  }
}
