// How each kind of document enters a mesh and leaves it again: its entity and the index entries that lead to it.
import { releaseAddress, takeAddress } from './addresses.ts';
import type { Document, DocumentKey, Scope } from './entities.ts';
import { ownerOf } from './external.ts';
import { documentKey, serviceKey, workloadKey } from './keys.ts';
import type { Kinds } from './kinds/kinds.ts';
import type { LearnedScopeSpec } from './kinds/learned-scope.ts';
import type { MeshSpec } from './kinds/mesh.ts';
import type { ScopeSpec } from './kinds/scope.ts';
import type { ServiceSpec } from './kinds/service.ts';
import type { WorkloadSpec } from './kinds/workload.ts';
import { touchServicesOf } from './members.ts';
import { addTo, type MeshDraft, takeFrom } from './mesh-draft.ts';
import { firstPair, labelPair } from './pairs.ts';
import { type PolicySpec, placesOf, readPolicy } from './policies.ts';
import { claimedAddress, DEFAULT_CONFIG, readLearnedScope, readMeshConfig, readScope, readService, readWorkload } from './read-entities.ts';
import { externalServices } from './section-external.ts';
import { GATEWAY_SECTIONS } from './sections-gateways.ts';
import { grpcRoutes, httpRoutes, referenceGrants, routeFilters, subsets, tcpRoutes, tlsRoutes, udpRoutes } from './sections-routes.ts';

export interface Section {
  /** `spec` has passed the kind's schema and check. What was there under the same key has been taken out before. */
  readonly put: (draft: MeshDraft, document: Document, spec: unknown) => void;
  /** Takes out what the document put in; nothing when its check had failed. */
  readonly take: (draft: MeshDraft, document: Document) => void;
}

/** Where a scope is indexed by whom it is for. */
export function scopePair({ namespace, selector }: Pick<Scope, 'namespace' | 'selector'>): string {
  return firstPair(namespace, selector) ?? everyoneIn(namespace);
}

/** Where scopes without a selector are indexed; no label pair reads like this. */
export function everyoneIn(namespace: string): string {
  return `${namespace}/`;
}

function hostsOf(scope: Scope): ReadonlySet<string> {
  return new Set(scope.services.map((host) => fullHost(scope, host)));
}

/** An entry of a Scope in full: a ServiceKey, `namespace/*` or `*`. */
export function fullHost({ namespace }: Pick<Scope, 'namespace'>, host: string): string {
  return host === '*' || host.includes('/') ? host : serviceKey(namespace, host);
}

const services: Section = {
  put: (draft, document, spec) => {
    const service = readService(document, spec as ServiceSpec);
    const address = claimedAddress(spec as ServiceSpec);
    takeAddress(draft, ownerOf(service.key), { ...(address === undefined ? {} : { address }), createdAt: document.metadata.creationTimestamp ?? '' });
    draft.services.set(service.key, { ...service, vip: draft.assigned.get(ownerOf(service.key)) ?? '' });
    const pair = firstPair(service.namespace, service.selector);
    if (pair !== undefined) addTo(draft.servicesBySelector, pair, service.key);
    draft.members.add(service.key);
  },
  take: (draft, document) => {
    const key = serviceKey(document.metadata.namespace, document.metadata.name);
    const service = draft.services.get(key);
    if (service === undefined) return;
    const pair = firstPair(service.namespace, service.selector);
    if (pair !== undefined) takeFrom(draft.servicesBySelector, pair, key);
    draft.services.delete(key);
    for (const owner of [ownerOf(key), ...service.instances.map(({ name }) => ownerOf(key, name))]) releaseAddress(draft, owner);
  },
};

const workloads: Section = {
  put: (draft, document, spec) => {
    const workload = readWorkload(document, spec as WorkloadSpec);
    draft.workloads.set(workload.key, workload);
    touchServicesOf(draft, workload);
    if (workload.gateway !== undefined) addTo(draft.workloadsByGateway, workload.gateway, workload.key);
    if (workload.proxy?.node !== undefined) addTo(draft.workloadsByNode, workload.proxy.node, workload.key);
    for (const [key, value] of Object.entries(workload.labels)) addTo(draft.workloadsByLabel, labelPair(workload.namespace, key, value), workload.key);
  },
  take: (draft, document) => {
    const workload = draft.workloads.get(workloadKey(document.metadata.namespace, document.metadata.name));
    if (workload === undefined) return;
    touchServicesOf(draft, workload);
    for (const [key, value] of Object.entries(workload.labels)) takeFrom(draft.workloadsByLabel, labelPair(workload.namespace, key, value), workload.key);
    if (workload.gateway !== undefined) takeFrom(draft.workloadsByGateway, workload.gateway, workload.key);
    if (workload.proxy?.node !== undefined) takeFrom(draft.workloadsByNode, workload.proxy.node, workload.key);
    draft.workloads.delete(workload.key);
  },
};

