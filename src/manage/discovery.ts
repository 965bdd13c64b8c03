// What kinds there are, in the two forms Kubernetes clients ask for: one document per group, and everything at once (aggregated).
import type { KindDefinition } from '../model/index.ts';
import { KINDS } from '../policy/index.ts';

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'] as const;
const STATUS_VERBS = ['get', 'patch', 'update'] as const;

const kindsOf = (group: string, version: string): readonly KindDefinition[] => KINDS.filter((kind) => kind.group === group && kind.version === version);
const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

/** Groups but the core one. */
export const GROUPS: readonly string[] = unique(KINDS.map((kind) => kind.group).filter((group) => group !== ''));
export const versionsOf = (group: string): readonly string[] => unique(KINDS.filter((kind) => kind.group === group).map((kind) => kind.version));

function groupObject(group: string): object {
  const versions = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

export function apiVersions(): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

export function apiGroupList(): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: GROUPS.map(groupObject) };
}

/** Undefined for a group that is not there. */
export function apiGroup(group: string): object | undefined {
  return GROUPS.includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupObject(group) } : undefined;
}

/** Words that stand for several kinds: `kubectl get policies`. */
const categories = (kind: KindDefinition): readonly string[] => [
  ...(kind.plural === 'services' ? ['all'] : []),
  'weft',
  ...(kind.attaches ? ['policies'] : []),
  ...(kind.group === 'gateway.networking.k8s.io' && kind.kind.endsWith('Route') ? ['routes'] : []),
];

function resources(kind: KindDefinition): readonly object[] {
  const base = { singularName: kind.singular, namespaced: kind.namespaced, kind: kind.kind };
  return [
    { name: kind.plural, ...base, verbs: VERBS, shortNames: kind.shortNames, categories: categories(kind) },
    { name: `${kind.plural}/status`, ...base, singularName: '', verbs: STATUS_VERBS },
  ];
}

/** Undefined for a group or version that is not there. */
export function apiResourceList(group: string, version: string): object | undefined {
  const kinds = kindsOf(group, version);
  if (kinds.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: group === '' ? version : `${group}/${version}`, resources: kinds.flatMap(resources) };
}

function aggregatedResource(kind: KindDefinition): object {
  const responseKind = { group: kind.group, version: kind.version, kind: kind.kind };
  return {
    resource: kind.plural,
    responseKind,
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: VERBS,
    shortNames: kind.shortNames,
    categories: categories(kind),
    subresources: [{ subresource: 'status', responseKind, verbs: STATUS_VERBS }],
  };
}

/** The aggregated form of `/api` or `/apis`. */
export function aggregated(groups: readonly string[], version: 'v2' | 'v2beta1'): object {
  const items = groups.map((group) => ({
    metadata: group === '' ? { creationTimestamp: null } : { name: group, creationTimestamp: null },
    versions: versionsOf(group).map((each) => ({ version: each, resources: kindsOf(group, each).map(aggregatedResource), freshness: 'Current' })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

/** The version of the aggregated form that a client asks for, if it does. */
export function wantsAggregated(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  const asked = /application\/json;[^,]*v=(v2beta1|v2);[^,]*as=APIGroupDiscoveryList|application\/json;[^,]*as=APIGroupDiscoveryList[^,]*v=(v2beta1|v2)/.exec(
    accept ?? '',
  );
  const version = asked?.[1] ?? asked?.[2];
  return version === 'v2' || version === 'v2beta1' ? version : undefined;
}
