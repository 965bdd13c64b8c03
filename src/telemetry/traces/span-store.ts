// Spans on disk, in files of some hours each, within a budget and for a time.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SpanEdge } from './edges.ts';
import type { KeptSpan } from './kept-span.ts';
import { bytesOf, type Condition, Partition, removeFiles } from './partition.ts';

export interface SpanStoreOptions {
  /** Made with 0700 when it is not there. */
  readonly directory: string;
  /** The files together are not let grow beyond this, but for what comes between two looks at them. */
  readonly budgetBytes: number;
  readonly keepMs: number;
  readonly now: () => number;
}

const PART_MS = 6 * 3_600_000;
/** A file is at most this part of the budget, so that forgetting one leaves most of what there is. */
const PARTS = 8;
const NAME = /^spans-(\d{1,15})\.db$/;

/** From the oldest to the newest; the newest is written to. */
export class SpanStore implements Disposable {
  readonly #options: SpanStoreOptions;
  #parts: { readonly begun: number; readonly part: Partition }[] = [];
  /** Files that could not be read: they are put out of the way by being forgotten. */
  readonly damaged: string[] = [];

  constructor(options: SpanStoreOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    const begun = readdirSync(options.directory).flatMap((name) => NAME.exec(name)?.[1] ?? []);
    for (const each of begun.map(Number).sort((a, b) => a - b)) this.#take(each);
  }

  #take(begun: number): void {
    const file = join(this.#options.directory, `spans-${begun}.db`);
    try {
      this.#parts.push({ begun, part: new Partition(file) });
    } catch {
      removeFiles(file);
      this.damaged.push(file);
    }
  }

  #current(): Partition {
    const now = this.#options.now();
    const last = this.#parts.at(-1);
    if (last !== undefined && now - last.begun < PART_MS && now >= last.begun) return last.part;
    return this.#next(now);
  }

  #next(now: number): Partition {
    const last = this.#parts.at(-1);
    last?.part.commit();
    const begun = last === undefined ? now : Math.max(now, last.begun + 1);
    const part = new Partition(join(this.#options.directory, `spans-${begun}.db`));
    this.#parts.push({ begun, part });
    return part;
  }

  addSpan(span: KeptSpan): void {
    const part = this.#current();
    part.begin();
    part.addSpan(span);
  }

  addEdge(edge: SpanEdge): void {
    const part = this.#current();
    part.begin();
    part.addEdge(edge);
  }

  /** Throws when it cannot be written. */
  commit(): void {
    this.#parts.at(-1)?.part.commit();
  }

  spansOf(trace: string): readonly KeptSpan[] {
    return this.#parts.flatMap(({ part }) => part.spansOf(trace));
  }

  edgesOf(trace: string): readonly SpanEdge[] {
    return this.#parts.flatMap(({ part }) => part.edgesOf(trace));
  }

  /** Ids of traces with such a span, those with the newest first. */
  traces(conditions: readonly Condition[], limit: number): readonly string[] {
    const found = new Map<string, number>();
    for (const { part } of this.#parts.toReversed()) {
      for (const { trace, at } of part.traces(conditions, limit)) found.set(trace, Math.max(at, found.get(trace) ?? 0));
      if (found.size >= limit) break;
    }
    return [...found]
      .sort(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([trace]) => trace);
  }

  get counts(): { readonly spans: number; readonly bytes: number; readonly oldestUs: number } {
    const all = this.#parts.map(({ part }) => ({ ...part.counts, bytes: part.bytes }));
    const oldest = all.filter(({ spans }) => spans > 0).map(({ oldestUs }) => oldestUs);
    return {
      spans: all.reduce((sum, { spans }) => sum + spans, 0),
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      oldestUs: oldest.length === 0 ? 0 : Math.min(...oldest),
    };
  }

  /** Forgets files that are too old, and the oldest while all of them are too large. Returns how many were forgotten. */
  prune(): number {
    const { keepMs, budgetBytes } = this.#options;
    const now = this.#options.now();
    const last = this.#parts.at(-1);
    if (last !== undefined && last.part.bytes > budgetBytes / PARTS) this.#next(now);
    const before = this.#parts.length;
    // a file is as old as the last that came into it: the beginning of the next one
    while (this.#parts.length > 1 && now - (this.#parts[1]?.begun ?? now) > keepMs) this.#forget();
    while (this.#parts.length > 1 && this.#parts.reduce((sum, { part }) => sum + bytesOf(part.file), 0) > budgetBytes) this.#forget();
    return before - this.#parts.length;
  }

  #forget(): void {
    const [first, ...others] = this.#parts;
    if (first === undefined) return;
    this.#parts = others;
    first.part.commit();
    first.part[Symbol.dispose]();
    removeFiles(first.part.file);
  }

  [Symbol.dispose](): void {
    for (const { part } of this.#parts) {
      part.commit();
      part[Symbol.dispose]();
    }
  }
}
