// Puts traces together where applications do not pass headers on: spans of one proxy are held for some seconds, until those that they may belong to
// have come too, and then inference says which belongs to which. How much is held is bounded; whatever is too much is left as it was told.
import type { BrokenPropagationView } from '../../api/index.ts';
import { type InboundSpan, type Learned, type OutboundSpan, stitch } from '../../inference/index.ts';
import type { SpanEdge } from './edges.ts';
import { endUs, type HeldSpan, heldSpan } from './held-span.ts';
import type { KeptSpan } from './kept-span.ts';
import { Propagation, type Seen } from './propagation.ts';
import { beginsB3, passesB3, toldByB3, toldByW3c } from './told.ts';

export interface StitcherOptions {
  /** A call is looked at so long after it began: what it belongs to has usually ended by then. */
  readonly settleMs: number;
  readonly now: () => number;
}

/** So long a request may take to have its calls found; spans are held until then. */
const HOLD_MS = 60_000;
/** A call for which nothing was found is asked about again, now and then, for so long: what it belongs to may take its time. */
const TRY_MS = 30_000;
const AGAIN_MS = 5000;
const MOST_HELD = 5000;
/** Of all proxies. From half of it on spans are held for as short as possible. */
const MOST_TOGETHER = 100_000;
const MOST_PROXIES = 2000;
/** An edge that is more likely wrong than right is none. */
const LEAST_CONFIDENCE = 0.5;
/** What was not told is never certain. */
const MOST_CONFIDENCE = 0.9999;

interface Held {
  inbound: HeldSpan[];
  outbound: HeldSpan[];
  learned: Learned | undefined;
  /** Decided already, by child. */
  readonly decided: Map<string, string>;
  /** When a call without a parent was looked at last, epoch µs. */
  readonly tried: Map<string, number>;
}

const inboundOf = (span: HeldSpan): InboundSpan => ({
  id: span.id,
  startUs: span.startUs,
  endUs: endUs(span),
  operation: span.operation,
  status: span.status,
  hints: hintsOf(span),
});

/** An id that an application passes on speaks for itself. */
const hintsOf = ({ request, b3 }: HeldSpan): Readonly<Record<string, string>> => ({
  ...(request === '' ? {} : { 'x-request-id': request }),
  ...(b3 === undefined ? {} : { b3: b3.trace }),
});

export class Stitcher {
  readonly #options: StitcherOptions;
  readonly #held = new Map<string, Held>();
  readonly #propagation = new Propagation();
  /** Spans that are held. */
  #count = 0;

  constructor(options: StitcherOptions) {
    this.#options = options;
  }

  take(span: KeptSpan): void {
    if (span.side === 'gateway') return;
    const held = this.#of(span.workload);
    if (held === undefined) return;
    const list = span.side === 'inbound' ? held.inbound : held.outbound;
    if (list.length >= MOST_HELD || this.#count >= MOST_TOGETHER) return;
    list.push(heldSpan(span));
    this.#count++;
  }

  #of(workload: string): Held | undefined {
    const known = this.#held.get(workload);
    if (known !== undefined || this.#held.size >= MOST_PROXIES) return known;
    const made: Held = { inbound: [], outbound: [], learned: undefined, decided: new Map(), tried: new Map() };
    this.#held.set(workload, made);
    return made;
  }

  /** Edges that can be inferred now. */
  infer(): readonly SpanEdge[] {
    const nowUs = this.#options.now() * 1000;
    const found: SpanEdge[] = [];
    const holdMs = this.#count > MOST_TOGETHER / 2 ? Math.min(HOLD_MS, 2 * this.#options.settleMs) : HOLD_MS;
    this.#count = 0;
    for (const [workload, held] of this.#held) {
      found.push(...this.#settled(held, nowUs));
      this.#forget(workload, held, nowUs - holdMs * 1000);
      this.#count += held.inbound.length + held.outbound.length;
    }
    return found;
  }

  #settled(held: Held, nowUs: number): readonly SpanEdge[] {
    const untilUs = nowUs - this.#options.settleMs * 1000;
    const open = held.outbound.filter((span) => isOpen(span, held, untilUs, nowUs));
    if (open.length === 0) return [];
    const byTrace = Map.groupBy(held.inbound, ({ trace }) => trace);
    const first = open.filter(({ id }) => !held.tried.has(id));
    this.#propagation.note(first.map((span) => seen(span, held.inbound, byTrace)));
    for (const { id } of open) held.tried.set(id, nowUs);
    const told = open.flatMap((span) => edgeTold(span, held, byTrace));
    // a call that names a parent has one, also when it was not told to us
    const silent = open.filter(({ id, parent }) => parent === '' && !held.decided.has(id));
    return held.inbound.length === 0 || silent.length === 0 ? told : [...told, ...this.#stitched(held, silent, untilUs)];
  }

  #stitched(held: Held, open: readonly HeldSpan[], untilUs: number): readonly SpanEdge[] {
    const { inbound, outbound } = around(held, open);
    // one that names a parent that was not told to us is nobody's here
    const parentOf = ({ id, parent }: HeldSpan): string | undefined => held.decided.get(id) ?? (parent === '' ? undefined : parent);
    const window = { inbound: inbound.map(inboundOf), outbound: outbound.map((span) => outboundOf(span, parentOf(span))), untilUs };
    const { edges, learned } = stitch(window, held.learned);
    held.learned = learned;
    return this.#accepted({ held, open, edges: new Map(edges.map((edge) => [edge.child, edge])) });
  }

  #accepted({ held, open, edges }: Inferred): readonly SpanEdge[] {
    const parents = new Map(held.inbound.map((span) => [span.id, span]));
    return open.flatMap((span): readonly SpanEdge[] => {
      const edge = edges.get(span.id);
      const parent = edge?.parent === undefined || held.decided.has(span.id) ? undefined : parents.get(edge.parent);
      if (edge === undefined || parent === undefined || edge.confidence < LEAST_CONFIDENCE) return [];
      held.decided.set(span.id, parent.id);
      return [{ child: span.id, childTrace: span.trace, parent: parent.id, parentTrace: parent.trace, confidence: Math.min(edge.confidence, MOST_CONFIDENCE) }];
    });
  }

