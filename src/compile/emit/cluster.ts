import {
  adsSource,
  Cluster_DiscoveryType,
  type ClusterSchema,
  extension,
  Http11ProxyUpstreamTransportSchema,
  HttpProtocolOptions_HeadersWithUnderscoresAction,
  type Init,
  LeastRequestSchema,
  type MessageInitShape,
  type NamedConfig,
  named,
  pack,
  pipeAddress,
  RawBufferSchema,
  UpstreamHttpProtocolOptionsSchema,
} from '../../envoy/index.ts';
import type { Contribution } from '../../policy/index.ts';
import { secretName } from '../plan/names.ts';
import type { ServicePortPlan, View } from '../plan.ts';
import { clusterFields, limitsOf, upstreamHttp } from './contributions.ts';
import { PLAINTEXT } from './endpoints.ts';
import { externalParts, outsideTls } from './external.ts';
import { BUFFER_BYTES, HEADERS_COUNT, HEADERS_KB } from './limits.ts';
import { isByName, withoutChoice } from './lookups.ts';
import { clientTls, sayingWhereTo } from './tls.ts';

/** The relay's way out of a namespace without devices: an HTTP/1.1 CONNECT proxy on a pipe. */
export const outPipe = (directory: string): string => `${directory}/out.sock`;

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** What is the same for every peer; how long connections are kept and how much fits through them is ConnectionPolicy's. */
const HTTP_TO_PEER: Init<typeof UpstreamHttpProtocolOptionsSchema> = {
  commonHttpProtocolOptions: {
    maxHeadersCount: HEADERS_COUNT,
    maxResponseHeadersKb: HEADERS_KB,
    headersWithUnderscoresAction: HttpProtocolOptions_HeadersWithUnderscoresAction.ALLOW,
  },
};

/** For endpoints that are applications themselves. */
const HTTP1: Init<typeof UpstreamHttpProtocolOptionsSchema> = {
  upstreamProtocolOptions: { case: 'explicitHttpConfig', value: { protocolConfig: { case: 'httpProtocolOptions', value: { enableTrailers: true } } } },
};

function httpOptions(contributions: readonly Contribution[], version: Init<typeof UpstreamHttpProtocolOptionsSchema>) {
  const options = { ...upstreamHttp(HTTP_TO_PEER, contributions), ...version };
  return { typedExtensionProtocolOptions: { [HTTP_OPTIONS]: pack(UpstreamHttpProtocolOptionsSchema, options) } };
}

/** For clusters without endpoints, or with one. */
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
      ...clusterFields(isByName(plan) ? withoutChoice(cluster.contributions) : cluster.contributions, plan.host),
      metadata: clusterMetadata(plan.cluster),
    };
  }
  const http = cluster.protocol !== 'tcp';
  const tls = clientTls({
    secret: secretName(view.identity, view.identity !== ''),
    serverIds: cluster.serverIds,
    sni: plan.host,
    alpn: http ? [cluster.older === true ? 'http/1.1' : 'h2'] : [],
  });
  const socket = cluster.proxyProtocol ? sayingWhereTo(tls) : tls;
  return {
    name: cluster.name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: adsSource() },
    perConnectionBufferLimitBytes: BUFFER_BYTES,
    transportSocket: dialledBy(socket, view),
    ...(cluster.plaintext === true
      ? { transportSocketMatches: [{ name: 'plaintext', match: PLAINTEXT, transportSocket: dialledBy(toApplications(cluster, http), view) }] }
      : {}),
    circuitBreakers: limitsOf(cluster.contributions, cluster.retryBudget),
    ...COMMON,
    metadata: clusterMetadata(plan.cluster),
    ...(http ? httpOptions(cluster.contributions, cluster.older === true ? HTTP1 : {}) : {}),
    ...clusterFields(cluster.contributions, plan.host),
  };
}

const COMMON = {
  // An endpoint that EDS takes away is gone at once: its requests in flight end, no new ones begin.
  ignoreHealthOnHostRemoval: true,
  // Draining counts as unhealthy: what a draining endpoint has open (TCP too) is to be finished, not cut.
  closeConnectionsOnHostHealthFailure: false,
};

/** Whose cluster it is, for whoever tells of requests. */
export function clusterMetadata(cluster: Pick<ServicePortPlan['cluster'], 'service' | 'port'>) {
  return { filterMetadata: { weft: { service: cluster.service, port: cluster.port } } };
}

/** To those that are no part of the mesh. */
function toApplications({ backendTls, older }: ServicePortPlan['cluster'], http: boolean): NamedConfig {
  if (backendTls === undefined) return RAW;
  const { tls, certificate } = backendTls;
  return outsideTls(http ? [older === true ? 'http/1.1' : 'h2'] : [], tls, { host: '', certificate });
}

const RAW = named('envoy.transport_sockets.raw_buffer', RawBufferSchema, {});

const dialledBy = (socket: NamedConfig, { relayDirectory }: View): NamedConfig => (relayDirectory === '' ? socket : throughPipe(socket, relayDirectory));

/** TLS from end to end inside an HTTP CONNECT tunnel to the relay; the relay sees ciphertext. */
function throughPipe(tls: NamedConfig, directory: string) {
  return named('envoy.transport_sockets.http_11_proxy', Http11ProxyUpstreamTransportSchema, {
    transportSocket: tls,
    defaultProxyAddress: pipeAddress(outPipe(directory)),
  });
}
