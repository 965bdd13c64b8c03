import {
  Cluster_DiscoveryType,
  type ClusterSchema,
  duration,
  encode,
  type FilterChainMatchSchema,
  HttpProtocolOptions_HeadersWithUnderscoresAction,
  type Init,
  Listener_DrainType,
  type ListenerSchema,
  type MessageInitShape,
  named,
  OriginalDstSchema,
  ProxyProtocolSchema,
  pack,
  pipeAddress,
  RouteConfigurationSchema,
  socketAddress,
  TlsInspectorSchema,
  TrafficDirection,
  UpstreamHttpProtocolOptionsSchema,
} from '../../envoy/index.ts';
import type { Contribution } from '../../policy/index.ts';
import { inboundRoutesName, plaintextName, plaintextPipe } from '../plan/names.ts';
import type { InboundPlan, InboundPortPlan } from '../plan.ts';
import { INBOUND_PORT, TO_APPLICATION } from '../pod/ports.ts';
import { WELCOME } from './banned.ts';
import { connectionManager } from './connection-manager.ts';
import { actionFields, clusterFields, limitsOf, routeFilters, routeMetadata, upstreamHttp, variantsOf } from './contributions.ts';
import { type DiscoveredFilter, discoveredFilter, type ExtensionInit, extensionAt, extensionName, NETWORK_FILTERS } from './discovered.ts';
import { namespaceOf, undeclaredName } from './entered.ts';
import { BUFFER_BYTES, COMMON_LB, HEADERS_COUNT, HEADERS_KB, PROXY_PROTOCOL_MS } from './limits.ts';
import { ONE_IDENTITY } from './one-identity.ts';
import { CAUSE_HEADER } from './reasons.ts';
import { CONNECTION_RECORDS } from './records.ts';
import { RETRY_HEADER } from './retry.ts';
import { authorizers, callersOf } from './tcp-authorization.ts';
import { tcpProxy } from './tcp-proxy.ts';
import { serverTls } from './tls.ts';
import { TOKEN_FILTER, tokenExtension, tokenFilterName } from './tokens.ts';
import { whoseIs } from './whose.ts';

type InboundPort = InboundPortPlan;
type Listener = MessageInitShape<typeof ListenerSchema>;

const HANDSHAKE_MS = 10_000;
/** A peer says hello at once; a packet of it may be lost. Who says nothing for so long is waiting for the server, and does not speak TLS. */
const HELLO_MS = 3000;

/** Where peers reach the workload: one chain per port, mutual TLS on each. Undefined for a workload that takes nothing. */
export function inboundListener(plan: InboundPlan): Listener | undefined {
  const place = placeOf(plan);
  // In a pod without ports: what arrives is refused, as there is nobody at the port either way.
  if (place === undefined || (plan.ports.length === 0 && !plan.undeclared)) return undefined;
  return {
    name: `inbound${plan.suffix}`,
    ...place,
    filterChains: [
      ...plan.ports.flatMap((port) => [chain(plan, port), ...(takesPlaintext(port) ? [plaintextChain(plan, port)] : [])]),
      ...(plan.undeclared ? [undeclaredChain(plan)] : []),
    ],
    ...frameOf(plan),
  };
}

const frameOf = ({ suffix }: InboundPlan) => ({ ...FRAME, accessLog: [...CONNECTION_RECORDS[whoseIs(suffix)]] });

const FRAME = {
  statPrefix: 'inbound',
  // Whether it is TLS is looked at always, so that a policy about that changes chains only and no connection of another port.
  continueOnListenerFiltersTimeout: true,
  trafficDirection: TrafficDirection.INBOUND,
  drainType: Listener_DrainType.DEFAULT,
  perConnectionBufferLimitBytes: BUFFER_BYTES,
  maxConnectionsToAcceptPerSocketEvent: 1,
};

/**
 * Ports of a pod that nobody declared. Envoy looks at the port first and does not go back, so what a declared port refuses does not come here.
 * Callers in the mesh dial declared ports only.
 */
