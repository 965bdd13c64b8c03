// What the control plane may do in a cluster, and nothing beside: no wildcard, no right to give rights away, and no Secret but its own and
// those that were named (test/kubernetes/install.test.ts, rbac.test.ts).
import { KINDS } from '../policy/index.ts';
import { type Installation, labelsOf, type Manifest, named } from './manifest.ts';

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

const reading = (): readonly Rule[] => [
  { apiGroups: [''], resources: ['configmaps', 'namespaces', 'nodes', 'pods', 'services'], verbs: READ },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['get'] },
  ...DOCUMENT_GROUPS.map((group): Rule => ({ apiGroups: [group], resources: pluralsOf(group), verbs: READ })),
];

const writing = (installation: Installation): readonly Rule[] => [
  ...DOCUMENT_GROUPS.map(
    (group): Rule => ({ apiGroups: [group], resources: pluralsOf(group).map((plural) => `${plural}/status`), verbs: ['patch', 'update'] }),
  ),
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  // Whose token it is, only the API server can say.
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  // `create` cannot be given for a name.
  { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
  { apiGroups: [''], resources: ['configmaps'], resourceNames: [named(installation, 'trust'), 'weft-trust'], verbs: ['delete', 'patch', 'update'] },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    resourceNames: [named(installation, 'inject'), named(installation, 'validate')],
    verbs: ['get', 'patch', 'update'],
  },
];

/** A Gateway makes these beside itself. */
const provisioning: readonly Rule[] = [
  { apiGroups: ['apps'], resources: ['deployments'], verbs: WRITE },
  { apiGroups: [''], resources: ['serviceaccounts', 'services'], verbs: WRITE },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: WRITE },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: WRITE },
];

const own = (installation: Installation): readonly Rule[] => [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [named(installation, 'writer')], verbs: ['get', 'patch', 'update'] },
  // The authority that all replicas share: made once, by whoever is first.
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  { apiGroups: [''], resources: ['secrets'], resourceNames: ['weft-ca'], verbs: [...READ, 'patch', 'update'] },
];

interface Granted {
  readonly installation: Installation;
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Cluster-wide where absent. */
  readonly namespace?: string;
}

/** A role and its binding to the control plane's account. */
function granted({ installation, name, rules, namespace }: Granted): readonly Manifest[] {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), labels: labelsOf(installation) };
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const subjects = [{ kind: 'ServiceAccount', name: named(installation), namespace: installation.values.namespace }];
  return [
    { apiVersion: RBAC, kind, metadata, rules },
    { apiVersion: RBAC, kind: `${kind}Binding`, metadata, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name }, subjects },
  ];
}

/** The certificates that Gateways name, in one namespace. A list with `metadata.name=` in its field selector is a request for that name. */
function readable(installation: Installation, { namespace, names }: Installation['values']['secrets'][number]): readonly Manifest[] {
  const rule: Rule = { apiGroups: [''], resources: ['secrets'], ...(names === undefined ? {} : { resourceNames: names }), verbs: READ };
  return granted({ installation, name: named(installation, 'secrets'), rules: [rule], namespace });
}

function provisioner(installation: Installation): readonly Manifest[] {
  const { provision } = installation.values.gateways;
  const name = named(installation, 'gateways');
  if (provision === 'Everywhere') return granted({ installation, name, rules: provisioning });
  return provision === 'Nowhere' ? [] : provision.flatMap((namespace) => granted({ installation, name, rules: provisioning, namespace }));
}

/** All roles and bindings of the control plane. */
export function rolesOf(installation: Installation): readonly Manifest[] {
  const { namespace, secrets } = installation.values;
  return [
    ...granted({ installation, name: named(installation), rules: [...reading(), ...writing(installation)] }),
    ...granted({ installation, name: named(installation), rules: own(installation), namespace }),
    ...provisioner(installation),
    ...secrets.flatMap((each) => readable(installation, each)),
  ];
}
