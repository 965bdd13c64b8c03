import { DEPLOYING_CONTROLLER } from '../model/index.ts';
import { deployment, disruptionBudget, service } from './control-plane.ts';
import { definitions } from './definitions.ts';
import { type Installation, LABELS, type Manifest, NAMESPACE, ownName } from './manifest.ts';
import { nodeAgentTerms } from './node-agent.ts';
import { nodeProxyTerms } from './node-proxy.ts';
import { roleTerms } from './rbac.ts';
import { evaluate, given, over, some, type Term, value } from './terms/index.ts';
import { webhookTerms } from './webhooks.ts';

/** The namespace of the control plane; its pods are never injected, and meet the Pod Security Standard "restricted". */
const namespace: Term = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: NAMESPACE,
    labels: {
      'app.kubernetes.io/part-of': 'weft',
      'weft.dev/inject': 'disabled',
      ...Object.fromEntries(['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted'])),
    },
  },
};

const account: Term = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ownName(), namespace: NAMESPACE, labels: LABELS } };

function gatewayClass(): Term {
  const { 'weft.dev/rev': _, 'app.kubernetes.io/component': _component, ...labels } = LABELS;
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: value('gateways.className'), labels },
    spec: { controllerName: DEPLOYING_CONTROLLER, description: 'Gateways of Weft: stock Envoy, configured by the control plane' },
  };
}

const mesh: Term = some(given('mesh'), {
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'Mesh',
  metadata: { name: 'default' },
  spec: over('mesh', { trustDomain: value('trustDomain') }),
});

/** Definitions of our kinds, as they are applied. */
export function definitionManifests(): readonly Manifest[] {
  return definitions() as unknown as readonly Manifest[];
}

/** Everything but the definitions, in the order in which it is applied, by the file of the chart that has it; '' is what Helm makes itself. */
export const groups = (): readonly (readonly [file: string, terms: readonly Term[]])[] => [
  ['', [namespace]],
  ['rights', [account, ...roleTerms()]],
  ['control-plane', [service, disruptionBudget, deployment]],
  ['node-agent', nodeAgentTerms()],
  ['node-proxy', nodeProxyTerms()],
  ['webhooks', webhookTerms()],
  ['mesh', [gatewayClass(), mesh]],
];

/**
 * Everything but the definitions, in the order in which it is applied. A revision has its own of all but what there is one of in a cluster
 * (namespace, GatewayClass, Mesh, the agents of nodes), which is the same for all.
 */
export function manifests(installation: Installation): readonly Manifest[] {
  const terms = groups().flatMap(([, each]) => each);
  return evaluate(terms, installation) as readonly Manifest[];
}