function undeclaredChain(plan: InboundPlan) {
  return {
    name: 'undeclared',
    filterChainMatch: { transportProtocol: 'raw_buffer' },
    filters: [tcpProxy('inbound', undeclaredName(plan), { whose: whoseIs(plan.suffix) })],
  };
}

const WAS_FOR = named('envoy.filters.listener.original_dst', OriginalDstSchema, {});
const IS_TLS = named('envoy.filters.listener.tls_inspector', TlsInspectorSchema, { enableJa3Fingerprinting: false });
const SAYS_WHENCE = named('envoy.filters.listener.proxy_protocol', ProxyProtocolSchema, {});

/** With a relay connections come through a pipe, and PROXY protocol says which port was dialled; so the chains are the same. */
function placeOf({ capture, bind, ports }: InboundPlan) {
  if (capture.mode === 'pod') {
    const at = (address: string) => socketAddress({ address, port: INBOUND_PORT, ...(capture.netns === undefined ? {} : { netns: capture.netns }) });
    const more = capture.ipv6 ? { additionalAddresses: [{ address: at('::') }] } : {};
    return {
      address: at('0.0.0.0'),
      ...more,
      listenerFilters: [WAS_FOR, IS_TLS],
      listenerFiltersTimeout: duration(HELLO_MS),
    };
  }
  const [first, ...others] = ports;
  if (first === undefined || capture.mode === 'fallback') return undefined;
  const listenerFiltersTimeout = duration(Math.max(HELLO_MS, PROXY_PROTOCOL_MS));
  if (capture.mode === 'relay')
    return { address: pipeAddress(`${capture.directory}/in.sock`, 0o600), listenerFilters: [SAYS_WHENCE, IS_TLS], listenerFiltersTimeout };
  if (bind === '') return undefined;
  const at = ({ proxyPort }: InboundPort) => socketAddress({ address: bind, port: proxyPort });
  const additionalAddresses = others.map((port) => ({ address: at(port) }));
  return { address: at(first), additionalAddresses, listenerFilters: [IS_TLS], listenerFiltersTimeout: duration(HELLO_MS) };
}

function chain(plan: InboundPlan, port: InboundPort) {
  const tcp = port.protocol === 'tcp';
  const listed = tcp ? callersOf(port.routeContributions) : undefined;
  const place = inboundRoutesName(plan, port.port);
  const whose = whoseIs(plan.suffix);
  return {
    name: `${port.port}`,
    ...cycleOf(plan),
    filterChainMatch: { destinationPort: port.proxyPort, transportProtocol: 'tls' },
    transportSocket: serverTls(plan.secret, listed === undefined ? { kind: 'known' } : { kind: 'listed', identities: listed }, tcp ? [] : ['h2', 'http/1.1']),
    transportSocketConnectTimeout: duration(HANDSHAKE_MS),
    filters: [
      ONE_IDENTITY,
      ...WELCOME,
      ...(tcp
        ? [...authorizers(port.routeContributions), ...limiters(place), tcpProxy('inbound', port.cluster, { afterHandshake: true, whose })]
        : [connectionManager('inbound', place, { whose })]),
    ],
  };
}

/** Where a list of identities lets callers in, nobody is who has none; a server that speaks first would have spoken before a filter could refuse him. */
const takesPlaintext = (port: InboundPort): boolean => port.plaintext && (port.protocol !== 'tcp' || callersOf(port.routeContributions) === undefined);

/** Everything after the handshake is the same, but nobody has shown who he is. Its name says so wherever connections are recorded. */
function plaintextChain(plan: InboundPlan, port: InboundPort, filterChainMatch: Init<typeof FilterChainMatchSchema> = onProxyPort(port)) {
  const place = inboundRoutesName(plan, port.port);
  const whose = whoseIs(plan.suffix);
  const filters =
    port.protocol === 'tcp'
      ? [...authorizers(port.routeContributions), ...limiters(place), tcpProxy('inbound', port.cluster, { whose })]
      : [connectionManager('plaintext', place, { whose })];
  return { name: plaintextName(port.port), filterChainMatch, filters };
}

