// Numbers that Envoy would otherwise choose, all written out so that behaviour does not depend on Envoy's version. One place, since
// both ends of a connection between sidecars use them.
import { duration, RoutingPriority } from '../../envoy/index.ts';
import type { LimitValues } from '../../policy/index.ts';

/** What may wait in a proxy per connection; the default (1 MiB) is memory multiplied by connections. */
export const BUFFER_BYTES = 32 * 1024;
/** HTTP/2 flow control: enough for 100 MB/s at 2 ms, and not the 16 MiB per stream that Envoy would buffer. */
export const STREAM_WINDOW_BYTES = 256 * 1024;
export const MAX_STREAMS = 1024;
/**
 * As much as all streams together: what a stream does not take stays in the connection's window, too, so with less a few requests whose callers stop reading
 * would stop all others on the connection (decision 0040). It is a promise, not memory that is taken.
 */
export const CONNECTION_WINDOW_BYTES = MAX_STREAMS * STREAM_WINDOW_BYTES;
export const HEADERS_KB = 60;
export const HEADERS_COUNT = 200;
/** Connections without a request that somebody has opened to us; those that we open are ConnectionPolicy's. */
export const IDLE_MS = 3_600_000;
/** A stream on which nothing moves. Long, because an open but quiet stream (server-sent events, gRPC watch) is a healthy one. */
export const STREAM_IDLE_MS = 3_600_000;
/** From the first byte of a request to the end of its headers. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** A peer that vanished without a word is noticed within 20 s even when nothing is sent. */
export const KEEPALIVE = { interval: duration(15_000), timeout: duration(5_000), intervalJitter: { value: 15 } };

/** How long a relay may take to say which port was dialled. */
export const PROXY_PROTOCOL_MS = 5_000;

/** Limits that must not be what stops traffic: Envoy's default is 1024 of each, and 3 retries. */
const UNLIMITED = 1_000_000;

const NO_LIMITS: LimitValues = { connections: UNLIMITED, pendingRequests: UNLIMITED, requests: UNLIMITED };

/**
 * A retry budget always: without one Envoy allows 3 retries at a time, which under load is none. Unless somebody limits retries by
 * number: a budget would be over that.
 */
export function circuitBreakers(budget: { readonly percent: number; readonly minConcurrency: number }, limits: LimitValues = NO_LIMITS) {
  const { connections, pendingRequests, requests, connectionsPerEndpoint, retries } = limits;
  const { percent, minConcurrency } = budget;
  const retrying =
    retries === undefined ? { retryBudget: { budgetPercent: { value: percent }, minRetryConcurrency: minConcurrency } } : { maxRetries: retries };
  const priority = RoutingPriority.DEFAULT;
  return {
    thresholds: [{ priority, maxConnections: connections, maxPendingRequests: pendingRequests, maxRequests: requests, ...retrying, trackRemaining: false }],
    ...(connectionsPerEndpoint === undefined ? {} : { perHostThresholds: [{ priority, maxConnections: connectionsPerEndpoint }] }),
  };
}

/** Endpoints that are draining never get requests, however many of them there are. */
export const COMMON_LB = { healthyPanicThreshold: { value: 0 }, updateMergeWindow: duration(0) };

export const HTTP2 = {
  hpackTableSize: 4096,
  maxConcurrentStreams: MAX_STREAMS,
  initialStreamWindowSize: STREAM_WINDOW_BYTES,
  initialConnectionWindowSize: CONNECTION_WINDOW_BYTES,
  allowConnect: true, // WebSocket between sidecars is an extended CONNECT
  overrideStreamErrorOnInvalidHttpMessage: true,
};

/** Towards clients outside: what Envoy's guide for edges says. */
export const EDGE_IDLE_MS = 300_000;
export const EDGE_STREAM_IDLE_MS = 300_000;
export const EDGE_HTTP2 = {
  ...HTTP2,
  maxConcurrentStreams: 100,
  initialStreamWindowSize: 64 * 1024,
  // A client harms only itself here: its connection carries nobody else.
  initialConnectionWindowSize: 1024 * 1024,
  connectionKeepalive: KEEPALIVE,
};
