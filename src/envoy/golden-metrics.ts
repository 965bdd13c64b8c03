// What proxies tell of requests and connections as numbers: names of metrics and of their tags, on the wire from Envoy to the control plane
// (OTLP, `MetricsService/Export`). Envoy's tags say only what it knows of a call: the other end, the answer, the route. Who reports is known from
// the token of the stream, and is put on where the metrics arrive; so the access log that makes them is the same in every connection manager.
//
// Values are cumulative. A series begins at 0 when its filter chain begins, when its proxy starts again, or when nothing was told of it for
// `EVICTION_MS`: a value below the last one means that it began again. Envoy sends the time of its last flush as the start of every point, so
// `start_time_unix_nano` does not tell it. A series that nothing happened to may be missing from a flush and come back unchanged.

/** Metrics of Istio's names, exactly as they arrive. */
export const GOLDEN = {
  /** How many there are of it is the number of requests (`istio_requests_total`): that is not counted once more. */
  durationMs: 'istio_request_duration_milliseconds',
  requestBytes: 'istio_request_bytes',
  responseBytes: 'istio_response_bytes',
  tcpOpened: 'istio_tcp_connections_opened_total',
  tcpClosed: 'istio_tcp_connections_closed_total',
  /** Towards whoever connected, counted when the connection ends. */
  tcpSent: 'istio_tcp_sent_bytes_total',
  /** From whoever connected, counted when the connection ends. */
  tcpReceived: 'istio_tcp_received_bytes_total',
  /** Requests that a policy answered in place of the application: which one, and why. They are among the requests as well. */
  refusals: 'weft_refusals_total',
} as const;
export type GoldenMetric = (typeof GOLDEN)[keyof typeof GOLDEN];

/** What kind of OTLP data a metric is. Histograms have Envoy's default bounds; their count is exact, their sum is not (it is made of buckets). */
export const GOLDEN_HISTOGRAMS: ReadonlySet<GoldenMetric> = new Set([GOLDEN.durationMs, GOLDEN.requestBytes, GOLDEN.responseBytes]);

/** What tells series apart. One without a value is an empty text, or missing. */
export const TAG = {
  /** `source`: the caller's proxy, or a gateway. `destination`: the proxy of whoever was called. */
  reporter: 'reporter',
  /**
   * Where in the proxy. Of a source the name of the filter chain: what was called, whoever answered (`checkout.shop.mesh:80`; `nowhere:80` and
   * `passthrough` for what is no service, `explicit` for an application that was told of its proxy, a listener's name at a gateway). Of a
   * destination the cluster of the application, which says its port (`inbound|8080||`); empty when it did not get so far.
   */
  place: 'place',
  /** Source: key of the Service whose cluster was chosen, `shop/checkout`; empty without (`place` says what was called). */
  destinationService: 'destination_service',
  /** Source: which of its workloads, as `service` or `service/version` of model's canonicalName; empty when no endpoint was chosen, and outside the mesh. */
  destinationWorkload: 'destination_workload',
  /** Source: SPIFFE ID of the endpoint, verified; empty when the connection was not mutual TLS. */
  destinationPrincipal: 'destination_principal',
  /** Destination: SPIFFE ID of the caller, verified; empty when the connection was plaintext. */
  sourcePrincipal: 'source_principal',
  /** Source: name of the route. */
  route: 'route_name',
  /** `0` when the caller was not there any more to be answered. */
  responseCode: 'response_code',
  /** Envoy's short words, `UF,URX`; `-` without. */
  responseFlags: 'response_flags',
  /** `namespace/name` of the workload whose listener it was, where one proxy serves several; else missing: the token says it. */
  workload: 'workload',
  /** A number; empty when it is not gRPC, or when there was no status. */
  grpcStatus: 'grpc_response_status',
  /** `http` or `grpc`. */
  requestProtocol: 'request_protocol',
  /** Of refusals: policies by what they are to blame for, as JSON: `{"authz":"AuthorizationPolicy shop/ledger","timeout":"…"}`; empty without. */
  blame: 'blame',
  /** Of refusals: Envoy's word for the cause: `rbac_access_denied_matched_policy[…]`, `local_rate_limited`, `response_timeout`. */
  details: 'response_code_details',
} as const;
export type GoldenTag = (typeof TAG)[keyof typeof TAG];

/** The tag that has all of them but `requestProtocol` (joined.ts), since Envoy's work for each tag is several times that for a value. */
export const JOINED_TAG = 'weft';

/** In their order: whose connection it was, the answer, the refusal. */
export const JOINED_TAGS = [
  TAG.reporter,
  TAG.place,
  TAG.sourcePrincipal,
  TAG.destinationPrincipal,
  TAG.destinationService,
  TAG.destinationWorkload,
  TAG.workload,
  TAG.responseFlags,
  TAG.responseCode,
  TAG.route,
  TAG.grpcStatus,
  TAG.details,
  TAG.blame,
] as const;

/** Gauges and counters of Envoy's own that travel with them, by Envoy's names; without tags. */
export const PROXY_METRICS = {
  allocatedBytes: 'server.memory_allocated',
  heapBytes: 'server.memory_heap_size',
  uptimeS: 'server.uptime',
  connections: 'server.total_connections',
  /** Requests by what took them. What requests of the proxy we have less than these (and what is open) was over a limit of series. */
  outboundRequests: 'http.outbound.downstream_rq_total',
  explicitRequests: 'http.explicit.downstream_rq_total',
  inboundRequests: 'http.inbound.downstream_rq_total',
  refusedRequests: 'http.nowhere.downstream_rq_total',
  gatewayRequests: 'http.gateway.downstream_rq_total',
  /** What it tells one by one: handed on to be sent, and dropped for want of somebody who takes it. */
  logsSent: 'access_logs.grpc_access_log.logs_written',
  logsDropped: 'access_logs.grpc_access_log.logs_dropped',
  spansSent: 'tracing.opentelemetry.spans_sent',
  spansDropped: 'tracing.opentelemetry.spans_dropped',
} as const;

/** How often proxies tell. */
export const FLUSH_METRICS_MS = 5_000;
/** A series that nothing was added to for so long (at most twice) is forgotten by the proxy, and begins again at 0. */
export const EVICTION_MS = 3_600_000;
