import { type Diagnostic, Table } from '../base/index.ts';
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
import { DEFAULT_CONFIG } from './read-entities.ts';

/** What a service asks for when addresses are given out. */
export interface Claim {
  /** spec.clusterIP. */
  readonly address?: string;
  readonly createdAt: string;
}

/** Who is found by what, kept up to date by `apply`; lists are sorted by bytes. Read them through queries.ts. */
export interface MeshIndex {
  /** Parent (ServiceKey, `Gateway/namespace/name`, `ListenerSet/namespace/name`) → routes. */
  readonly routesByParent: Table<readonly HttpRoute[]>;
  /** Where routes are found by what they belong to, in order of precedence: a list is replaced when one of its routes is. Backend (ServiceKey, or `Kind/namespace/name`), mirrors too → routes. */
  readonly routesByBackend: Table<readonly HttpRoute[]>;
  /** `namespace/name` of a RouteFilter → routes that refer to it. */
  readonly routesByFilter: Table<readonly HttpRoute[]>;
  /** Namespace → routes of other namespaces that send there. */
  readonly routesByForeignNamespace: Table<readonly HttpRoute[]>;
  /** ServiceKey → `namespace/name` of its Subsets. */
  readonly subsetsByService: Table<readonly string[]>;
  readonly grantsByNamespace: Table<readonly DocumentKey[]>;
  /** `namespace/key=value` → workloads that bear the label. */
  readonly workloadsByLabel: Table<readonly WorkloadKey[]>;
  /** `namespace/key=value` → services whose selector has this pair as its first. */
  readonly servicesBySelector: Table<readonly ServiceKey[]>;
  /** `namespace/key=value` → scopes whose selector has this pair as its first; `namespace/` → those that are for every workload of it. */
  readonly scopesBySelector: Table<readonly DocumentKey[]>;
  /** Host of something outside → the services that have it. */
  readonly servicesByHost: Table<readonly ServiceKey[]>;
  /** What scopes name, in full: ServiceKey, `namespace/*` or `*` → scopes. */
  readonly scopesByHost: Table<readonly DocumentKey[]>;
  /** ServiceKey → `namespace/serviceaccount` of those that were seen to call it. */
  readonly learnedByService: Table<readonly string[]>;
  /** What policies name (see policyPlace) → policies. */
  readonly policiesByTarget: Table<readonly DocumentKey[]>;
  /** GatewayKey → ListenerSets that name it. */
  readonly listenerSetsByGateway: Table<readonly GatewayKey[]>;
  /** GatewayKey → workloads that are its proxies. */
  readonly workloadsByGateway: Table<readonly WorkloadKey[]>;
  /** WorkloadKey of a node → workloads that name it. */
  readonly workloadsByNode: Table<readonly WorkloadKey[]>;
  /** ExternalServices that are reached by the Gateway, which need not exist. */
  readonly externalsByGateway: Table<readonly ServiceKey[]>;
  /** DocumentKey of a Secret or ConfigMap → documents that refer to it. */
  readonly referrers: Table<readonly DocumentKey[]>;
  /** `Service/namespace/name` → BackendTLSPolicies for it. */
  readonly backendTlsByTarget: Table<readonly DocumentKey[]>;
  /** Virtual address → who has it. */
  readonly addresses: Table<AddressOwner>;
  /** AddressOwner → its virtual address. */
  readonly assigned: Table<string>;
  readonly claims: Table<Claim>;
  /** Those that did not get their first choice of address, sorted: nearly always none. */
  readonly displaced: readonly AddressOwner[];
}

/**
 * Everything under one configuration and trust: immutable, indexed, structurally shared. `documents` holds every document, also
 * those whose check failed; the entities are of those that passed.
 */
export interface Mesh {
  /** What its documents may be; never changes. */
  readonly kinds: Kinds;
  /** Grows by one with every change of content; never sent to a proxy. */
  readonly revision: number;
  /** By DocumentKey. */
  readonly documents: Table<Document>;
  /** By ServiceKey. */
  readonly services: Table<Service>;
  /** By WorkloadKey. */
  readonly workloads: Table<Workload>;
  /** By DocumentKey. */
  readonly routes: Table<HttpRoute>;
  /** By DocumentKey. */
  readonly scopes: Table<Scope>;
  /** By `namespace/serviceaccount`: what was learned. */
  readonly learned: Table<LearnedScope>;
  /** By DocumentKey: documents that attach to others. */
  readonly policies: Table<Policy>;
  /** By GatewayKey. */
  readonly gateways: Table<Gateway>;
  /** By GatewayKey. */
  readonly listenerSets: Table<ListenerSet>;
  /** By name. */
  readonly gatewayClasses: Table<GatewayClass>;
  /** By `namespace/name`. */
  readonly secrets: Table<Secret>;
  /** By `namespace/name`. */
  readonly configMaps: Table<ConfigMap>;
  /** By DocumentKey. */
  readonly backendTls: Table<BackendTls>;
  /** By name of a namespace: what its document says. */
  readonly namespaceLabels: Table<Readonly<Record<string, string>>>;
  /** By `namespace/name`. */
  readonly routeFilters: Table<RouteFilter>;
  /** By `namespace/name`. */
  readonly subsets: Table<Subset>;
  /** By DocumentKey. */
  readonly grants: Table<ReferenceGrant>;
  readonly config: MeshConfig;
  /** By DocumentKey: what the schemas and `apply` have to say; never an empty list. */
  readonly diagnostics: Table<readonly Diagnostic[]>;
  readonly index: MeshIndex;
}

/** A mesh without documents, which may be of these kinds. */
export function emptyMesh(kinds: Kinds): Mesh {
  return {
    kinds,
    revision: 0,
    documents: Table.empty(),
    services: Table.empty(),
    workloads: Table.empty(),
    routes: Table.empty(),
    scopes: Table.empty(),
    learned: Table.empty(),
    policies: Table.empty(),
    gateways: Table.empty(),
    listenerSets: Table.empty(),
    gatewayClasses: Table.empty(),
    secrets: Table.empty(),
    configMaps: Table.empty(),
    backendTls: Table.empty(),
    namespaceLabels: Table.empty(),
    routeFilters: Table.empty(),
    subsets: Table.empty(),
    grants: Table.empty(),
    config: DEFAULT_CONFIG,
    diagnostics: Table.empty(),
    index: {
      routesByParent: Table.empty(),
      routesByBackend: Table.empty(),
      routesByFilter: Table.empty(),
      routesByForeignNamespace: Table.empty(),
      subsetsByService: Table.empty(),
      grantsByNamespace: Table.empty(),
      workloadsByLabel: Table.empty(),
      servicesBySelector: Table.empty(),
      scopesBySelector: Table.empty(),
      servicesByHost: Table.empty(),
      scopesByHost: Table.empty(),
      learnedByService: Table.empty(),
      policiesByTarget: Table.empty(),
      listenerSetsByGateway: Table.empty(),
      workloadsByGateway: Table.empty(),
      workloadsByNode: Table.empty(),
      externalsByGateway: Table.empty(),
      referrers: Table.empty(),
      backendTlsByTarget: Table.empty(),
      addresses: Table.empty(),
      assigned: Table.empty(),
      claims: Table.empty(),
      displaced: [],
    },
  };
}
