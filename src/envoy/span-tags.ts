// Names of what Weft has proxies write on spans, beside what Envoy's tracer writes by itself.

export const SPAN_TAGS = {
  side: 'weft.side',
  route: 'weft.route',
  attempts: 'weft.attempts',
  reason: 'weft.reason',
  details: 'weft.details',
  blame: 'weft.blame',
  upstream: 'weft.upstream',
  service: 'weft.service',
  peer: 'weft.peer',
  beforeUs: 'weft.before_us',
  upstreamUs: 'weft.upstream_us',
  /** Where one proxy serves several workloads: whose listener it was. */
  workload: 'weft.workload',
} as const;

export type SpanTag = keyof typeof SPAN_TAGS;

/** What policies have written on spans stands behind this. */
export const OWN_TAG = 'weft.tag.';
