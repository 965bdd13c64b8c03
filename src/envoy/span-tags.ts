// What Weft has proxies write on spans, beside what Envoy's tracer writes by itself: one tag with several values (joined.ts).

export const SPAN_TAG = 'weft';

/** Its values, in their order. */
export const SPAN_VALUES = [
  'side',
  'attempts',
  /** From when the request went on to upstream until the last of the answer had come, µs. */
  'upstreamUs',
  /** Where one proxy serves several workloads: whose listener it was. */
  'workload',
  'route',
  'service',
  'blame',
  /** An application may have written it. */
  'reason',
  /** The header `b3`, or `x-b3-traceid`; and what stands beside the latter. */
  'b3',
  'b3Span',
  'b3Parent',
] as const;

export type SpanValueName = (typeof SPAN_VALUES)[number];

/** What Envoy's tracer writes: the address of the endpoint that answered. */
export const UPSTREAM_TAG = 'upstream_address';

/** What policies have written on spans stands behind this. */
export const OWN_TAG = 'weft.tag.';
