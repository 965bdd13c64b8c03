// A Gateway as objects of Kubernetes. Pure: equal input, equal objects.
import type { GatewayDeployment } from '../compile/index.ts';
import type { KubeObject, OwnerReference, ResourceType } from '../kube/index.ts';
import { GATEWAY_CLASS_LABEL, GATEWAY_NAME_LABEL, gatewayLabel } from '../model/index.ts';
import { type ProxySettings, podTemplate } from './pod.ts';
import { BUDGETS, DEPLOYMENTS, SERVICE_ACCOUNTS, SERVICES } from './types.ts';

export type { ProxySettings } from './pod.ts';

export interface GatewayObject {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

/** What is ours carries it, so that what is not needed any more is found again. */
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const MANAGER = 'weft-gateway-controller';

type Texts = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;

/** Never changes for a Gateway: Kubernetes does not let a Deployment have another one. */
const selectorOf = (gateway: string): Texts => ({ [GATEWAY_NAME_LABEL]: gatewayLabel(gateway) });

function labelsOf({ gateway }: GatewayDeployment): Texts {
  const { name, className, infrastructure } = gateway;
  return {
    ...infrastructure.labels,
    'app.kubernetes.io/name': 'weft-gateway',
    'app.kubernetes.io/instance': gatewayLabel(name),
    'app.kubernetes.io/component': 'gateway',
    [MANAGED_BY]: MANAGER,
    [GATEWAY_CLASS_LABEL]: gatewayLabel(className),
    ...selectorOf(name),
  };
}

/** Owned by its Gateway, so that it goes when that does (garbage collection). It holds the Gateway back by nothing: that would need more rights. */
function ownedBy(gateway: KubeObject): OwnerReference {
  const { name, uid = '' } = gateway.metadata;
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', name, uid, controller: true, blockOwnerDeletion: false };
}

function resourcesOf({ parameters }: GatewayDeployment, settings: ProxySettings): Fields {
  const { cpu = settings.cpu ?? '100m', memory = settings.memory ?? '64Mi', cpuLimit, memoryLimit } = parameters;
  const limits = { ...(cpuLimit === undefined ? {} : { cpu: cpuLimit }), ...(memoryLimit === undefined ? {} : { memory: memoryLimit }) };
  return { requests: { cpu, memory }, ...(Object.keys(limits).length === 0 ? {} : { limits }) };
}

function deploymentSpec(deployment: GatewayDeployment, settings: ProxySettings): Fields {
  const { gateway, name, parameters } = deployment;
  const selector = selectorOf(gateway.name);
  const { replicas, image = settings.image, concurrency = settings.concurrency ?? 2, priorityClassName } = parameters;
  return {
    // Said by nobody, it is whoever scales that says it (HorizontalPodAutoscaler).
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: selector },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: podTemplate({
      settings,
      image,
      concurrency,
      resources: resourcesOf(deployment, settings),
      serviceAccount: name,
      selector,
      labels: {
        ...labelsOf(deployment),
        'weft.dev/inject': 'disabled',
        ...(settings.revision === undefined ? {} : { 'weft.dev/rev': settings.revision }),
      },
      annotations: { ...gateway.infrastructure.annotations, 'weft.dev/proxy': 'gateway', 'weft.dev/gateway': gateway.name },
      ...(priorityClassName === undefined ? {} : { priorityClassName }),
    }),
  };
}

function serviceSpec({ gateway, ports, parameters }: GatewayDeployment): Fields {
  const { serviceType = 'LoadBalancer', loadBalancerClass, externalTrafficPolicy } = parameters;
  const [asked] = gateway.addresses;
  const outside = serviceType !== 'ClusterIP';
  return {
    type: serviceType,
    selector: selectorOf(gateway.name),
    ports: ports.map(({ port, protocol }) => ({ name: `${protocol.toLowerCase()}-${port}`, port, targetPort: port, protocol })),
    ...(outside && externalTrafficPolicy !== undefined ? { externalTrafficPolicy } : {}),
    ...(serviceType === 'LoadBalancer' && loadBalancerClass !== undefined ? { loadBalancerClass } : {}),
    // Deprecated, and still the one way that all load balancers know. A Service has one address; a Gateway that asks for more is told so in its status.
    ...(serviceType === 'LoadBalancer' && asked !== undefined ? { loadBalancerIP: asked } : {}),
  };
}

/**
 * The objects that a Gateway wants, in the order in which they are made. No Service where it was given one, and none before it has a port: a Service must have
 * one, and one that is there keeps its address and its ports while nothing can be served.
 */
export function gatewayObjects(deployment: GatewayDeployment, gateway: KubeObject, settings: ProxySettings): readonly GatewayObject[] {
  const { name, ports, parameters, gateway: it } = deployment;
  const metadata = {
    name,
    namespace: it.namespace,
    labels: labelsOf(deployment),
    ...(Object.keys(it.infrastructure.annotations).length === 0 ? {} : { annotations: it.infrastructure.annotations }),
    ownerReferences: [ownedBy(gateway)],
  };
  const budget = { maxUnavailable: 1, selector: { matchLabels: selectorOf(it.name) } };
  return [
    { type: SERVICE_ACCOUNTS, object: { metadata, automountServiceAccountToken: false } },
    ...(parameters.services !== undefined || ports.length === 0 ? [] : [{ type: SERVICES, object: { metadata, spec: serviceSpec(deployment) } }]),
    { type: DEPLOYMENTS, object: { metadata, spec: deploymentSpec(deployment, settings) } },
    { type: BUDGETS, object: { metadata, spec: budget } },
  ];
}
