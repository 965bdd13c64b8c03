// Listeners inside the proxy itself: where a connection has to be looked into, which the outbound listener never does, since a server that
// speaks first would be kept waiting. Chains of such ports lead here, and nothing of the outbound listener depends on what happens.
import {
  Cluster_DiscoveryType,
  type ClusterSchema,
  duration,
  type FilterChainSchema,
  type Init,
  Listener_DrainType,
  type ListenerSchema,
  type MessageInitShape,
  named,
  pack,
  TlsInspectorSchema,
  TrafficDirection,
  UpstreamHttpProtocolOptionsSchema,
} from '../../envoy/index.ts';
import type { Protocol } from '../../model/index.ts';
import { INSIDE } from '../plan/names.ts';
import type { ServicePortPlan } from '../plan.ts';
import { clusterMetadata, LEAST_REQUEST } from './cluster.ts';
import { BUFFER_BYTES, COMMON_LB, circuitBreakers, HTTP2 } from './limits.ts';

/** Name of the listener inside, and of the cluster that leads there. */
export function insideName(id: string, suffix: string): string {
  return `${INSIDE}${id}${suffix}`;
}

/** Until a client has said for whom its TLS is. */
const HELLO_MS = 10_000;

/** `byServerName`: chains are told apart by the server name of TLS; a connection for which there is no chain is closed. */
export function insideListener(
  name: string,
  { byServerName, chains }: { readonly byServerName: boolean; readonly chains: readonly Init<typeof FilterChainSchema>[] },
): MessageInitShape<typeof ListenerSchema> {
  return {
    name,
    statPrefix: 'inside',
    listenerSpecifier: { case: 'internalListener', value: {} },
    ...(byServerName ? { listenerFilters: [named('envoy.filters.listener.tls_inspector', TlsInspectorSchema, {})] } : {}),
    listenerFiltersTimeout: duration(byServerName ? HELLO_MS : 0),
    continueOnListenerFiltersTimeout: false,
    filterChains: [...chains],
    trafficDirection: TrafficDirection.OUTBOUND,
    drainType: Listener_DrainType.MODIFY_ONLY,
    perConnectionBufferLimitBytes: BUFFER_BYTES,
  };
}

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

function httpOptions(protocol: Protocol) {
  if (protocol === 'tcp' || protocol === 'http') return {};
  const protocolConfig = { case: 'http2ProtocolOptions' as const, value: { ...HTTP2, allowConnect: true } };
  const options = { upstreamProtocolOptions: { case: 'explicitHttpConfig' as const, value: { protocolConfig } } };
  return { typedExtensionProtocolOptions: { [HTTP_OPTIONS]: pack(UpstreamHttpProtocolOptionsSchema, options) } };
}

/** The way to a listener inside. Its own limits never decide: what is behind it has some. `chain`: whose requests they are. */
export function insideCluster(name: string, chain?: Pick<ServicePortPlan, 'protocol' | 'cluster'>): MessageInitShape<typeof ClusterSchema> {
  const addressNameSpecifier = { case: 'serverListenerName' as const, value: name };
  const endpoint = { address: { address: { case: 'envoyInternalAddress' as const, value: { addressNameSpecifier } } } };
  return {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    connectTimeout: duration(5_000),
    perConnectionBufferLimitBytes: BUFFER_BYTES,
    circuitBreakers: circuitBreakers({ percent: 20, minConcurrency: 10 }),
    commonLbConfig: COMMON_LB,
    loadBalancingPolicy: LEAST_REQUEST,
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: endpoint } }] }] },
    ...httpOptions(chain?.protocol ?? 'tcp'),
    ...(chain === undefined ? {} : { metadata: clusterMetadata(chain.cluster) }),
  };
}
