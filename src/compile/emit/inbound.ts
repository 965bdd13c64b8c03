import {
  Cluster_DiscoveryType,
  type ClusterSchema,
  duration,
  encode,
  HttpProtocolOptions_HeadersWithUnderscoresAction,
  Listener_DrainType,
  type ListenerSchema,
  type MessageInitShape,
  named,
  ProxyProtocolSchema,
  pack,
  pipeAddress,
  RouteConfigurationSchema,
  socketAddress,
  TrafficDirection,
  UpstreamHttpProtocolOptionsSchema,
} from '../../envoy/index.ts';
import { parseSpiffeId } from '../../model/index.ts';
import type { Contribution } from '../../policy/index.ts';
import { inboundRoutesName } from '../plan/names.ts';
import type { InboundPlan, InboundPortPlan } from '../plan.ts';
import { connectionManager } from './connection-manager.ts';
import { actionFields, clusterFields, limitsOf, routeFilters, routeMetadata, upstreamHttp, variantsOf } from './contributions.ts';
import { type DiscoveredFilter, discoveredFilter, type ExtensionInit, extensionAt, extensionName, NETWORK_FILTERS } from './discovered.ts';
import { BUFFER_BYTES, COMMON_LB, HEADERS_COUNT, HEADERS_KB, PROXY_PROTOCOL_MS } from './limits.ts';
import { RETRY_HEADER } from './retry.ts';
import { tcpProxy } from './tcp-proxy.ts';
import { serverTls } from './tls.ts';

type InboundPort = InboundPortPlan;

const HANDSHAKE_MS = 10_000;

/** Where peers reach the workload: one chain per port, mutual TLS on each. Undefined for a workload that takes nothing. */
export function inboundListener(plan: InboundPlan): MessageInitShape<typeof ListenerSchema> | undefined {
  const place = placeOf(plan);
  if (place === undefined) return undefined;
  return {
    name: `inbound${plan.suffix}`,
    statPrefix: 'inbound',
    ...place,
    filterChains: plan.ports.map((port) => chain(plan, port)),
    trafficDirection: TrafficDirection.INBOUND,
    drainType: Listener_DrainType.DEFAULT,
    perConnectionBufferLimitBytes: BUFFER_BYTES,
    maxConnectionsToAcceptPerSocketEvent: 1,
  };
}

/** With a relay connections come through a pipe, and PROXY protocol says which port was dialled; so the chains are the same. */
function placeOf({ capture, bind, ports }: InboundPlan) {
  const [first, ...others] = ports;
  if (first === undefined || capture.mode === 'fallback') return undefined;
  if (capture.mode === 'relay') {
    return {
      address: pipeAddress(`${capture.directory}/in.sock`, 0o600),
      listenerFilters: [named('envoy.filters.listener.proxy_protocol', ProxyProtocolSchema, {})],
      listenerFiltersTimeout: duration(PROXY_PROTOCOL_MS),
    };
  }
  if (bind === '') return undefined;
  const at = ({ proxyPort }: InboundPort) => socketAddress({ address: bind, port: proxyPort });
  return { address: at(first), additionalAddresses: others.map((port) => ({ address: at(port) })), listenerFiltersTimeout: duration(0) };
}

function chain(plan: InboundPlan, port: InboundPort) {
  const tcp = port.protocol === 'tcp';
  const identity = parseSpiffeId(plan.identity);
  const place = inboundRoutesName(plan, port.port);
  return {
    name: `${port.port}`,
    filterChainMatch: { destinationPort: port.proxyPort },
    transportSocket: serverTls(plan.secret, identity.ok ? identity.value.trustDomain : '', tcp ? [] : ['h2', 'http/1.1']),
    transportSocketConnectTimeout: duration(HANDSHAKE_MS),
    filters: tcp ? [...limiters(place), tcpProxy('inbound', port.cluster)] : [connectionManager('inbound', place)],
  };
}

const limiters = (place: string) => NETWORK_FILTERS.map((filter) => discoveredFilter(filter, place));

