// How routes and the kinds that belong to them enter a mesh and leave it again.
import type { BackendTarget, Document, DocumentKey, FilterRef, HttpRoute, ReferenceGrant, RouteFilter, RouteParent, Subset } from './entities.ts';
import { documentKey } from './keys.ts';
import type { ConnectionRouteSpec } from './kinds/connection-routes.ts';
import type { GrpcRouteSpec } from './kinds/grpc-route.ts';
import type { HttpRouteSpec } from './kinds/http-route.ts';
import type { ReferenceGrantSpec } from './kinds/reference-grant.ts';
import type { RouteFilterSpec } from './kinds/route-filter.ts';
import type { SubsetSpec } from './kinds/subset.ts';
import { touchServicesOfRoute } from './members.ts';
import { addByAge, addTo, type MeshDraft, takeByAge, takeFrom } from './mesh-draft.ts';
import { readConnectionRoute } from './read-connection-route.ts';
import { readGrpcRoute } from './read-grpc-route.ts';
import { readHttpRoute } from './read-route.ts';
import { readGrant, readRouteFilter, readSubset } from './read-route-kinds.ts';
import type { Section } from './sections.ts';
import { serviceNamed, targetsOf } from './targets.ts';

/** Where a parent's routes are indexed: a Service under its key, others with their kind before it. */
export function parentIndexKey({ kind, key }: Pick<RouteParent, 'kind' | 'key'>): string {
  return kind === 'Service' ? key : `${kind}/${key}`;
}

/** Where a backend's routes are indexed: a Service under its key, others with their kind before it. */
export function backendIndexKey(target: Pick<BackendTarget, 'group' | 'kind' | 'namespace' | 'name'>): string {
  return serviceNamed(target) ?? `${target.kind}/${target.namespace}/${target.name}`;
}

/** Names of the RouteFilters that a route refers to, `namespace/name`; they need not exist. */
export function filtersOf(route: HttpRoute): ReadonlySet<string> {
  const refs = route.rules.flatMap((rule) => [...rule.extensions, ...rule.backends.flatMap((backend) => backend.extensions)]);
  return new Set(refs.filter(isOurs).map((ref) => `${route.namespace}/${ref.name}`));
}

/** Every index entry of a route. */
function eachEntry(draft: MeshDraft, route: HttpRoute, act: typeof addByAge<HttpRoute>): void {
  for (const parent of new Set(route.parents.map(parentIndexKey))) act(draft.routesByParent, parent, route);
  const targets = targetsOf(route);
  for (const backend of new Set(targets.map(backendIndexKey))) act(draft.routesByBackend, backend, route);
  for (const filter of filtersOf(route)) act(draft.routesByFilter, filter, route);
  const foreign = new Set(targets.map(({ namespace }) => namespace).filter((namespace) => namespace !== route.namespace));
  for (const namespace of foreign) act(draft.routesByForeignNamespace, namespace, route);
}

const isOurs = ({ group, kind }: FilterRef): boolean => group === 'weft.dev' && kind === 'RouteFilter';

/** The route with the RouteFilters it refers to, as they are now; the same one when it refers to none. */
function joined(draft: MeshDraft, route: HttpRoute): HttpRoute {
  if (filtersOf(route).size === 0) return route;
  const look = ({ filter: _, ...ref }: FilterRef): FilterRef => {
    const filter = isOurs(ref) ? draft.routeFilters.get(`${route.namespace}/${ref.name}`) : undefined;
    return filter === undefined ? ref : { ...ref, filter };
  };
  const rules = route.rules.map((rule) => ({
    ...rule,
    extensions: rule.extensions.map(look),
    backends: rule.backends.map((backend) => ({ ...backend, extensions: backend.extensions.map(look) })),
  }));
  return { ...route, rules };
}

function putRoute(draft: MeshDraft, route: HttpRoute): void {
  const whole = joined(draft, route);
  draft.routes.set(whole.key, whole);
  eachEntry(draft, whole, addByAge);
  touchServicesOfRoute(draft, whole);
}

function takeRoute(draft: MeshDraft, key: DocumentKey): HttpRoute | undefined {
  const route = draft.routes.get(key);
  if (route === undefined) return undefined;
  eachEntry(draft, route, takeByAge);
  draft.routes.delete(key);
  touchServicesOfRoute(draft, route);
  return route;
}

/** Routes that refer to a RouteFilter are entities anew when it changes: whatever was made of them is made again. */
function rejoin(draft: MeshDraft, filter: string): void {
  for (const { key } of draft.routesByFilter.get(filter) ?? []) {
    const route = takeRoute(draft, key);
    if (route !== undefined) putRoute(draft, route);
  }
}

function routeSection(read: (document: Document, spec: unknown) => HttpRoute): Section {
  return {
    put: (draft, document, spec) => putRoute(draft, read(document, spec)),
    take: (draft, document) => void takeRoute(draft, documentKey(document)),
  };
}

export const httpRoutes = routeSection((document, spec) => readHttpRoute(document, spec as HttpRouteSpec));
export const grpcRoutes = routeSection((document, spec) => readGrpcRoute(document, spec as GrpcRouteSpec));

export const tcpRoutes = routeSection((document, spec) => readConnectionRoute('TCPRoute', document, spec as ConnectionRouteSpec));
export const tlsRoutes = routeSection((document, spec) => readConnectionRoute('TLSRoute', document, spec as ConnectionRouteSpec));

export const udpRoutes = routeSection((document, spec) => readConnectionRoute('UDPRoute', document, spec as ConnectionRouteSpec));

export const routeFilters: Section = {
  put: (draft, document, spec) => {
    const filter: RouteFilter = readRouteFilter(document, spec as RouteFilterSpec);
    draft.routeFilters.set(`${filter.namespace}/${filter.name}`, filter);
    rejoin(draft, `${filter.namespace}/${filter.name}`);
  },
  take: (draft, { metadata }) => {
    draft.routeFilters.delete(`${metadata.namespace}/${metadata.name}`);
    rejoin(draft, `${metadata.namespace}/${metadata.name}`);
  },
};

export const subsets: Section = {
  put: (draft, document, spec) => {
    const subset: Subset = readSubset(document, spec as SubsetSpec);
    const key = `${subset.namespace}/${subset.name}`;
    draft.subsets.set(key, subset);
    addTo(draft.subsetsByService, subset.service, key);
  },
  take: (draft, { metadata }) => {
    const key = `${metadata.namespace}/${metadata.name}`;
    const subset = draft.subsets.get(key);
    if (subset === undefined) return;
    takeFrom(draft.subsetsByService, subset.service, key);
    draft.subsets.delete(key);
  },
};

/** A grant decides whether routes of other namespaces lead there. */
function touchLedInto(draft: MeshDraft, namespace: string): void {
  for (const route of draft.routesByForeignNamespace.get(namespace) ?? []) touchServicesOfRoute(draft, route);
}

export const referenceGrants: Section = {
  put: (draft, document, spec) => {
    const grant: ReferenceGrant = readGrant(document, spec as ReferenceGrantSpec);
    draft.grants.set(grant.key, grant);
    addTo(draft.grantsByNamespace, grant.namespace, grant.key);
    touchLedInto(draft, grant.namespace);
  },
  take: (draft, document) => {
    const grant = draft.grants.get(documentKey(document));
    if (grant === undefined) return;
    takeFrom(draft.grantsByNamespace, grant.namespace, grant.key);
    draft.grants.delete(grant.key);
    touchLedInto(draft, grant.namespace);
  },
};
