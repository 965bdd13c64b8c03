// Envoy's words for a port for UDP. All backends of a route are one cluster: Envoy chooses one for a sender by the weight of its group of
// endpoints, and a group without any would give its share to the others, where Gateway API wants it dropped.
import {
  adsSource,
  Cluster_DiscoveryType,
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  checkedResource,
  duration,
  extension,
  type Hash,
  HealthStatus,
  ListenerSchema,
  type MessageInitShape,
  named,
  RoundRobinSchema,
  socketAddress,
  TrafficDirection,
  UdpProxyConfigSchema,
  UdpRouteSchema,
} from '../../envoy/index.ts';
import { COMMON_LB, circuitBreakers } from '../emit/limits.ts';
import { NOWHERE } from '../emit/nowhere.ts';
import { accepted, type Emitted } from '../emit/service.ts';
import type { EndpointPlan } from '../plan.ts';
import type { DatagramBackend, GatewayDatagramPlan } from './datagrams.ts';
import { distinct } from './emit.ts';
import { datagramClusterName, datagramListenerName } from './names.ts';

/** After this much silence a sender's next datagram may go to another endpoint. */
const SESSION_MS = 60_000;
/** Larger datagrams are cut off, and so dropped: more than any network frame. */
const LARGEST_BYTES = 9_000n;

function listenerOf({ port, route }: GatewayDatagramPlan, addresses: readonly string[]): MessageInitShape<typeof ListenerSchema> | undefined {
  const [first, ...others] = addresses;
  if (first === undefined) return undefined;
  const at = (address: string) => socketAddress({ address, port, udp: true });
  const clusterSpecifier = { cluster: datagramClusterName(route) };
  const onMatch = { case: 'action' as const, value: extension('route', UdpRouteSchema, clusterSpecifier) };
  return {
    name: datagramListenerName(port),
    statPrefix: 'gateway',
    address: at(first),
    additionalAddresses: others.map((address) => ({ address: at(address) })),
    udpListenerConfig: { downstreamSocketConfig: { maxRxDatagramSize: LARGEST_BYTES } },
    listenerFilters: [
      named('envoy.filters.udp_listener.udp_proxy', UdpProxyConfigSchema, {
        statPrefix: 'gateway',
        routeSpecifier: { case: 'matcher', value: { onNoMatch: { onMatch } } },
        idleTimeout: duration(SESSION_MS),
        upstreamSocketConfig: { maxRxDatagramSize: LARGEST_BYTES },
        usePerPacketLoadBalancing: false,
      }),
    ],
    trafficDirection: TrafficDirection.INBOUND,
    // Two gateways of one user on one machine share a port, and the kernel gives each sender to one of them.
    enableReusePort: true,
  };
}

function clusterOf({ route }: GatewayDatagramPlan): MessageInitShape<typeof ClusterSchema> {
  // wrr_locality is for client-side weights alone in Envoy 1.40.
  const localityLbConfig = { localityConfigSpecifier: { case: 'localityWeightedLbConfig' as const, value: {} } };
  const policy = extension('envoy.load_balancing_policies.round_robin', RoundRobinSchema, { localityLbConfig });
  return {
    name: datagramClusterName(route),
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: adsSource() },
    ignoreHealthOnHostRemoval: true,
    circuitBreakers: circuitBreakers({ percent: 20, minConcurrency: 10 }),
    commonLbConfig: COMMON_LB,
    loadBalancingPolicy: { policies: [{ typedExtensionConfig: policy }] },
    metadata: { filterMetadata: { weft: { route } } },
  };
}

/** Whatever is sent there is dropped. */
const DROPPED: EndpointPlan = { workload: '', address: NOWHERE, port: 9, state: 'healthy', weight: 1, zone: '', priority: 0 };

function groupOf({ name, weight, endpoints }: DatagramBackend) {
  const some = endpoints.some(({ state }) => state === 'healthy') ? endpoints : [...endpoints, DROPPED];
  return {
    locality: { subZone: name },
    loadBalancingWeight: weight,
    lbEndpoints: some.map((each) => ({
      hostIdentifier: { case: 'endpoint' as const, value: { address: socketAddress({ address: each.address, port: each.port }) } },
      healthStatus: each.state === 'draining' ? HealthStatus.DRAINING : HealthStatus.HEALTHY,
      loadBalancingWeight: each.weight,
    })),
  };
}

/** Names of its cluster and endpoints. */
export function datagramNames(plans: readonly GatewayDatagramPlan[]): readonly (readonly ['cluster' | 'endpoints', string])[] {
  return plans.flatMap(({ route }) => (['cluster', 'endpoints'] as const).map((type) => [type, datagramClusterName(route)] as const));
}

/** Listeners of all ports, and for each route its cluster and endpoints. */
export function emitDatagrams(plans: readonly GatewayDatagramPlan[], addresses: readonly string[], hash: Hash): readonly Emitted[] {
  const routes = new Map(plans.map((plan) => [plan.route, plan]));
  return [...plans.flatMap((plan) => emitListener(plan, addresses, hash)), ...[...routes.values()].flatMap((plan) => emitServers(plan, hash))];
}

function emitListener(plan: GatewayDatagramPlan, addresses: readonly string[], hash: Hash): readonly Emitted[] {
  const init = listenerOf(plan, addresses);
  const [at] = plan.origins;
  if (init === undefined || at === undefined) return [];
  const origins = distinct(plan.origins);
  return [accepted(checkedResource({ type: 'listener', name: datagramListenerName(plan.port), desc: ListenerSchema, init, origins, hash }), at)];
}

function emitServers(plan: GatewayDatagramPlan, hash: Hash): readonly Emitted[] {
  const [at] = plan.origins;
  if (at === undefined) return [];
  const origins = distinct(plan.origins);
  const name = datagramClusterName(plan.route);
  const endpoints = plan.backends.filter(({ weight }) => weight > 0).map(groupOf);
  return [
    accepted(checkedResource({ type: 'cluster', name, desc: ClusterSchema, init: clusterOf(plan), origins, hash }), at),
    accepted(checkedResource({ type: 'endpoints', name, desc: ClusterLoadAssignmentSchema, init: { clusterName: name, endpoints }, origins, hash }), at),
  ];
}
