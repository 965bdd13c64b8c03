import {
  adsSource,
  cidr,
  type DnsCacheConfigSchema,
  duration,
  HttpConnectionManager_CodecType,
  HttpConnectionManager_ForwardClientCertDetails,
  HttpConnectionManager_PathWithEscapedSlashesAction,
  HttpConnectionManager_ServerHeaderTransformation,
  HttpConnectionManagerSchema,
  HttpProtocolOptions_HeadersWithUnderscoresAction,
  type Init,
  type MessageInitShape,
  named,
  type RouteConfigurationSchema,
} from '../../envoy/index.ts';
import { httpFilters } from '../order.ts';
import { withoutForgedHeaders, withoutHeadersOfTheMesh } from './forged-headers.ts';
import { REQUEST_METRICS } from './golden.ts';
import { EDGE_HTTP2, EDGE_IDLE_MS, EDGE_STREAM_IDLE_MS, HEADERS_COUNT, HEADERS_KB, HEADERS_TIMEOUT_MS, HTTP2, IDLE_MS, STREAM_IDLE_MS } from './limits.ts';
import { localReplies } from './reasons.ts';
import { REQUEST_RECORDS } from './records.ts';
import { REQUEST_IDS, TRACING } from './tracing.ts';
import { ofBoth, type Whose } from './whose.ts';

/**
 * Dot segments and doubled slashes are resolved on both sides, so that routes (and later policies) see what the application will see.
 * Encoded slashes are left as they are: `%2F` is data to many applications (npm registries, queues named "/"), and rejecting or
 * decoding it would break them when they join the mesh. A policy that reads paths must refuse them itself, where it applies.
 */
const PATHS = {
  normalizePath: true,
  mergeSlashes: true,
  pathWithEscapedSlashesAction: HttpConnectionManager_PathWithEscapedSlashesAction.KEEP_UNCHANGED,
};

const SHARED = {
  codecType: HttpConnectionManager_CodecType.AUTO,
  ...PATHS,
  commonHttpProtocolOptions: {
    idleTimeout: duration(IDLE_MS),
    maxHeadersCount: HEADERS_COUNT,
    headersWithUnderscoresAction: HttpProtocolOptions_HeadersWithUnderscoresAction.ALLOW,
  },
  httpProtocolOptions: { acceptHttp10: true, enableTrailers: true, overrideStreamErrorOnInvalidHttpMessage: false },
  http2ProtocolOptions: HTTP2,
  maxRequestHeadersKb: HEADERS_KB,
  streamIdleTimeout: duration(STREAM_IDLE_MS),
  requestTimeout: duration(0), // uploads may take their time
  requestHeadersTimeout: duration(HEADERS_TIMEOUT_MS),
  drainTimeout: duration(5_000),
  delayedCloseTimeout: duration(1_000),
  serverHeaderTransformation: HttpConnectionManager_ServerHeaderTransformation.PASS_THROUGH,
  useRemoteAddress: false, // x-forwarded-for is the applications' own business
  skipXffAppend: true,
  xffNumTrustedHops: 0,
  preserveExternalRequestId: true,
  requestIdExtension: REQUEST_IDS,
  alwaysSetRequestIdInResponse: false,
  upgradeConfigs: [{ upgradeType: 'websocket', enabled: true }],
};

const ONCE = { commonHttpProtocolOptions: { ...SHARED.commonHttpProtocolOptions, maxRequestsPerConnection: 1 } };

const SIDES = ofBoth((whose) => ({
  outbound: {
    // The first hop names the request; later ones keep the name.
    generateRequestId: true,
    // An application cannot claim to have been called by somebody.
    forwardClientCertDetails: HttpConnectionManager_ForwardClientCertDetails.SANITIZE,
    localReplyConfig: localReplies('outbound'),
    accessLog: [...REQUEST_RECORDS[whose].outbound, ...REQUEST_METRICS[whose].source],
    tracing: TRACING[whose].outbound,
  },
  explicit: {
    generateRequestId: true,
    forwardClientCertDetails: HttpConnectionManager_ForwardClientCertDetails.SANITIZE,
    localReplyConfig: localReplies('explicit'),
    accessLog: [...REQUEST_RECORDS[whose].outbound, ...REQUEST_METRICS[whose].source],
    tracing: TRACING[whose].outbound,
  },
  inbound: {
    // Peers name their requests; one that comes without the mesh gets its name here.
    generateRequestId: true,
    forwardClientCertDetails: HttpConnectionManager_ForwardClientCertDetails.SANITIZE_SET,
    setCurrentClientCertDetails: { uri: true },
    earlyHeaderMutationExtensions: [withoutHeadersOfTheMesh()],
    localReplyConfig: localReplies('inbound'),
    accessLog: [...REQUEST_RECORDS[whose].inbound, ...REQUEST_METRICS[whose].destination],
    tracing: TRACING[whose].inbound,
  },
  // Whoever connects without a certificate: what only a proxy of the mesh may say is taken off first, as at a gateway.
  plaintext: {
    generateRequestId: true,
    forwardClientCertDetails: HttpConnectionManager_ForwardClientCertDetails.SANITIZE,
    earlyHeaderMutationExtensions: [withoutForgedHeaders()],
    localReplyConfig: localReplies('plaintext'),
    accessLog: [...REQUEST_RECORDS[whose].plaintext, ...REQUEST_METRICS[whose].destination],
    tracing: TRACING[whose].plaintext,
  },
}));

