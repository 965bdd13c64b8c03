import {
  type Gateway,
  type GatewayKey,
  type Mesh,
  type PolicyTarget,
  policiesAt,
  policyPlace,
  routesOfService,
  type ServiceKey,
  spiffeId,
  splitServiceKey,
  type Workload,
} from '../../model/index.ts';
import { hasConsumerPolicies, policiesFor } from '../../policy/index.ts';
import { securingGateways } from '../gateway/secured.ts';
import type { View } from '../plan.ts';
import { callerPlace } from './locality.ts';
import { viewKey } from './names.ts';
import type { Connecting } from './policies.ts';
import { processors } from './processors.ts';
import { sourcesOf } from './route-filters.ts';
import { backendsSeen } from './scope.ts';

const BARE = {
  relayDirectory: '',
  hostLoopback: '',
  consumerNamespace: '',
  connectionNamespace: '',
  gateway: '',
  identity: '',
  zone: '',
  node: '',
  sources: [] as readonly string[],
} as const;

/** How a consumer with nothing special about it sees every service. */
export const PLAIN_VIEW: View = { ...BARE, key: '' };

const key = (view: Omit<View, 'key'>): View => ({ ...view, key: viewKey(view) });

/** How the routes of a Gateway see the services behind them: as consumers of its namespace. */
export function gatewayView(mesh: Mesh, { id, namespace }: Pick<Gateway, 'id' | 'namespace'>): View {
  return key({ ...BARE, consumerNamespace: namespace, gateway: connectsAsGateway(mesh, id) ? id : '' });
}

/** How a workload's proxy dials, whatever the service: the connection part of its views. `shared`: the proxy serves several workloads. */
export function connectionView(mesh: Mesh, workload: Workload, shared = false): View {
  const { proxy } = workload;
  const relayDirectory = proxy?.capture.mode === 'relay' ? proxy.capture.directory : '';
  const identity = shared ? spiffeId(mesh.config.trustDomain, workload.namespace, workload.serviceAccount) : '';
  const gateway = workload.gateway !== undefined && connectsAsGateway(mesh, workload.gateway) ? workload.gateway : '';
  if (relayDirectory === '' && identity === '' && gateway === '' && (proxy?.hostLoopback ?? '') === '') return PLAIN_VIEW;
  return key({ ...BARE, relayDirectory, hostLoopback: proxy?.hostLoopback ?? '', identity, gateway });
}

/** True when routes of `namespace`, which is not the service's own, apply to the calls its workloads make (Gateway API: consumer routes). */
export function hasConsumerRoutes(mesh: Mesh, service: ServiceKey, namespace: string): boolean {
  if (service.startsWith(`${namespace}/`)) return false;
  return routesOfService(mesh, service).some((route) => route.namespace === namespace);
}

const CLUSTER_KINDS: ReadonlySet<string> = new Set(policiesFor({ kind: 'cluster', side: 'outbound' }).map((definition) => definition.kind.kind));

/** True when its own document, or policies that name it, change how the proxies of a Gateway connect to what is behind it. */
export function connectsAsGateway(mesh: Mesh, gateway: GatewayKey): boolean {
  if (mesh.gateways.get(gateway)?.clientCertificate !== undefined || securingGateways(mesh).has(gateway)) return true;
  if (mesh.policies.size === 0) return false;
  const [namespace = '', name = ''] = gateway.split('/');
  const means = (target: PolicyTarget): boolean => target.kind === 'Gateway' && target.namespace === namespace && target.name === name;
  const policies = policiesAt(mesh, policyPlace('Gateway', namespace, name)).filter((each) => each.namespace === namespace && CLUSTER_KINDS.has(each.kind));
  return policies.some(({ targets }) => targets.some((target) => means(target) && target.section === undefined));
}

/** Who calls, as far as it decides how connections are made. */
export function callerOf({ connectionNamespace, gateway }: Pick<View, 'connectionNamespace' | 'gateway'>): Connecting {
  return { consumer: connectionNamespace, gateway };
}

/** True when policies of the callers' namespace change how they connect to the service. */
function connectsOtherwise(mesh: Mesh, service: ServiceKey, namespace: string): boolean {
  return hasConsumerPolicies(mesh, splitServiceKey(service), namespace, CLUSTER_KINDS);
}

/** Namespaces whose own policies change how they connect to the service: what a route sends there changes their view of its parent. */
export function otherwiseConnecting(mesh: Mesh, service: ServiceKey): ReadonlySet<string> {
  const { namespace, name } = splitServiceKey(service);
  const policies = [...policiesAt(mesh, policyPlace('Service', namespace, name)), ...policiesAt(mesh, policyPlace('Namespace', '', namespace))];
  return new Set(policies.filter((policy) => policy.namespace !== namespace && CLUSTER_KINDS.has(policy.kind)).map((policy) => policy.namespace));
}

/** The view under which a caller that sees its own service as `view` has the cluster of another one, to which a route sends it. */
export function backendView(mesh: Mesh, view: View, service: ServiceKey): View {
  const connectionNamespace = view.consumerNamespace !== '' && connectsOtherwise(mesh, service, view.consumerNamespace) ? view.consumerNamespace : '';
  return view.connectionNamespace === connectionNamespace ? view : key({ ...view, connectionNamespace });
}

/** How `workload` sees `service`. Made of *which* things apply, never of what they say. */
export function viewOf(mesh: Mesh, workload: Workload, service: ServiceKey, shared = false): View {
  const connection = connectionView(mesh, workload, shared);
  const { namespace } = workload;
  const connectionNamespace = connectsOtherwise(mesh, service, namespace) ? namespace : '';
  const special =
    connectionNamespace !== '' ||
    hasConsumerRoutes(mesh, service, namespace) ||
    hasConsumerPolicies(mesh, splitServiceKey(service), namespace) ||
    (mesh.policies.size > 0 && [...backendsSeen(mesh, service, namespace), ...processors(mesh)].some((backend) => connectsOtherwise(mesh, backend, namespace)));
  const sources = sourcesOf(mesh, workload, service);
  const routed = sources.length === 0 ? connection : key({ ...connection, sources });
  const view = special ? key({ ...connection, consumerNamespace: namespace, connectionNamespace, sources }) : routed;
  const place = callerPlace(mesh, workload, { service, consumer: connectionNamespace, gateway: connection.gateway });
  return place === undefined ? view : key({ ...view, ...place });
}
