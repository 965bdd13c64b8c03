import { byCodeUnit, type Diagnostic } from '../base/index.ts';
import { type Aged, byAge, withOne, withoutOne } from './age.ts';
import { Draft } from './draft.ts';
import type {
  Document,
  DocumentKey,
  GatewayKey,
  HttpRoute,
  LearnedScope,
  MeshConfig,
  Policy,
  ReferenceGrant,
  RouteFilter,
  Scope,
  Service,
  ServiceKey,
  Subset,
  Workload,
  WorkloadKey,
} from './entities.ts';
import type { AddressOwner } from './external.ts';
import type { BackendTls, ConfigMap, Gateway, GatewayClass, ListenerSet, Secret } from './gateways.ts';
import type { Kinds } from './kinds/kinds.ts';
import type { Claim, Mesh } from './mesh.ts';

/** A mesh under change: what `apply` writes into while it goes through its events. */
export interface MeshDraft {
  readonly kinds: Kinds;
  readonly documents: Draft<Document>;
  readonly services: Draft<Service>;
  readonly workloads: Draft<Workload>;
  readonly routes: Draft<HttpRoute>;
  readonly scopes: Draft<Scope>;
  readonly learned: Draft<LearnedScope>;
  readonly policies: Draft<Policy>;
  readonly routeFilters: Draft<RouteFilter>;
  readonly subsets: Draft<Subset>;
  readonly grants: Draft<ReferenceGrant>;
  readonly diagnostics: Draft<readonly Diagnostic[]>;
  readonly routesByParent: Draft<readonly HttpRoute[]>;
  readonly routesByBackend: Draft<readonly HttpRoute[]>;
  readonly routesByFilter: Draft<readonly HttpRoute[]>;
  readonly routesByForeignNamespace: Draft<readonly HttpRoute[]>;
  readonly subsetsByService: Draft<readonly string[]>;
  readonly grantsByNamespace: Draft<readonly DocumentKey[]>;
  readonly workloadsByLabel: Draft<readonly WorkloadKey[]>;
  readonly servicesBySelector: Draft<readonly ServiceKey[]>;
  readonly scopesBySelector: Draft<readonly DocumentKey[]>;
  readonly servicesByHost: Draft<readonly ServiceKey[]>;
  readonly scopesByHost: Draft<readonly DocumentKey[]>;
  readonly learnedByService: Draft<readonly string[]>;
  readonly policiesByTarget: Draft<readonly DocumentKey[]>;
  readonly gateways: Draft<Gateway>;
  readonly listenerSets: Draft<ListenerSet>;
  readonly gatewayClasses: Draft<GatewayClass>;
  readonly secrets: Draft<Secret>;
  readonly configMaps: Draft<ConfigMap>;
  readonly backendTls: Draft<BackendTls>;
  readonly namespaceLabels: Draft<Readonly<Record<string, string>>>;
  readonly listenerSetsByGateway: Draft<readonly GatewayKey[]>;
  readonly workloadsByGateway: Draft<readonly WorkloadKey[]>;
  readonly workloadsByNode: Draft<readonly WorkloadKey[]>;
  readonly externalsByGateway: Draft<readonly ServiceKey[]>;
  readonly referrers: Draft<readonly DocumentKey[]>;
  readonly backendTlsByTarget: Draft<readonly DocumentKey[]>;
  readonly addresses: Draft<AddressOwner>;
  readonly assigned: Draft<string>;
  readonly claims: Draft<Claim>;
  displaced: readonly AddressOwner[];
  config: MeshConfig;
  /** Who was given an address, or another one, by this change. */
  readonly moved: Set<AddressOwner>;
  /** Services whose workloads may be others now (see members.ts). */
  readonly members: Set<ServiceKey>;
}

export function openDraft({ index, ...mesh }: Mesh): MeshDraft {
  return {
    kinds: mesh.kinds,
    documents: new Draft(mesh.documents),
    services: new Draft(mesh.services),
    workloads: new Draft(mesh.workloads),
    routes: new Draft(mesh.routes),
    scopes: new Draft(mesh.scopes),
    learned: new Draft(mesh.learned),
    policies: new Draft(mesh.policies),
    routeFilters: new Draft(mesh.routeFilters),
    subsets: new Draft(mesh.subsets),
    grants: new Draft(mesh.grants),
    diagnostics: new Draft(mesh.diagnostics),
    routesByParent: new Draft(index.routesByParent),
    routesByBackend: new Draft(index.routesByBackend),
    routesByFilter: new Draft(index.routesByFilter),
    routesByForeignNamespace: new Draft(index.routesByForeignNamespace),
    subsetsByService: new Draft(index.subsetsByService),
    grantsByNamespace: new Draft(index.grantsByNamespace),
    workloadsByLabel: new Draft(index.workloadsByLabel),
    servicesBySelector: new Draft(index.servicesBySelector),
    scopesBySelector: new Draft(index.scopesBySelector),
    servicesByHost: new Draft(index.servicesByHost),
    scopesByHost: new Draft(index.scopesByHost),
    learnedByService: new Draft(index.learnedByService),
    policiesByTarget: new Draft(index.policiesByTarget),
    gateways: new Draft(mesh.gateways),
    listenerSets: new Draft(mesh.listenerSets),
    gatewayClasses: new Draft(mesh.gatewayClasses),
    secrets: new Draft(mesh.secrets),
    configMaps: new Draft(mesh.configMaps),
    backendTls: new Draft(mesh.backendTls),
    namespaceLabels: new Draft(mesh.namespaceLabels),
    listenerSetsByGateway: new Draft(index.listenerSetsByGateway),
    workloadsByGateway: new Draft(index.workloadsByGateway),
    workloadsByNode: new Draft(index.workloadsByNode),
    externalsByGateway: new Draft(index.externalsByGateway),
    referrers: new Draft(index.referrers),
    backendTlsByTarget: new Draft(index.backendTlsByTarget),
    addresses: new Draft(index.addresses),
    assigned: new Draft(index.assigned),
    claims: new Draft(index.claims),
    displaced: index.displaced,
    config: mesh.config,
    moved: new Set(),
    members: new Set(),
  };
}

