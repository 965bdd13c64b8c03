// What the rebuilding of traces takes and gives.
import type { Learned } from './learned.ts';

/** What headers said on one side, by name (a request id, a tenant, a session): values seen on both sides speak for a parent. */
export type Hints = Readonly<Record<string, string>>;

interface Timed {
  /** Unique among the spans of its direction; of two with the same id the later is left out, without a parent. */
  readonly id: string;
  readonly startUs: number;
  readonly endUs: number;
  /** The answer: HTTP's code, 0 for none. 0 and 5xx count as failed. */
  readonly status?: number;
  readonly hints?: Hints;
}

/** A request that a workload served, as its own proxy saw it. */
export interface InboundSpan extends Timed {
  /** What kind of request it is; few kinds, so no ids of things in it (`GET /users/:id`, or just `GET`). */
  readonly operation: string;
}

/** A request that a workload made, as its own proxy saw it (the same clock). */
export interface OutboundSpan extends Timed {
  /** The service that was called. */
  readonly callee: string;
  /** What kind of call it is; few kinds. */
  readonly operation?: string;
  /** The inbound span that caused it, where that is known: by a propagated header, or decided in an earlier window. It is kept. */
  readonly parent?: string;
}

/** Spans of one workload (one instance of it, if its instances can be told apart) over some time, in any order. */
export interface SpanWindow {
  readonly inbound: readonly InboundSpan[];
  readonly outbound: readonly OutboundSpan[];
  /** Whatever ended until then has been told, what ended later may be missing yet: later spans take part, but nothing is inferred from what is not there.
   * Without it everything has been told. Windows may overlap: each span teaches once, in the first window whose `untilUs` it ended before. */
  readonly untilUs?: number;
}

/** Which inbound span caused an outbound one. */
export interface InferredEdge {
  readonly child: string;
  /** undefined: none of those seen (work in the background, a span that was not reported, or too much at once to tell). */
  readonly parent: string | undefined;
  /** How likely `parent` is right (also when it is undefined), 0 to 1; 1 for parents that were known. */
  readonly confidence: number;
}

export interface Stitching {
  /** One for each outbound span, in their order. */
  readonly edges: readonly InferredEdge[];
  /** To be handed to `stitch` with the workload's next window. */
  readonly learned: Learned;
}
