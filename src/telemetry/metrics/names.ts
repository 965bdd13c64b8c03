// Names of metrics as Istio's dashboards and Kiali read them, and which of our sums each of them is. https://istio.io/latest/docs/reference/config/metrics/

/** What is added up of every series. */
export type SumName =
  | 'requests'
  | 'requestBytes'
  | 'responseBytes'
  | 'requestMessages'
  | 'responseMessages'
  | 'receivedBytes'
  | 'sentBytes'
  | 'opened'
  | 'closed'
  | 'refusals'
  /** Requests whose bodies were measured. */
  | 'sized';

export type MetricMeaning =
  | { readonly kind: 'counter'; readonly sum: SumName; readonly tcp: boolean; readonly help: string }
  /** Only the sum of a histogram of sizes is kept; of durations the buckets too. */
  | { readonly kind: 'sizes'; readonly sum: SumName; readonly tcp: false; readonly help: string }
  | { readonly kind: 'durations'; readonly tcp: false; readonly help: string };

const counter = (sum: SumName, tcp: boolean, help: string): MetricMeaning => ({ kind: 'counter', sum, tcp, help });
const sizes = (sum: SumName, help: string): MetricMeaning => ({ kind: 'sizes', sum, tcp: false, help });

export const METRICS: ReadonlyMap<string, MetricMeaning> = new Map([
  ['istio_requests_total', counter('requests', false, 'Requests.')],
  ['istio_request_duration_milliseconds', { kind: 'durations', tcp: false, help: 'Until the last byte of the answer.' }],
  ['istio_request_bytes', sizes('requestBytes', 'Bytes of bodies of requests.')],
  ['istio_response_bytes', sizes('responseBytes', 'Bytes of bodies of answers.')],
  ['istio_request_messages_total', counter('requestMessages', false, 'gRPC messages of callers.')],
  ['istio_response_messages_total', counter('responseMessages', false, 'gRPC messages to callers.')],
  ['istio_tcp_received_bytes_total', counter('receivedBytes', true, 'Bytes that callees of bare connections received.')],
  ['istio_tcp_sent_bytes_total', counter('sentBytes', true, 'Bytes that callees of bare connections sent.')],
  ['istio_tcp_connections_opened_total', counter('opened', true, 'Bare connections that were opened.')],
  ['weft_refusals_total', counter('refusals', false, 'Requests that a policy answered in place of the application.')],
  ['istio_tcp_connections_closed_total', counter('closed', true, 'Bare connections that were closed.')],
]);

/** Those that proxies tell. Requests are counted by how long they took, once. */
export const TOLD: ReadonlyMap<string, MetricMeaning> = new Map([...METRICS].filter(([, meaning]) => meaning.kind !== 'counter' || meaning.sum !== 'requests'));

/** Numbered, for what is kept of them. */
export const METRIC_NAMES: readonly string[] = [...METRICS.keys()];