export function commitDraft(draft: MeshDraft, revision: number): Mesh {
  return {
    kinds: draft.kinds,
    revision,
    documents: draft.documents.commit(),
    services: draft.services.commit(),
    workloads: draft.workloads.commit(),
    routes: draft.routes.commit(),
    scopes: draft.scopes.commit(),
    learned: draft.learned.commit(),
    policies: draft.policies.commit(),
    gateways: draft.gateways.commit(),
    listenerSets: draft.listenerSets.commit(),
    gatewayClasses: draft.gatewayClasses.commit(),
    secrets: draft.secrets.commit(),
    configMaps: draft.configMaps.commit(),
    backendTls: draft.backendTls.commit(),
    namespaceLabels: draft.namespaceLabels.commit(),
    routeFilters: draft.routeFilters.commit(),
    subsets: draft.subsets.commit(),
    grants: draft.grants.commit(),
    config: draft.config,
    diagnostics: draft.diagnostics.commit(),
    index: {
      routesByParent: draft.routesByParent.commit(),
      routesByBackend: draft.routesByBackend.commit(),
      routesByFilter: draft.routesByFilter.commit(),
      routesByForeignNamespace: draft.routesByForeignNamespace.commit(),
      subsetsByService: draft.subsetsByService.commit(),
      grantsByNamespace: draft.grantsByNamespace.commit(),
      workloadsByLabel: draft.workloadsByLabel.commit(),
      servicesBySelector: draft.servicesBySelector.commit(),
      scopesBySelector: draft.scopesBySelector.commit(),
      servicesByHost: draft.servicesByHost.commit(),
      scopesByHost: draft.scopesByHost.commit(),
      learnedByService: draft.learnedByService.commit(),
      policiesByTarget: draft.policiesByTarget.commit(),
      listenerSetsByGateway: draft.listenerSetsByGateway.commit(),
      workloadsByGateway: draft.workloadsByGateway.commit(),
      workloadsByNode: draft.workloadsByNode.commit(),
      externalsByGateway: draft.externalsByGateway.commit(),
      referrers: draft.referrers.commit(),
      backendTlsByTarget: draft.backendTlsByTarget.commit(),
      addresses: draft.addresses.commit(),
      assigned: draft.assigned.commit(),
      claims: draft.claims.commit(),
      displaced: draft.displaced,
    },
  };
}

type Dated = Aged & { readonly key: DocumentKey };

/** By precedence; the key decides between kinds, so that the order does not depend on who came first. */
const inOrder = (a: Dated, b: Dated): number => byAge(a, b) || byCodeUnit(a.key, b.key);

/** Adds to a list that is kept in order of precedence. */
export function addByAge<T extends Dated>(table: Draft<readonly T[]>, at: string, one: T): void {
  table.set(at, withOne(table.get(at) ?? [], one, inOrder));
}

/** Takes from such a list; a list that becomes empty goes. */
export function takeByAge<T extends Dated>(table: Draft<readonly T[]>, at: string, one: T): void {
  const rest = withoutOne(table.get(at) ?? [], one, inOrder);
  if (rest.length === 0) table.delete(at);
  else table.set(at, rest);
}

/** Adds to a sorted posting list. */
export function addTo<K extends string>(table: Draft<readonly K[]>, at: string, key: K): void {
  table.set(at, withKey(table.get(at) ?? [], key));
}

/** Takes from a posting list; a list that becomes empty goes. */
export function takeFrom<K extends string>(table: Draft<readonly K[]>, at: string, key: K): void {
  const rest = withoutKey(table.get(at) ?? [], key);
  if (rest.length === 0) table.delete(at);
  else table.set(at, rest);
}

/** The sorted list with the key in its place (binary search: lists can be long). */
export function withKey<K extends string>(list: readonly K[], key: K): readonly K[] {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (byCodeUnit(list[middle] ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return list[low] === key ? list : [...list.slice(0, low), key, ...list.slice(low)];
}

export function withoutKey<K extends string>(list: readonly K[], key: K): readonly K[] {
  const at = list.indexOf(key);
  return at < 0 ? list : [...list.slice(0, at), ...list.slice(at + 1)];
}
