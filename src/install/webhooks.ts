// Who asks the control plane about pods and documents, and what becomes of them while it does not answer (Kubernetes documentation: "Dynamic
// Admission Control"). `caBundle` is not here: the control plane keeps it.
import { type Installation, labelsOf, type Manifest, named } from './manifest.ts';

type Part = Readonly<Record<string, unknown>>;

const INJECT = 'weft.dev/inject';
const REVISION = 'weft.dev/rev';
const NAME = 'kubernetes.io/metadata.name';
const GATEWAY = 'gateway.networking.k8s.io/gateway-name';

const among = (key: string, ...values: readonly string[]): Part => ({ key, operator: 'In', values });
const notAmong = (key: string, ...values: readonly string[]): Part => ({ key, operator: 'NotIn', values });
const absent = (key: string): Part => ({ key, operator: 'DoesNotExist' });
const all = (...matchExpressions: readonly Part[]): Part => ({ matchExpressions });

const SECONDS = 5;

function webhook({ values, ...rest }: Installation, name: string, { path, ...more }: Part): Part {
  const service = { name: named({ values, ...rest }), namespace: values.namespace, path, port: 443 };
  return {
    name: `${name}.weft.dev`,
    clientConfig: { service },
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
function injecting(installation: Installation): Manifest {
  const { revision, namespace, injection } = installation.values;
  const elsewhere = notAmong(NAME, 'kube-system', 'kube-public', 'kube-node-lease', namespace);
  const ours = revision === undefined ? absent(REVISION) : among(REVISION, revision);
  const more = { rules: [rule('', ['pods'], ['CREATE'], 'Namespaced')], failurePolicy: injection.failurePolicy, reinvocationPolicy: 'IfNeeded' };
  const application = [notAmong(INJECT, 'disabled'), absent(GATEWAY)];
  const byNamespace = {
    path: '/inject',
    namespaceSelector: all(elsewhere, among(INJECT, 'enabled'), ours),
    objectSelector: all(...application, absent(REVISION)),
  };
  const byPod = {
    path: '/inject/asked',
    namespaceSelector: all(elsewhere, notAmong(INJECT, 'enabled')),
    objectSelector: all(among(INJECT, 'enabled'), absent(GATEWAY), ours),
  };
  // A pod of a labelled namespace that names its revision itself.
  const byRevision = { path: '/inject', namespaceSelector: all(elsewhere, among(INJECT, 'enabled')), objectSelector: all(...application, ours) };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: named(installation, 'inject'), labels: labelsOf(installation) },
    webhooks: [
      webhook(installation, 'namespace.inject', { ...byNamespace, ...more }),
      webhook(installation, 'pod.inject', { ...byPod, ...more }),
      ...(revision === undefined ? [] : [webhook(installation, 'revision.inject', { ...byRevision, ...more })]),
    ],
  };
}

/**
 * Documents are looked at again when they arrive, and what is wrong with them stands in their status: while nobody answers here they pass, so that
 * nothing is held up by our absence, least of all what would end it.
 */
function validating(installation: Installation): Manifest {
  const more = { failurePolicy: 'Ignore' };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: named(installation, 'validate'), labels: labelsOf(installation) },
    webhooks: [
      webhook(installation, 'documents.validate', { path: '/validate', rules: [rule('weft.dev', ['*'], WRITES, '*')], ...more }),
      webhook(installation, 'routes.validate', { path: '/validate', rules: [rule('gateway.networking.k8s.io', ['*'], WRITES, '*')], ...more }),
      webhook(installation, 'namespaces.validate', {
        path: '/validate/namespace',
        rules: [rule('', ['namespaces'], WRITES, 'Cluster')],
        objectSelector: all({ key: INJECT, operator: 'Exists' }),
        ...more,
        timeoutSeconds: 2,
      }),
    ],
  };
}

/** Both configurations; their names are those of the control plane's role (rbac.ts). */
export function webhookConfigurations(installation: Installation): readonly Manifest[] {
  return [injecting(installation), validating(installation)];
}