const scopes: Section = {
  put: (draft, document, spec) => {
    const scope = readScope(document, spec as ScopeSpec);
    draft.scopes.set(scope.key, scope);
    addTo(draft.scopesBySelector, scopePair(scope), scope.key);
    for (const host of hostsOf(scope)) addTo(draft.scopesByHost, host, scope.key);
  },
  take: (draft, document) => {
    const scope = draft.scopes.get(documentKey(document));
    if (scope === undefined) return;
    takeFrom(draft.scopesBySelector, scopePair(scope), scope.key);
    for (const host of hostsOf(scope)) takeFrom(draft.scopesByHost, host, scope.key);
    draft.scopes.delete(scope.key);
  },
};

const learned: Section = {
  put: (draft, document, spec) => {
    const scope = readLearnedScope(document, spec as LearnedScopeSpec);
    const account = `${scope.namespace}/${scope.serviceAccount}`;
    draft.learned.set(account, scope);
    for (const service of new Set(scope.services)) addTo(draft.learnedByService, service, account);
  },
  take: (draft, document) => {
    const account = `${document.metadata.namespace}/${document.metadata.name}`;
    for (const service of new Set(draft.learned.get(account)?.services)) takeFrom(draft.learnedByService, service, account);
    draft.learned.delete(account);
  },
};

const config: Section = {
  put: (draft, document, spec) => {
    draft.config = readMeshConfig(document, spec as MeshSpec);
  },
  take: (draft, document) => {
    if (document.metadata.name === 'default') draft.config = DEFAULT_CONFIG;
  },
};

const policies: Section = {
  put: (draft, document, spec) => {
    const policy = readPolicy(document, spec as PolicySpec);
    draft.policies.set(policy.key, policy);
    for (const place of placesOf(policy)) addTo(draft.policiesByTarget, place, policy.key);
  },
  take: (draft, document) => {
    const policy = draft.policies.get(documentKey(document));
    if (policy === undefined) return;
    for (const place of placesOf(policy)) takeFrom(draft.policiesByTarget, place, policy.key);
    draft.policies.delete(policy.key);
  },
};

/** A Namespace document only has a name and labels, by which others choose. */
const namespaces: Section = {
  put: (draft, { metadata }) => {
    if (Object.keys(metadata.labels).length > 0) draft.namespaceLabels.set(metadata.name, metadata.labels);
  },
  take: (draft, { metadata }) => draft.namespaceLabels.delete(metadata.name),
};

/** A kind that decides nothing by itself. */
const nothing: Section = { put: () => undefined, take: () => undefined };

const SECTIONS: Readonly<Record<string, Section>> = {
  Service: services,
  Namespace: namespaces,
  ...GATEWAY_SECTIONS,
  'gateway.networking.k8s.io/HTTPRoute': httpRoutes,
  'gateway.networking.k8s.io/GRPCRoute': grpcRoutes,
  'gateway.networking.k8s.io/TCPRoute': tcpRoutes,
  'gateway.networking.k8s.io/TLSRoute': tlsRoutes,
  'gateway.networking.k8s.io/UDPRoute': udpRoutes,
  'gateway.networking.k8s.io/ReferenceGrant': referenceGrants,
  'weft.dev/Mesh': config,
  'weft.dev/Workload': workloads,
  'weft.dev/Scope': scopes,
  'weft.dev/ExternalService': externalServices,
  'weft.dev/LearnedScope': learned,
  'weft.dev/RouteFilter': routeFilters,
  'weft.dev/Subset': subsets,
};

/** The section of a document; a kind that is not known changes nothing. */
export function sectionOf(kinds: Kinds, key: DocumentKey): Section {
  const kind = key.split('/').slice(0, -2).join('/');
  return SECTIONS[kind] ?? (kinds.all.some((each) => each.attaches && `${each.group}/${each.kind}` === kind) ? policies : nothing);
}
