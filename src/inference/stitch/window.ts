// A window of spans as numbers: names become small integers, times stay microseconds, everything that cannot be is left out.
import type { Hints, SpanWindow } from './spans.ts';

/** The kinds of requests and calls that have come by, numbered in the order of coming. Call 0 is the end of a request. */
export interface Names {
  readonly operations: Map<string, number>;
  readonly calls: Map<string, number>;
}

export const EVENT = { begin: 0, call: 1, end: 2 } as const;

export interface Numbers {
  /** Inbound spans. */
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly operations: Int32Array;
  readonly failed: Uint8Array;
  readonly hints: readonly (Hints | undefined)[];
  /** Outbound spans. */
  readonly callStarts: Float64Array;
  readonly callEnds: Float64Array;
  readonly calls: Int32Array;
  readonly callFailed: Uint8Array;
  readonly callHints: readonly (Hints | undefined)[];
  /** The inbound span that is known to be the parent; -1: not known; -2: it is known, and not in the window. */
  readonly known: Int32Array;
  /** What happens in order of time, as `index * 4 + EVENT`. */
  readonly events: Float64Array;
  /** Where in the window each of them stood. */
  readonly inboundAt: readonly number[];
  readonly outboundAt: readonly number[];
  /** The coarsest of 1, 10, 100 and 1000 µs that all times are whole numbers of. */
  readonly resolutionUs: number;
  readonly hinted: boolean;
  /** Calls that began while no request was in flight, and the share of time that none was. */
  readonly idle: Uint8Array;
  readonly idleShare: number;
  /** What ended after `sinceUs` and until `untilUs` is new. */
  readonly sinceUs: number;
  readonly untilUs: number;
}

/** More kinds than these are one kind together: what has an id in its name teaches nothing, and must not cost memory. */
const MOST_KINDS = 120;

function number(names: Map<string, number>, name: string, first: number): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size >= MOST_KINDS) return first + MOST_KINDS;
  names.set(name, names.size + first);
  return names.size - 1 + first;
}

const possible = ({ startUs, endUs }: { readonly startUs: number; readonly endUs: number }): boolean =>
  Number.isFinite(startUs) && Number.isFinite(endUs) && endUs >= startUs && Math.abs(startUs) < 2 ** 53 && Math.abs(endUs) < 2 ** 53;

/** Where the spans stand that are possible and the first with their id. */
function usable(spans: readonly { readonly id: string; readonly startUs: number; readonly endUs: number }[]): number[] {
  const seen = new Set<string>();
  const found: number[] = [];
  for (const [at, span] of spans.entries()) {
    if (seen.has(span.id) || !possible(span)) continue;
    seen.add(span.id);
    found.push(at);
  }
  return found;
}

/** As before, unless that has been too coarse; of the first window the coarsest that there is. */
function resolution(times: readonly Float64Array[], before: number): number {
  if (before > 0 && times.every((list) => list.every((time) => time % before === 0))) return before;
  for (const unit of [1_000, 100, 10]) if (times.every((list) => list.every((time) => time % unit === 0))) return unit;
  return 1;
}

const failed = (status: number | undefined): number => (status !== undefined && (status === 0 || status >= 500) ? 1 : 0);

/** At the same instant requests begin before calls do, and end after them. */
function inOrder(starts: Float64Array, ends: Float64Array, callStarts: Float64Array): Float64Array {
  const all: { readonly at: number; readonly event: number }[] = [];
  starts.forEach((at, index) => void all.push({ at, event: index * 4 + EVENT.begin }));
  callStarts.forEach((at, index) => void all.push({ at, event: index * 4 + EVENT.call }));
  ends.forEach((at, index) => void all.push({ at, event: index * 4 + EVENT.end }));
  all.sort((a, b) => a.at - b.at || (a.event & 3) - (b.event & 3) || a.event - b.event);
  return Float64Array.from(all, ({ event }) => event);
}

/** Where no request is in flight, a call is nobody's. */
function idleness(
  events: Float64Array,
  { starts, ends, callStarts }: { starts: Float64Array; ends: Float64Array; callStarts: Float64Array },
): { idle: Uint8Array; idleShare: number } {
  const idle = new Uint8Array(callStarts.length);
  let [flying, since, quiet] = [0, Number.NaN, 0];
  let [first, last] = [Number.NaN, Number.NaN];
  for (const event of events) {
    const index = Math.floor(event / 4);
    const kind = event % 4;
    if (kind === EVENT.begin) {
      const at = starts[index] ?? 0;
      if (Number.isNaN(first)) first = at;
      if (flying++ === 0 && !Number.isNaN(since)) quiet += at - since;
    } else if (kind === EVENT.end) {
      last = ends[index] ?? 0;
      if (--flying === 0) since = last;
    } else if (flying === 0) idle[index] = 1;
  }
  return { idle, idleShare: last > first ? quiet / (last - first) : 0 };
}

export function asNumbers(
  { inbound, outbound, untilUs = Number.POSITIVE_INFINITY }: SpanWindow,
  names: Names,
  before: { readonly untilUs: number; readonly resolutionUs: number },
): Numbers {
  const inboundAt = usable(inbound);
  const outboundAt = usable(outbound);
  const requests = inboundAt.flatMap((at) => inbound[at] ?? []);
  const made = outboundAt.flatMap((at) => outbound[at] ?? []);
  const indexes = new Map(requests.map(({ id }, index) => [id, index]));
  const starts = Float64Array.from(requests, ({ startUs }) => startUs);
  const ends = Float64Array.from(requests, ({ endUs }) => endUs);
  const callStarts = Float64Array.from(made, ({ startUs }) => startUs);
  const callEnds = Float64Array.from(made, ({ endUs }) => endUs);
  const hints = requests.map((span) => span.hints);
  const events = inOrder(starts, ends, callStarts);
  return {
    ...{ starts, ends, callStarts, callEnds, hints, inboundAt, outboundAt, events },
    ...idleness(events, { starts, ends, callStarts }),
    operations: Int32Array.from(requests, ({ operation }) => number(names.operations, operation, 0)),
    failed: Uint8Array.from(requests, ({ status }) => failed(status)),
    calls: Int32Array.from(made, ({ callee, operation }) => number(names.calls, `${callee} ${operation ?? ''}`, 1)),
    callFailed: Uint8Array.from(made, ({ status }) => failed(status)),
    callHints: made.map((span) => span.hints),
    known: Int32Array.from(made, ({ parent }) => (parent === undefined ? -1 : (indexes.get(parent) ?? -2))),
    resolutionUs: resolution([starts, ends, callStarts, callEnds], before.resolutionUs),
    hinted: hints.some((one) => one !== undefined),
    ...{ sinceUs: before.untilUs, untilUs: Number.isNaN(untilUs) ? Number.POSITIVE_INFINITY : untilUs },
  };
}
