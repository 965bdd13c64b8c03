// The roles that are there without a document. They follow the list of kinds, so a new kind is in them at once.
import type { Document, PolicyRule } from '../../model/index.ts';
import { KINDS } from '../../policy/index.ts';

const RBAC = 'rbac.authorization.k8s.io';
const WEFT = 'weft.dev';
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'patch', 'update'];

const rule = (verbs: readonly string[], group: string, resources: readonly string[]): PolicyRule => ({
  verbs: [...verbs],
  apiGroups: [group],
  resources: [...resources],
  resourceNames: [],
  nonResourceURLs: [],
});

/** Plurals of the kinds of a namespace by group, but those that `without` names. */
function documents(verbs: readonly string[], without: ReadonlySet<string>): readonly PolicyRule[] {
  const kinds = KINDS.filter((kind) => kind.namespaced && kind.group !== RBAC && !without.has(kind.plural));
  const groups = [...new Set(kinds.map((kind) => kind.group))];
  return groups.map((group) => {
    const plurals = kinds.filter((kind) => kind.group === group).map((kind) => kind.plural);
    return rule(verbs, group, verbs === READ ? plurals.flatMap((plural) => [plural, `${plural}/status`]) : plurals);
  });
}

const SECRETS = new Set(['secrets']);
const VIEW = [
  ...documents(READ, SECRETS),
  rule(READ, '', ['namespaces']),
  rule(READ, WEFT, ['proxies', 'proxies/config', 'explanations', 'effective', 'findings', 'changes', 'records', 'metrics', 'traces']),
];
/** Requests as they happen: who may change a service may look at what is asked of it; headers are for who answers for the namespace. */
const TAP = ['taps'];
const EDIT = [...documents(READ, new Set()), ...VIEW, ...documents(WRITE, new Set()), rule(['create'], WEFT, ['jointokens']), rule(READ, WEFT, TAP)];
const ADMIN = [...EDIT, rule([...READ, ...WRITE], RBAC, ['roles', 'rolebindings']), rule(READ, WEFT, ['auditrecords', 'taps/headers'])];
/** For what reads metrics: numbers, and nothing of documents. */
const SCRAPE = [rule(['get'], WEFT, ['controlplane', 'metrics'])];
const ALL: readonly PolicyRule[] = [rule(['*'], '*', ['*']), { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] }];

export const BUILT_IN_ROLES: ReadonlyMap<string, readonly PolicyRule[]> = new Map([
  ['admin', ADMIN],
  ['cluster-admin', ALL],
  ['edit', EDIT],
  ['scrape', SCRAPE],
  ['view', VIEW],
]);

/** The built-in roles as documents, for lists. */
export const BUILT_IN_DOCUMENTS: readonly Document[] = [...BUILT_IN_ROLES].map(([name, rules]) => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRole',
  metadata: { name, namespace: '', labels: { 'weft.dev/built-in': 'true' }, annotations: {}, creationTimestamp: '1970-01-01T00:00:00Z', resourceVersion: '0' },
  spec: { rules },
}));
