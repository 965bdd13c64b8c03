// Spans on disk, in files of some hours each, within a budget and for a time.
import { OpenParts, TimedFiles } from '../timed-files.ts';
import type { SpanEdge } from './edges.ts';
import type { KeptSpan } from './kept-span.ts';
import { type Condition, Partition } from './partition.ts';

export interface SpanStoreOptions {
  /** Made with 0700 when it is not there. */
  readonly directory: string;
  /** The files together are not let grow beyond this, but for what comes between two looks at them. */
  readonly budgetBytes: number;
  readonly keepMs: number;
  readonly now: () => number;
}

const PART_MS = 6 * 3_600_000;
/** More than there can be of a few days and an eighth of the budget each. */
const MOST_OPEN = 64;

export class SpanStore implements Disposable {
  readonly #options: SpanStoreOptions;
  readonly #open: OpenParts<Partition>;
  readonly #files: TimedFiles<Partition>;
  /** Where files that could not be read were put. */
  readonly damaged: string[] = [];

  constructor(options: SpanStoreOptions) {
    this.#options = options;
    const { directory: folder, budgetBytes, keepMs } = options;
    const parts = new OpenParts(MOST_OPEN, (file) => Partition.open(file, (putAside) => this.damaged.push(putAside)));
    this.#open = parts;
    this.#files = new TimedFiles({ folder, name: 'spans', span: PART_MS, keep: keepMs, budgetBytes, parts });
    this.#files.all();
  }

  #current(): Partition {
    return this.#files.current(this.#options.now()).part;
  }

  addSpan(span: KeptSpan): void {
    const part = this.#current();
    part.begin();
    part.addSpan(span);
  }

  /** Another name for the trace of a span. */
  addName(name: string, span: Pick<KeptSpan, 'trace' | 'startUs'>): void {
    const part = this.#current();
    part.begin();
    part.addName(name, span);
  }

  addEdge(edge: SpanEdge): void {
    const part = this.#current();
    part.begin();
    part.addEdge(edge);
  }

  /** Throws when it cannot be written. */
  commit(): void {
    this.#files.newest()?.commit();
  }

  spansOf(trace: string): readonly KeptSpan[] {
    return this.#files.all().flatMap((part) => part.spansOf(trace));
  }

  edgesOf(trace: string): readonly SpanEdge[] {
    return this.#files.all().flatMap((part) => part.edgesOf(trace));
  }

  /** Ids of traces with such a span, those with the newest first. */
  traces(conditions: readonly Condition[], limit: number): readonly string[] {
    const found = new Map<string, number>();
    for (const part of this.#files.all().toReversed()) {
      for (const { trace, at } of part.traces(conditions, limit)) found.set(trace, Math.max(at, found.get(trace) ?? 0));
      if (found.size >= limit) break;
    }
    return [...found]
      .sort(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([trace]) => trace);
  }

  /** Ids of traces that applications call so, or by an id that begins so, newest first. */
  named(theirs: string, limit: number): readonly string[] {
    const found = this.#files.all().toReversed();
    return [...new Set(found.flatMap((part) => part.named(theirs, limit)))].slice(0, limit);
  }

  /** Ids of traces of exactly this name that began between two moments (epoch µs), oldest first. */
  namedBetween(name: string, from: number, to: number): readonly string[] {
    return this.#files.all().flatMap((part) => part.namedBetween(name, from, to));
  }

  get counts(): { readonly spans: number; readonly bytes: number; readonly oldestUs: number } {
    const all = this.#files.all().map((part) => part.counts);
    const oldest = all.filter(({ spans }) => spans > 0).map(({ oldestUs }) => oldestUs);
    return {
      spans: all.reduce((sum, { spans }) => sum + spans, 0),
      bytes: this.#files.bytes,
      oldestUs: oldest.length === 0 ? 0 : Math.min(...oldest),
    };
  }

  /** Forgets files that are too old, and the oldest while all of them are too large. Returns how many were forgotten. */
  prune(): number {
    const now = this.#options.now();
    if (this.#files.isFull) this.#files.begin(now);
    return this.#files.prune(now);
  }

  [Symbol.dispose](): void {
    this.#open[Symbol.dispose]();
  }
}
