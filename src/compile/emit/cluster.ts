import {
  adsSource,
  Cluster_DiscoveryType,
  type ClusterSchema,
  duration,
  extension,
  Http11ProxyUpstreamTransportSchema,
  HttpProtocolOptions_HeadersWithUnderscoresAction,
  type Init,
  LeastRequestSchema,
  type MessageInitShape,
  named,
  pack,
  pipeAddress,
  UpstreamHttpProtocolOptionsSchema,
} from '../../envoy/index.ts';
import type { Contribution } from '../../policy/index.ts';
import { secretName } from '../plan/names.ts';
import type { ServicePortPlan, View } from '../plan.ts';
import { clusterFields, upstreamHttp } from './contributions.ts';
import { externalParts } from './external.ts';
import {
  BUFFER_BYTES,
  COMMON_LB,
  circuitBreakers,
  HEADERS_COUNT,
  HEADERS_KB,
  HTTP2,
  IDLE_MS,
  KEEPALIVE,
  MAX_CONNECTION_MS,
  OUTLIER_DETECTION,
} from './limits.ts';
import { clientTls, sayingWhereTo } from './tls.ts';

/** The relay's way out of a namespace without devices: an HTTP/1.1 CONNECT proxy on a pipe. */
export const outPipe = (directory: string): string => `${directory}/out.sock`;

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** HTTP/2 is decided, not negotiated: one connection carries what would be many handshakes. */
const HTTP2_TO_PEER: Init<typeof UpstreamHttpProtocolOptionsSchema> = {
  commonHttpProtocolOptions: {
    idleTimeout: duration(IDLE_MS),
    maxConnectionDuration: duration(MAX_CONNECTION_MS),
    maxConnectionDurationJitter: { value: 10 },
    maxHeadersCount: HEADERS_COUNT,
    maxResponseHeadersKb: HEADERS_KB,
    headersWithUnderscoresAction: HttpProtocolOptions_HeadersWithUnderscoresAction.ALLOW,
  },
  upstreamProtocolOptions: {
    case: 'explicitHttpConfig',
    value: { protocolConfig: { case: 'http2ProtocolOptions', value: { ...HTTP2, connectionKeepalive: KEEPALIVE } } },
  },
};

function httpOptions(contributions: readonly Contribution[]) {
  return { typedExtensionProtocolOptions: { [HTTP_OPTIONS]: pack(UpstreamHttpProtocolOptionsSchema, upstreamHttp(HTTP2_TO_PEER, contributions)) } };
}

/** Least of two requests in flight: adapts to slow endpoints without being told. */
export const LEAST_REQUEST = {
  policies: [
    {
      typedExtensionConfig: extension('envoy.load_balancing_policies.least_request', LeastRequestSchema, {
        choiceCount: 2,
        activeRequestBias: { defaultValue: 1, runtimeKey: 'weft.least_request_bias' },
      }),
    },
  ],
};

/** The cluster of one port of a service: endpoints by EDS, mutual TLS to exactly the identities that serve it. */
export function emitCluster(plan: ServicePortPlan, view: View): MessageInitShape<typeof ClusterSchema> {
  const { cluster } = plan;
  if (cluster.external !== undefined) {
    return {
      name: cluster.name,
      ...COMMON,
      ...externalParts(plan, cluster.external, view),
      ...clusterFields(cluster.contributions),
      metadata: metadataOf(plan),
    };
  }
  const http = cluster.protocol !== 'tcp';
  const tls = clientTls({
    secret: secretName(view.identity, view.identity !== ''),
    serverIds: cluster.serverIds,
    sni: plan.host,
    alpn: http ? ['h2'] : [],
  });
  const socket = cluster.proxyProtocol ? sayingWhereTo(tls) : tls;
  return {
    name: cluster.name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: adsSource() },
    connectTimeout: duration(cluster.connectTimeoutMs),
    perConnectionBufferLimitBytes: BUFFER_BYTES,
    transportSocket: view.relayDirectory === '' ? socket : throughPipe(socket, view.relayDirectory),
    circuitBreakers: circuitBreakers(cluster.retryBudget),
    outlierDetection: OUTLIER_DETECTION,
    commonLbConfig: COMMON_LB,
    ...COMMON,
    metadata: metadataOf(plan),
    ...(http ? httpOptions(cluster.contributions) : {}),
    ...clusterFields(cluster.contributions),
  };
}

const COMMON = {
  loadBalancingPolicy: LEAST_REQUEST,
  // An endpoint that EDS takes away is gone at once: its requests in flight end, no new ones begin.
  ignoreHealthOnHostRemoval: true,
  // Draining counts as unhealthy: what a draining endpoint has open (TCP too) is to be finished, not cut.
  closeConnectionsOnHostHealthFailure: false,
  upstreamConnectionOptions: { tcpKeepalive: { keepaliveProbes: 3, keepaliveTime: 60, keepaliveInterval: 10 } },
};

function metadataOf({ cluster }: ServicePortPlan) {
  return { filterMetadata: { weft: { service: cluster.service, port: cluster.port } } };
}

/** TLS from end to end inside an HTTP CONNECT tunnel to the relay; the relay sees ciphertext. */
function throughPipe(tls: ReturnType<typeof clientTls>, directory: string) {
  return named('envoy.transport_sockets.http_11_proxy', Http11ProxyUpstreamTransportSchema, {
    transportSocket: tls,
    defaultProxyAddress: pipeAddress(outPipe(directory)),
  });
}
