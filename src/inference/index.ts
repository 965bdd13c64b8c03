// inference: the statistics. Numbers in, numbers out: no clock, no network, no idea of Envoy or of documents. Here traces are put
// together where applications do not propagate headers: which request that came in caused which call that went out, of the spans
// of one workload, timed by one clock. What is not certain says how likely it is. Everything is total: rubbish in gives "no parent".
export { type Learned, NOTHING_LEARNED } from './stitch/learned.ts';
export type { Hints, InboundSpan, InferredEdge, OutboundSpan, SpanWindow, Stitching } from './stitch/spans.ts';
export { stitch } from './stitch/stitch.ts';
