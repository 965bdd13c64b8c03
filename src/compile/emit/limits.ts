// Numbers that Envoy would otherwise choose, all written out so that behaviour does not depend on Envoy's version. One place, since
// both ends of a connection between sidecars use them.
import { duration, RoutingPriority } from '../../envoy/index.ts';

/** What may wait in a proxy per connection; the default (1 MiB) is memory multiplied by connections. */
export const BUFFER_BYTES = 32 * 1024;
/** HTTP/2 flow control: enough for 100 MB/s at 2 ms, and not the 16 MiB per stream that Envoy would buffer. */
export const STREAM_WINDOW_BYTES = 256 * 1024;
export const CONNECTION_WINDOW_BYTES = 1024 * 1024;
export const MAX_STREAMS = 1024;
export const HEADERS_KB = 60;
export const HEADERS_COUNT = 200;
/** Connections without a request; between sidecars a lost peer is noticed by pings long before. */
export const IDLE_MS = 3_600_000;
/** A stream on which nothing moves. Long, because an open but quiet stream (server-sent events, gRPC watch) is a healthy one. */
export const STREAM_IDLE_MS = 3_600_000;
/** A connection is replaced (gracefully) so often, which bounds how long a certificate that was withdrawn stays in use. */
export const MAX_CONNECTION_MS = 3_600_000;
/** From the first byte of a request to the end of its headers. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** Application servers close idle connections after 2 s to 5 s (Node: 5 s); a request sent at that moment would be lost. */
export const APPLICATION_IDLE_MS = 1_500;
/** Servers outside close idle connections after 5 s (Node) to 75 s (nginx). */
export const EXTERNAL_IDLE_MS = 4_000;
export const APPLICATION_CONNECT_MS = 5_000;

/** A peer that vanished without a word is noticed within 20 s even when nothing is sent. */
export const KEEPALIVE = { interval: duration(15_000), timeout: duration(5_000), intervalJitter: { value: 15 } };

/** Limits that must not be what stops traffic: Envoy's default is 1024 of each, and 3 retries. */
const UNLIMITED = 1_000_000;

/** A retry budget always: without one Envoy allows 3 retries at a time, which under load is none. */
export function circuitBreakers(budget: { readonly percent: number; readonly minConcurrency: number }) {
  return {
    thresholds: [
      {
        priority: RoutingPriority.DEFAULT,
        maxConnections: UNLIMITED,
        maxPendingRequests: UNLIMITED,
        maxRequests: UNLIMITED,
        retryBudget: { budgetPercent: { value: budget.percent }, minRetryConcurrency: budget.minConcurrency },
        trackRemaining: false,
      },
    ],
  };
}

/**
 * Ejects an endpoint that cannot be reached, never one that answers: an application's 5xx is an answer. Half of the endpoints at
 * most (with Envoy's 10 % nothing of a small service is ever ejected), and never the only one: an instance that restarts in a second
 * must not be shunned for five.
 */
export const OUTLIER_DETECTION = {
  splitExternalLocalOriginErrors: true,
  consecutiveLocalOriginFailure: 3,
  enforcingConsecutiveLocalOriginFailure: 100,
  consecutive5xx: 5,
  enforcingConsecutive5xx: 0,
  consecutiveGatewayFailure: 5,
  enforcingConsecutiveGatewayFailure: 0,
  enforcingSuccessRate: 0,
  enforcingLocalOriginSuccessRate: 0,
  enforcingFailurePercentage: 0,
  enforcingFailurePercentageLocalOrigin: 0,
  interval: duration(1_000),
  baseEjectionTime: duration(5_000),
  maxEjectionTime: duration(30_000),
  maxEjectionTimeJitter: duration(1_000),
  maxEjectionPercent: 50,
  alwaysEjectOneHost: false,
};

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
  initialConnectionWindowSize: CONNECTION_WINDOW_BYTES,
  connectionKeepalive: KEEPALIVE,
};
