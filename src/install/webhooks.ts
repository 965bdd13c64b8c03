// Who asks the control plane about pods and documents, and what becomes of them while it does not answer (Kubernetes documentation: "Dynamic
// Admission Control"). `caBundle` is not here: the control plane keeps it.
import { KINDS } from '../policy/index.ts';
import { type Installation, LABELS, type Manifest, NAMESPACE, ownName } from './manifest.ts';
import { choose, evaluate, given, not, some, type Term, value } from './terms/index.ts';

type Part = Readonly<Record<string, Term>>;

const INJECT = 'weft.dev/inject';
const REVISION = 'weft.dev/rev';
const NAME = 'kubernetes.io/metadata.name';
const GATEWAY = 'gateway.networking.k8s.io/gateway-name';

const among = (key: string, ...values: readonly Term[]): Part => ({ key, operator: 'In', values });
const notAmong = (key: string, ...values: readonly Term[]): Part => ({ key, operator: 'NotIn', values });
const absent = (key: string): Part => ({ key, operator: 'DoesNotExist' });
const all = (...matchExpressions: readonly Term[]): Part => ({ matchExpressions });

const SECONDS = 5;

function webhook(name: string, { path, ...more }: Part & { readonly path: string }): Part {
  return {
    name: `${name}.weft.dev`,
    clientConfig: { service: { name: ownName(), namespace: NAMESPACE, path, port: 443 } },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    matchPolicy: 'Equivalent',
    timeoutSeconds: SECONDS,
    ...more,
  };
}

const rule = (apiGroup: string, resources: readonly string[], operations: readonly string[], scope: string): Part => ({
  apiGroups: [apiGroup],
  apiVersions: ['*'],
  resources,
  operations,
  scope,
});
const WRITES = ['CREATE', 'UPDATE'];

/**
 * Pods of labelled namespaces, and pods that ask by a label of their own. A cluster comes up without us, and so do we: Kubernetes' namespaces and ours
 * are left out, and proxies of Gateways, which have nothing to be injected.
 */
const injecting = (): Term => {
  const elsewhere = notAmong(NAME, 'kube-system', 'kube-public', 'kube-node-lease', NAMESPACE);
  const named = among(REVISION, choose(given('revision'), value('revision'), 'default'));
  const unnamed = absent(REVISION);
  const more = { rules: [rule('', ['pods'], ['CREATE'], 'Namespaced')], failurePolicy: value('injection.failurePolicy'), reinvocationPolicy: 'IfNeeded' };
  const application = [notAmong(INJECT, 'disabled'), absent(GATEWAY)];
  const byNamespace = (revision: Part): Part & { readonly path: string } => ({
    path: '/inject',
    namespaceSelector: all(elsewhere, among(INJECT, 'enabled'), revision),
    objectSelector: all(...application, absent(REVISION)),
  });
  const byPod = (revision: Part): Part & { readonly path: string } => ({
    path: '/inject/asked',
    namespaceSelector: all(elsewhere, notAmong(INJECT, 'enabled')),
    objectSelector: all(among(INJECT, 'enabled'), absent(GATEWAY), revision),
  });
  // A pod of a labelled namespace that names its revision itself.
  const byRevision = { path: '/inject', namespaceSelector: all(elsewhere, among(INJECT, 'enabled')), objectSelector: all(...application, named) };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: ownName('inject'), labels: LABELS },
    webhooks: [
      // those that name no revision are the unnamed one's, which is called default, too
      some(not(given('revision')), webhook('namespace.inject', { ...byNamespace(unnamed), ...more }), webhook('pod.inject', { ...byPod(unnamed), ...more })),
      webhook('namespace-of-revision.inject', { ...byNamespace(named), ...more }),
      webhook('pod-of-revision.inject', { ...byPod(named), ...more }),
      webhook('revision.inject', { ...byRevision, ...more }),
    ],
  };
};

/**
 * A policy for the whole mesh is for who may write the Mesh. Only the API server knows who that is, so it decides, and asks us for the refusal alone; while
 * nobody answers here it is refused all the same. (Kubernetes documentation: "Matching requests: matchConditions".)
 */
const FOR_ALL: readonly Part[] = [
  { name: 'for-the-mesh', expression: "has(object.spec) && has(object.spec.targetRefs) && object.spec.targetRefs.exists(ref, ref.kind == 'Mesh')" },
  { name: 'says-something-new', expression: "request.operation == 'CREATE' || object.spec != oldObject.spec" },
  { name: 'by-somebody-else', expression: "!authorizer.group('weft.dev').resource('meshes').name('default').check('update').allowed()" },
];
/** Kinds of ours that have targets. */
const TARGETING = KINDS.filter(({ group, attaches, namespaced }) => group === 'weft.dev' && attaches && namespaced).map(({ plural }) => plural);

/**
 * Documents are looked at again when they arrive, and what is wrong with them stands in their status: while nobody answers here they pass, so that
 * nothing is held up by our absence, least of all what would end it.
 */
const validating = (): Term => {
  const more = { failurePolicy: 'Ignore' };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: ownName('validate'), labels: LABELS },
    webhooks: [
      webhook('documents.validate', { path: '/validate', rules: [rule('weft.dev', ['*'], WRITES, '*')], ...more }),
      webhook('mesh-wide.validate', {
        path: '/validate/mesh-wide',
        rules: [rule('weft.dev', TARGETING, WRITES, 'Namespaced')],
        failurePolicy: 'Fail',
        matchConditions: FOR_ALL,
      }),
      webhook('routes.validate', { path: '/validate', rules: [rule('gateway.networking.k8s.io', ['*'], WRITES, '*')], ...more }),
      webhook('namespaces.validate', {
        path: '/validate/namespace',
        rules: [rule('', ['namespaces'], WRITES, 'Cluster')],
        objectSelector: all({ key: INJECT, operator: 'Exists' }),
        ...more,
        timeoutSeconds: 2,
      }),
    ],
  };
};

/** Both configurations; their names are those of the control plane's role (rbac.ts). */
export const webhookTerms = (): readonly Term[] => [injecting(), validating()];

/** Both configurations of an installation. */
export const webhookConfigurations = (installation: Installation): readonly Manifest[] => evaluate(webhookTerms(), installation) as readonly Manifest[];