  #forget(workload: string, held: Held, sinceUs: number): void {
    const young = (span: HeldSpan): boolean => endUs(span) > sinceUs;
    held.inbound = held.inbound.filter(young);
    held.outbound = held.outbound.filter(young);
    const ids = new Set(held.outbound.map(({ id }) => id));
    for (const known of [held.decided, held.tried]) for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    if (held.inbound.length === 0 && held.outbound.length === 0 && held.learned === undefined) this.#held.delete(workload);
  }

  /** Services that do not pass on what ties their calls together, of those seen since (epoch ms). */
  broken(since: number): readonly BrokenPropagationView[] {
    return this.#propagation.broken(since);
  }
}

/** What inference said of the calls that were `open`. */
interface Inferred {
  readonly held: Held;
  readonly open: readonly HeldSpan[];
  readonly edges: ReadonlyMap<string, { readonly parent: string | undefined; readonly confidence: number }>;
}

/** Ended long enough ago, without a parent, and not looked at just now. */
function isOpen(span: HeldSpan, { decided, tried }: Held, beforeUs: number, nowUs: number): boolean {
  const end = endUs(span);
  if (end > beforeUs || decided.has(span.id)) return false;
  const last = tried.get(span.id);
  return last === undefined || (end > nowUs - TRY_MS * 1000 && last < nowUs - AGAIN_MS * 1000);
}

/** What the answer for `open` depends on: requests in flight since the first of them (or since what was learned last), and the calls since those began. */
function around(
  { inbound, outbound, learned }: Held,
  open: readonly HeldSpan[],
): { readonly inbound: readonly HeldSpan[]; readonly outbound: readonly HeldSpan[] } {
  const first = open.reduce((earliest, { startUs }) => Math.min(earliest, startUs), learned?.untilUs ?? Number.POSITIVE_INFINITY);
  const flying = inbound.filter((span) => endUs(span) >= first);
  const began = flying.reduce((earliest, { startUs }) => Math.min(earliest, startUs), first);
  return { inbound: flying, outbound: outbound.filter(({ startUs }) => startUs >= began) };
}

const contains = (outer: HeldSpan, inner: HeldSpan): boolean => outer.startUs <= inner.startUs && endUs(inner) <= endUs(outer);

type ByTrace = ReadonlyMap<string, readonly HeldSpan[]>;

function seen(span: HeldSpan, inbound: readonly HeldSpan[], byTrace: ByTrace): Seen {
  const propagated = toldByW3c(span, byTrace) !== undefined || passesB3(span, inbound);
  // who speaks B3 alone has nothing to pass on where nobody told it of a trace in B3
  return { span, propagated, asked: inbound.some((each) => contains(each, span)) && !beginsB3(span, inbound) };
}

/** Decides a call that was told whose it is; of B3 that is an edge, since proxies do not know of it. */
function edgeTold(span: HeldSpan, { inbound, decided }: Held, byTrace: ByTrace): readonly SpanEdge[] {
  const byW3c = toldByW3c(span, byTrace);
  const parent = byW3c ?? (span.parent === '' ? toldByB3(span, inbound) : undefined);
  if (parent === undefined) return [];
  decided.set(span.id, parent.id);
  return byW3c === undefined ? [{ child: span.id, childTrace: span.trace, parent: parent.id, parentTrace: parent.trace, confidence: 1 }] : [];
}

function outboundOf(span: HeldSpan, parent: string | undefined): OutboundSpan {
  return {
    id: span.id,
    startUs: span.startUs,
    endUs: endUs(span),
    callee: span.callee,
    operation: span.operation,
    status: span.status,
    hints: hintsOf(span),
    ...(parent === undefined ? {} : { parent }),
  };
}