const onProxyPort = ({ proxyPort }: InboundPort) => ({ destinationPort: proxyPort, transportProtocol: 'raw_buffer' });

/**
 * Where plaintext comes in that was sent to the application's own port, as before it was in the mesh: `weft run` listens there and hands
 * connections on by a pipe (machine/capture/plaintext.ts), so that it is the machine's own port however the application is captured.
 */
export function plaintextListeners(plan: InboundPlan): readonly Listener[] {
  const { capture, ports, suffix } = plan;
  const directory = capture.mode === 'relay' || capture.mode === 'netns' ? capture.directory : undefined;
  if (directory === undefined || directory === '') return [];
  return ports.filter(takesPlaintext).map((port) => ({
    name: `${plaintextName(port.port)}${suffix}`,
    address: pipeAddress(plaintextPipe(directory, port.port), 0o600),
    listenerFilters: [SAYS_WHENCE],
    listenerFiltersTimeout: duration(PROXY_PROTOCOL_MS),
    filterChains: [plaintextChain(plan, port, {})],
    ...frameOf(plan),
    continueOnListenerFiltersTimeout: false,
  }));
}

/** Another number makes it another chain, so that Envoy lets the connections of the one before run out. Nothing reads it. */
function cycleOf({ cycle }: InboundPlan) {
  return cycle === 0 ? {} : { metadata: { filterMetadata: { weft: { cycle } } } };
}

const limiters = (place: string) => NETWORK_FILTERS.map((filter) => discoveredFilter(filter, place));

/** What the filters of a port are told that are told by themselves. */
export function inboundExtensions(plan: InboundPlan, port: InboundPort): readonly ExtensionInit[] {
  const place = inboundRoutesName(plan, port.port);
  const filters: readonly DiscoveredFilter[] = port.protocol === 'tcp' ? NETWORK_FILTERS : ['weft.local_ratelimit'];
  const tokens = port.protocol === 'tcp' ? [] : [tokenExtension(place, [port.routeContributions])];
  return [...filters.map((filter) => extensionAt(filter, place, port.routeContributions)), ...tokens];
}

/** Filters are switched on under the name that they have at the port. */
function filtersAt(place: string, filters: ReturnType<typeof routeFilters>): ReturnType<typeof routeFilters> {
  if (filters.typedPerFilterConfig === undefined) return filters;
  const nameAt: Readonly<Record<string, string>> = {
    'weft.local_ratelimit': extensionName('weft.local_ratelimit', place),
    [TOKEN_FILTER]: tokenFilterName(place),
  };
  return { typedPerFilterConfig: Object.fromEntries(Object.entries(filters.typedPerFilterConfig).map(([name, config]) => [nameAt[name] ?? name, config])) };
}

/**
 * The route table of an inbound port: everything to the application. How long a request may take was decided by the caller's proxy.
 * A `weft-reason`, `weft-cause` or `weft-retry` written by the application is removed; the proxy's own answers keep theirs.
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
    responseHeadersToRemove: ['weft-reason', CAUSE_HEADER, RETRY_HEADER],
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

/**
 * The application itself. In a namespace of its own it is dialled there, from an address that capture leaves alone. In a pod it is dialled at the pod's address, as
 * everybody would without a proxy: it hears there what it wants others to reach, and what it keeps on loopback stays its own.
 */
export function inboundCluster({ capture, address }: InboundPlan, port: InboundPort): MessageInitShape<typeof ClusterSchema> {
  const from = capture.mode === 'netns' || capture.mode === 'pod' ? fromInside(namespaceOf(capture)) : undefined;
  const inside = from === undefined ? {} : { upstreamBindConfig: { sourceAddress: from } };
  const endpoint = { address: socketAddress({ address: capture.mode === 'pod' ? address : '127.0.0.1', port: port.port }) };
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

function fromInside(netns?: string) {
  return {
    address: TO_APPLICATION,
    portSpecifier: { case: 'portValue', value: 0 },
    ...(netns === undefined ? {} : { networkNamespaceFilepath: netns }),
  } as const;
}
