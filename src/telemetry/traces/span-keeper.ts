// Everything that happens with spans behind the door, in a thread of its own: reading, cleaning, keeping, putting together, finding, forgetting.
import type { BrokenPropagationView, PushView, SpanLossView, SpansKeptView, TraceSummary, TracesQuery, TraceView } from '../../api/index.ts';
import { decodeSpans } from '../../envoy/index.ts';
import { Budget } from '../budget.ts';
import type { Sender } from '../sender.ts';
import { b3Trace } from './b3.ts';
import type { SpanEdge } from './edges.ts';
import { type KeptSpan, keptSpan } from './kept-span.ts';
import { type OwnSpan, ownKept } from './own-span.ts';
import { type AskedPush, EARLY_MS, LATE_MS, nameOfPush, pushOf } from './pushes.ts';
import { conditionsOf, fits } from './search.ts';
import { SpanStore, type SpanStoreOptions } from './span-store.ts';
import { Stitcher } from './stitcher.ts';
import { type TraceParts, treeOf } from './tree.ts';

/** Losses that the thread sees itself. */
export type KeeperLoss = Omit<SpanLossView, 'tooLarge' | 'behind'>;

export interface SpanKeeperOptions extends SpanStoreOptions {
  readonly settleMs: number;
  /** What one proxy may have kept. */
  readonly perProxy?: typeof PER_PROXY;
}

const PER_PROXY = { perSecond: 5000, burst: 50_000 };
const MOST_SPANS = 2000;
const MOST_TRACES = 64;
/** Of what was found more is looked at than asked for: the whole may not fit, and several may be one. */
const LOOKED_AT = 4;
const MOST_LOOKED_AT = 1000;
const LEAST_ID = 8;

/** Behind the end of a request and what is waited for its calls: proxies tell every second, each at its own time. */
const TELLING_MS = 5000;

export class SpanKeeper implements Disposable {
  readonly #options: SpanKeeperOptions;
  readonly #store: SpanStore;
  readonly #stitcher: Stitcher;
  readonly #budgets = new Map<string, Budget>();
  readonly #lost = { tooMany: 0, unreadable: 0, notStored: 0 };
  #received = 0;

  /** Throws when the folder cannot be had. */
  constructor(options: SpanKeeperOptions) {
    this.#options = options;
    this.#store = new SpanStore(options);
    this.#stitcher = new Stitcher(options);
  }

  get damaged(): readonly string[] {
    return this.#store.damaged;
  }

  /** Takes one message; what is wrong with it is counted. Returns what was taken, clean. On disk after `settle`. */
  take(sender: Sender, bytes: Uint8Array): readonly KeptSpan[] {
    const now = this.#options.now();
    const reported = this.#read(bytes);
    this.#received += reported.length;
    const allowed = this.#budgetOf(sender.proxy, now).take(reported.length, now);
    this.#lost.tooMany += reported.length - allowed;
    const spans = reported.slice(0, allowed).map((each) => keptSpan(each, sender, now * 1000));
    for (const span of spans) this.#keep(span);
    return spans;
  }