/** What the filters of a port are told that are told by themselves. */
export function inboundExtensions(plan: InboundPlan, port: InboundPort): readonly ExtensionInit[] {
  const place = inboundRoutesName(plan, port.port);
  const filters: readonly DiscoveredFilter[] = port.protocol === 'tcp' ? NETWORK_FILTERS : ['weft.local_ratelimit'];
  return filters.map((filter) => extensionAt(filter, place, port.routeContributions));
}

/** Filters are switched on under the name that they have at the port. */
function filtersAt(place: string, filters: ReturnType<typeof routeFilters>): ReturnType<typeof routeFilters> {
  const { typedPerFilterConfig: { 'weft.local_ratelimit': limiter, ...others } = {} } = filters;
  return limiter === undefined ? filters : { typedPerFilterConfig: { ...others, [extensionName('weft.local_ratelimit', place)]: limiter } };
}

/**
 * The route table of an inbound port: everything to the application. How long a request may take was decided by the caller's proxy.
 * A `weft-reason` or `weft-retry` written by the application is removed; the proxy's own answers keep theirs.
 */
export function inboundRoutes(plan: InboundPlan, port: InboundPort): Uint8Array {
  const name = inboundRoutesName(plan, port.port);
  const route = {
    name,
    match: { pathSpecifier: { case: 'prefix', value: '/' } as const },
    action: { case: 'route', value: { ...toApplication(port), ...actionFields(port.routeContributions) } } as const,
    ...routeMetadata(port.routeContributions),
    ...filtersAt(name, routeFilters(port.routeContributions)),
  };
  const variants = variantsOf(port.routeContributions).map(({ name: variant, when, ...filters }) => ({
    ...route,
    name: `${name}#${variant}`,
    match: { ...route.match, ...when },
    ...filtersAt(name, filters),
  }));
  const routes = [...variants, route];
  return encode(RouteConfigurationSchema, {
    name,
    virtualHosts: [{ name, domains: ['*'], routes }],
    responseHeadersToRemove: ['weft-reason', RETRY_HEADER],
    validateClusters: false,
  });
}

function toApplication(port: InboundPort) {
  return {
    clusterSpecifier: { case: 'cluster', value: port.cluster } as const,
    timeout: duration(0),
    idleTimeout: duration(0),
    ...(port.protocol === 'grpc' ? { maxStreamDuration: { grpcTimeoutHeaderMax: duration(0) } } : {}),
  };
}

/** Which version of HTTP, and how long connections are kept, is ConnectionPolicy's. */
const COMMON = {
  maxHeadersCount: HEADERS_COUNT,
  maxResponseHeadersKb: HEADERS_KB,
  headersWithUnderscoresAction: HttpProtocolOptions_HeadersWithUnderscoresAction.ALLOW,
};
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

function applicationHttp(contributions: readonly Contribution[]) {
  return { [HTTP_OPTIONS]: pack(UpstreamHttpProtocolOptionsSchema, upstreamHttp({ commonHttpProtocolOptions: COMMON }, contributions)) };
}

/** The application itself. In a namespace of its own it is dialled there, from an address that capture leaves alone. */
export function inboundCluster({ capture }: InboundPlan, port: InboundPort): MessageInitShape<typeof ClusterSchema> {
  const inside = capture.mode === 'netns' ? { upstreamBindConfig: { sourceAddress: boundIn(capture.netns) } } : {};
  const endpoint = { address: socketAddress({ address: '127.0.0.1', port: port.port }) };
  return {
    name: port.cluster,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    perConnectionBufferLimitBytes: BUFFER_BYTES,
    circuitBreakers: limitsOf(port.clusterContributions, { percent: 20, minConcurrency: 10 }),
    commonLbConfig: COMMON_LB,
    loadAssignment: { clusterName: port.cluster, endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: endpoint } }] }] },
    ...(port.protocol === 'tcp' ? {} : { typedExtensionProtocolOptions: applicationHttp(port.clusterContributions) }),
    ...clusterFields(port.clusterContributions, ''),
    ...inside,
  };
}

function boundIn(netns: string) {
  return { address: '127.0.0.6', portSpecifier: { case: 'portValue', value: 0 }, networkNamespaceFilepath: netns } as const;
}