/**
 * Towards clients that nobody knows: addresses are those of the connection, and what only the mesh may say is taken off before anything
 * reads it. Limits are those of Envoy's guide for edges; streams that say nothing for five minutes end (a WebSocket pings more often).
 */
const EDGE = {
  generateRequestId: true,
  preserveExternalRequestId: false,
  useRemoteAddress: true,
  skipXffAppend: false,
  // Nobody outside is trusted because of its address. An empty list would be: Envoy then takes private and loopback addresses for its own (seen with 1.40).
  internalAddressConfig: { unixSockets: false, cidrRanges: [cidr('255.255.255.255', 32)] },
  streamIdleTimeout: duration(EDGE_STREAM_IDLE_MS),
  http2ProtocolOptions: EDGE_HTTP2,
  commonHttpProtocolOptions: {
    ...SHARED.commonHttpProtocolOptions,
    idleTimeout: duration(EDGE_IDLE_MS),
    // many applications take x_user for x-user: it would be another way to say what the mesh has taken off
    headersWithUnderscoresAction: HttpProtocolOptions_HeadersWithUnderscoresAction.REJECT_REQUEST,
  },
  // `shop.example.` is the same host (RFC 1034 §3.1), for routes and for policies
  stripTrailingHostDot: true,
  // HTTP/1.0 has no Host header, so no listener could be chosen by it
  httpProtocolOptions: { ...SHARED.httpProtocolOptions, acceptHttp10: false },
  earlyHeaderMutationExtensions: [withoutForgedHeaders()],
  localReplyConfig: localReplies('gateway'),
  accessLog: [...REQUEST_RECORDS.token.gateway, ...REQUEST_METRICS.token.source],
  tracing: TRACING.token.gateway,
};

const GATEWAY_SIDES = {
  gateway: { ...EDGE, forwardClientCertDetails: HttpConnectionManager_ForwardClientCertDetails.SANITIZE },
  gatewayClients: {
    ...EDGE,
    forwardClientCertDetails: HttpConnectionManager_ForwardClientCertDetails.SANITIZE_SET,
    setCurrentClientCertDetails: { subject: true, uri: true, dns: true },
  },
};

const FILTERS = { outbound: httpFilters('outbound'), explicit: httpFilters('explicit') };
/** Ports are the same in most proxies, and so are these. */
const INBOUND_FILTERS = new Map<string, ReturnType<typeof httpFilters>>();

function inboundFilters(place: string): ReturnType<typeof httpFilters> {
  const known = INBOUND_FILTERS.get(place);
  if (known !== undefined) return known;
  const filters = httpFilters('inbound', place);
  if (INBOUND_FILTERS.size > 1000) INBOUND_FILTERS.clear();
  INBOUND_FILTERS.set(place, filters);
  return filters;
}

/** Explicit capture is outbound with one filter more. */
export type Side = keyof (typeof SIDES)['token'];

export interface ManagerOptions extends Pick<Init<typeof HttpConnectionManagerSchema>, 'accessLog' | 'accessLogOptions'> {
  /** Each connection is closed, gracefully, after its first request. */
  readonly once?: boolean;
  /** Who says whose the requests are. */
  readonly whose?: Whose;
  /** Names are looked up as they are called. */
  readonly lookups?: { readonly cache: Init<typeof DnsCacheConfigSchema>; readonly otherPort: boolean };
}

/** HTTP of a gateway's listener, with or without certificates of clients. */
export function edgeConnectionManager(
  side: keyof typeof GATEWAY_SIDES,
  routes: string,
  more: Pick<Init<typeof HttpConnectionManagerSchema>, 'codecType' | 'http3ProtocolOptions'> = {},
) {
  return named('envoy.filters.network.http_connection_manager', HttpConnectionManagerSchema, {
    ...SHARED,
    ...GATEWAY_SIDES[side],
    ...more,
    statPrefix: 'gateway',
    routeSpecifier: { case: 'rds', value: { routeConfigName: routes, configSource: adsSource() } },
    httpFilters: httpFilters('gateway', routes),
  });
}

/** HTTP of one filter chain. Statistics of a side share one prefix: a hundred counters per service would be memory for nothing. */
export function connectionManager(side: Side, routes: string, { once = false, lookups, whose = 'token', ...more }: ManagerOptions = {}) {
  return named('envoy.filters.network.http_connection_manager', HttpConnectionManagerSchema, {
    ...SHARED,
    ...SIDES[whose][side],
    ...more,
    ...(once ? ONCE : {}),
    statPrefix: side === 'plaintext' ? 'inbound' : side,
    routeSpecifier: { case: 'rds', value: { routeConfigName: routes, configSource: adsSource() } },
    // A port in the Host header would be asked for.
    ...(lookups?.otherPort === true ? { stripPortMode: { case: 'stripAnyHostPort' as const, value: true } } : {}),
    httpFilters:
      side === 'inbound' || side === 'plaintext' ? inboundFilters(routes) : lookups === undefined ? FILTERS[side] : httpFilters(side, '', lookups.cache),
  });
}

/**
 * HTTP of a chain that only ever refuses. One answer per connection: a client that keeps it open would stay with the refusal after
 * there is a service.
 */
export function refusingManager(table: MessageInitShape<typeof RouteConfigurationSchema>, whose: Whose = 'token') {
  return named('envoy.filters.network.http_connection_manager', HttpConnectionManagerSchema, {
    ...SHARED,
    ...SIDES[whose].explicit,
    ...ONCE,
    statPrefix: 'nowhere',
    routeSpecifier: { case: 'routeConfig', value: table },
    httpFilters: FILTERS.explicit,
  });
}
