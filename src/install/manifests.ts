import { DEPLOYING_CONTROLLER } from '../model/index.ts';
import { deployment, disruptionBudget, service } from './control-plane.ts';
import { definitions } from './definitions.ts';
import { type Installation, labelsOf, type Manifest, named } from './manifest.ts';
import { rolesOf } from './rbac.ts';
import { webhookConfigurations } from './webhooks.ts';

/** The namespace of the control plane; its pods are never injected, and meet the Pod Security Standard "restricted". */
function namespace({ values }: Installation): Manifest {
  const standard = Object.fromEntries(['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']));
  const labels = { 'app.kubernetes.io/part-of': 'weft', 'weft.dev/inject': 'disabled', ...standard };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: values.namespace, labels } };
}

function account(installation: Installation): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: named(installation), namespace: installation.values.namespace, labels: labelsOf(installation) },
  };
}

function gatewayClass(installation: Installation): Manifest {
  const { 'weft.dev/rev': _, 'app.kubernetes.io/component': _component, ...labels } = labelsOf(installation);
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: installation.values.gateways.className, labels },
    spec: { controllerName: DEPLOYING_CONTROLLER, description: 'Gateways of Weft: stock Envoy, configured by the control plane' },
  };
}

function mesh({ values }: Installation): readonly Manifest[] {
  if (values.mesh === undefined) return [];
  const spec = { ...values.mesh, trustDomain: values.trustDomain };
  return [{ apiVersion: 'weft.dev/v1alpha1', kind: 'Mesh', metadata: { name: 'default' }, spec }];
}

/** Definitions of our kinds, as they are applied. */
export function definitionManifests(): readonly Manifest[] {
  return definitions() as unknown as readonly Manifest[];
}

/**
 * Everything but the definitions, in the order in which it is applied. A revision has its own of all but what there is one of in a cluster
 * (namespace, GatewayClass, Mesh), which is the same for all.
 */
export function manifests(installation: Installation): readonly Manifest[] {
  return [
    namespace(installation),
    account(installation),
    ...rolesOf(installation),
    service(installation),
    disruptionBudget(installation),
    deployment(installation),
    ...webhookConfigurations(installation),
    gatewayClass(installation),
    ...mesh(installation),
  ];
}
