// What the control plane may do in a cluster, and nothing beside: no wildcard, no right to give rights away, and no Secret but its own and
// those that were named (test/kubernetes/install.test.ts, rbac.test.ts).
import { KINDS } from '../policy/index.ts';
import { LABELS, NAMESPACE, ownName } from './manifest.ts';
import { choose, each, given, type Hole, is, listed, some, type Term } from './terms/index.ts';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const RBAC = 'rbac.authorization.k8s.io/v1';
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

/** Groups whose objects are documents as they are; what else a document may name is of the core group and stands in `reading`. */
const DOCUMENT_GROUPS = ['gateway.networking.k8s.io', 'weft.dev'];
const pluralsOf = (group: string): readonly string[] => KINDS.filter((kind) => kind.group === group).map(({ plural }) => plural);

interface RuleTerm extends Readonly<Record<string, Term>> {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const reading = (): readonly RuleTerm[] => [
  { apiGroups: [''], resources: ['configmaps', 'namespaces', 'nodes', 'pods', 'services'], verbs: READ },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['get'] },
  ...DOCUMENT_GROUPS.map((group): RuleTerm => ({ apiGroups: [group], resources: pluralsOf(group), verbs: READ })),
];

const writing = (): readonly RuleTerm[] => [
  ...DOCUMENT_GROUPS.map(
    (group): RuleTerm => ({ apiGroups: [group], resources: pluralsOf(group).map((plural) => `${plural}/status`), verbs: ['patch', 'update'] }),
  ),
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  // Whose token it is, only the API server can say.
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  // `create` cannot be given for a name.
  { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
  { apiGroups: [''], resources: ['configmaps'], resourceNames: [ownName('trust'), 'weft-trust'], verbs: ['delete', 'patch', 'update'] },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    resourceNames: [ownName('inject'), ownName('validate')],
    verbs: ['get', 'patch', 'update'],
  },
];

/** A Gateway makes these beside itself. */
const provisioning: readonly RuleTerm[] = [
  { apiGroups: ['apps'], resources: ['deployments'], verbs: WRITE },
  { apiGroups: [''], resources: ['serviceaccounts', 'services'], verbs: WRITE },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: WRITE },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: WRITE },
];

const own = (): readonly RuleTerm[] => [
  // One for the replica that writes, and one that each replica is known by, named as its pod.
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: WRITE },
  // The authority that all replicas share: made once, by whoever is first.
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  // Beside it, what is true of the whole mesh and no object of the cluster: bans and tokens, machines, roles of Weft's own API.
  { apiGroups: [''], resources: ['secrets'], resourceNames: ['weft-ca', 'weft-shared'], verbs: [...READ, 'patch', 'update'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: WRITE },
];

interface Granted {
  readonly name: Term;
  readonly rules: readonly Term[];
  /** Cluster-wide where absent. */
  readonly namespace?: Term;
}

/** A role and its binding to the control plane's account. */
function granted({ name, rules, namespace }: Granted): readonly Term[] {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), labels: LABELS };
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const subjects = [{ kind: 'ServiceAccount', name: ownName(), namespace: NAMESPACE }];
  return [
    { apiVersion: RBAC, kind, metadata, rules },
    { apiVersion: RBAC, kind: `${kind}Binding`, metadata, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name }, subjects },
  ];
}

/** The certificates that Gateways name, in their namespaces. A list with `metadata.name=` in its field selector is a request for that name. */
const readable = (): Term =>
  each('secrets', 'secrets', (item) => {
    const rule: Term = { apiGroups: [''], resources: ['secrets'], resourceNames: optionalNames(item('names')), verbs: READ };
    return granted({ name: ownName('secrets'), rules: [rule], namespace: item('namespace') });
  });

const optionalNames = (names: Hole): Term => choose(given(names), names);

const provisioner = (): readonly Term[] => {
  const name = ownName('gateways');
  return [
    some(is('gateways.provision', 'Everywhere'), ...granted({ name, rules: provisioning })),
    some(
      listed('gateways.provision'),
      each('gateways.provision', 'namespace', (item) => granted({ name, rules: provisioning, namespace: item('') })),
    ),
  ];
};

/** All roles and bindings of the control plane. */
export const roleTerms = (): readonly Term[] => [
  ...granted({ name: ownName(), rules: [...reading(), ...writing()] }),
  ...granted({ name: ownName(), rules: own(), namespace: NAMESPACE }),
  ...provisioner(),
  readable(),
];