  /** Takes spans of the control plane: they were tied together as they were made. Returns them as they are kept. */
  takeOwn(spans: readonly OwnSpan[]): readonly KeptSpan[] {
    return spans.map((span) => {
      const kept = ownKept(span);
      this.#add(() => {
        this.#store.addSpan(kept);
        for (const name of span.names ?? []) this.#store.addName(name, kept);
      });
      return kept;
    });
  }

  /** For each change the push that took it to the proxies, where it was followed. */
  pushes(asked: readonly AskedPush[]): readonly (PushView | undefined)[] {
    this.settle();
    return asked.map((each) => {
      const from = (each.at - EARLY_MS) * 1000;
      const traces = this.#store.namedBetween(nameOfPush(each.document), from, (each.at + LATE_MS) * 1000);
      for (const trace of traces) {
        const push = pushOf(this.#store.spansOf(trace), each);
        if (push !== undefined) return push;
      }
      return undefined;
    });
  }

  #add(work: () => void): void {
    try {
      work();
    } catch {
      this.#lost.notStored++;
    }
  }

  #read(bytes: Uint8Array): ReturnType<typeof decodeSpans> {
    try {
      return decodeSpans(bytes);
    } catch {
      this.#lost.unreadable++;
      return [];
    }
  }

  #keep(span: KeptSpan): void {
    this.#add(() => {
      this.#store.addSpan(span);
      this.#stitcher.take(span);
    });
  }

  #budgetOf(proxy: string, now: number): Budget {
    const known = this.#budgets.get(proxy);
    if (known !== undefined) return known;
    for (const [name, budget] of this.#budgets) if (budget.idle(now)) this.#budgets.delete(name);
    const made = new Budget(this.#options.perProxy ?? PER_PROXY, now);
    this.#budgets.set(proxy, made);
    return made;
  }

  /** Writes what was taken. */
  settle(): void {
    try {
      this.#store.commit();
    } catch {
      this.#lost.notStored++;
    }
  }

  /** Puts together what can be by now. Returns how many edges were inferred. */
  infer(): number {
    const edges = this.#stitcher.infer();
    try {
      for (const edge of edges) this.#store.addEdge(edge);
    } catch {
      this.#lost.notStored++;
    }
    this.settle();
    return edges.length;
  }

  /** Everything that hangs together with traces, by edges in both directions; what is on top first. */
  #gather(ids: readonly string[]): TraceParts {
    const edges = new Map<string, SpanEdge>();
    const traces = new Set(ids);
    for (const trace of traces) {
      for (const edge of this.#store.edgesOf(trace)) {
        edges.set(edge.child, edge);
        if (traces.size < MOST_TRACES) traces.add(edge.parentTrace).add(edge.childTrace);
      }
    }
    const spans: KeptSpan[] = [];
    for (const trace of traces) if (spans.length < MOST_SPANS) spans.push(...this.#store.spansOf(trace));
    const belong = new Set([...edges.values()].filter(({ parentTrace, childTrace }) => parentTrace !== childTrace).map(({ childTrace }) => childTrace));
    const top = [...traces].find((trace) => !belong.has(trace)) ?? ids[0] ?? '';
    return { id: top, spans: spans.slice(0, MOST_SPANS), edges: [...edges.values()] };
  }

  #viewOf(...ids: readonly string[]): TraceView | undefined {
    const { now, settleMs } = this.#options;
    return treeOf(this.#gather(ids), (now() - settleMs - TELLING_MS) * 1000);
  }

  find(query: TracesQuery): { readonly items: readonly TraceSummary[]; readonly lost: KeeperLoss } {
    this.settle();
    const found = new Map<string, TraceSummary>();
    const candidates = this.#store.traces(conditionsOf(query), Math.min(query.limit * LOOKED_AT, MOST_LOOKED_AT));
    for (const id of candidates) {
      if (found.size >= query.limit) break;
      const view = this.#viewOf(id);
      if (view === undefined || found.has(view.id) || !fits(query, view)) continue;
      const { tree: _, orphans: __, ...summary } = view;
      found.set(view.id, summary);
    }
    return { items: [...found.values()].sort((a, b) => (a.at < b.at ? 1 : -1)), lost: { ...this.#lost } };
  }

  /** By the id of a trace or its beginning, by that of a request, or by the id that applications give it in B3: then all that they call so. */
  trace(id: string): TraceView | undefined {
    this.settle();
    const whole = /^[0-9a-f]{32}$/.test(id) ? this.#viewOf(id) : undefined;
    if (whole !== undefined || id.length < LEAST_ID) return whole;
    const begins = (column: string) => [{ sql: `${column} >= ? AND ${column} < ?`, values: [id, `${id}\u{10ffff}`] }];
    const [found] = [...this.#store.traces(begins('trace'), 2), ...this.#store.traces(begins('request'), 2)];
    return found === undefined ? this.#viewOf(...this.#store.named(b3Trace(id) ?? id, MOST_TRACES)) : this.#viewOf(found);
  }

  broken(since: number): readonly BrokenPropagationView[] {
    return this.#stitcher.broken(since);
  }

  kept(): Omit<SpansKeptView, 'lost'> & { readonly lost: KeeperLoss } {
    this.settle();
    const { spans, bytes, oldestUs } = this.#store.counts;
    const oldest = oldestUs === 0 ? '' : new Date(oldestUs / 1000).toISOString();
    return { spans, bytes, budgetBytes: this.#options.budgetBytes, oldest, received: this.#received, lost: { ...this.#lost } };
  }

  /** Returns how many files were forgotten. */
  prune(): number {
    this.settle();
    return this.#store.prune();
  }

  [Symbol.dispose](): void {
    this.settle();
    this.#store[Symbol.dispose]();
  }
}
