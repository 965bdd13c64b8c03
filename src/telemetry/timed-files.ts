// What is kept by time: one file for each stretch of it, `NAME-BEGIN.db`. Forgetting is deleting a file, which costs the same however much is in it. Metrics
// have some of these, one for each resolution; spans have one.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, removeFile } from './sqlite-file.ts';

/** Parts that are open, the last used last. */
export class OpenParts<P extends Disposable> implements Disposable {
  readonly #open = new Map<string, P>();
  readonly #most: number;
  readonly #opened: (file: string) => P;

  constructor(most: number, opened: (file: string) => P) {
    this.#most = most;
    this.#opened = opened;
  }

  /** Throws when it can neither be opened nor begun. */
  of(file: string): P {
    const known = this.#open.get(file);
    this.#open.delete(file);
    const part = known ?? this.#opened(file);
    this.#open.set(file, part);
    const [oldest] = this.#open.keys();
    if (this.#open.size > this.#most && oldest !== undefined) this.close(oldest);
    return part;
  }

  close(file: string): void {
    this.#open.get(file)?.[Symbol.dispose]();
    this.#open.delete(file);
  }

  [Symbol.dispose](): void {
    for (const file of [...this.#open.keys()]) this.close(file);
  }
}

export interface TimedFilesOptions<P extends Disposable> {
  /** Made with 0700 when it is not there. */
  readonly folder: string;
  readonly name: string;
  /** Stretch of time of one file, and how long it is kept, in the unit of all moments here. */
  readonly span: number;
  readonly keep: number;
  /** The files together are not let grow beyond this, but for what comes between two looks at them. */
  readonly budgetBytes: number;
  readonly parts: OpenParts<P>;
}

interface TimedFile {
  readonly file: string;
  readonly from: number;
}

/** A file is at most this part of the budget, so that forgetting one leaves most of what there is. */
const PARTS = 8;

/** From the oldest to the newest; the newest is written to. */
export class TimedFiles<P extends Disposable> {
  readonly #options: TimedFilesOptions<P>;
  readonly #files: TimedFile[];

  constructor(options: TimedFilesOptions<P>) {
    this.#options = options;
    const { folder, name } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const pattern = new RegExp(`^${name}-(\\d{1,15})\\.db$`);
    this.#files = readdirSync(folder)
      .flatMap((entry) => {
        const from = pattern.exec(entry)?.[1];
        return from === undefined ? [] : [{ file: join(folder, entry), from: Number(from) }];
      })
      .sort((a, b) => a.from - b.from);
  }

  get count(): number {
    return this.#files.length;
  }

  /** When the first begins; 0: there is none. */
  get from(): number {
    return this.#files[0]?.from ?? 0;
  }

  get bytes(): number {
    return this.#files.reduce((sum, { file }) => sum + bytesOf(file), 0);
  }

  /** The newest has all it may have. */
  get isFull(): boolean {
    const last = this.#files.at(-1);
    return last !== undefined && bytesOf(last.file) > this.#options.budgetBytes / PARTS;
  }

  all(): readonly P[] {
    return this.#files.map(({ file }) => this.#options.parts.of(file));
  }

  newest(): P | undefined {
    const last = this.#files.at(-1);
    return last === undefined ? undefined : this.#options.parts.of(last.file);
  }

  /** The first, and the last two. */
  ends(): readonly P[] {
    return this.#files.filter((_, at) => at === 0 || at >= this.#files.length - 2).map(({ file }) => this.#options.parts.of(file));
  }

  /** Those that may have something of a stretch, oldest first. */
  *overlapping(from: number, to: number): Generator<P> {
    for (const [at, { file, from: begin }] of this.#files.entries()) {
      if (begin >= to || (this.#files[at + 1]?.from ?? Number.POSITIVE_INFINITY) <= from) continue;
      yield this.#options.parts.of(file);
    }
  }

  /** The one to write `at` into, and whether it was begun for it; another than the last when its time is over or `full` says so. */
  current(at: number, full: (part: P) => boolean = () => false): { readonly part: P; readonly begun: boolean } {
    const last = this.#files.at(-1);
    if (last === undefined || at >= last.from + this.#options.span) return { part: this.begin(at), begun: true };
    const part = this.#options.parts.of(last.file);
    return at > last.from && full(part) ? { part: this.begin(at), begun: true } : { part, begun: false };
  }

  /** Begins a new one, wherever the last stands. Throws when there is no room or right to. */
  begin(at: number): P {
    const last = this.#files.at(-1);
    const from = last === undefined ? at : Math.max(at, last.from + 1);
    // nobody writes it any more: its log goes into it
    if (last !== undefined) this.#options.parts.close(last.file);
    const file = join(this.#options.folder, `${this.#options.name}-${from}.db`);
    const part = this.#options.parts.of(file);
    this.#files.push({ file, from });
    return part;
  }

  /** Deletes files that are too old, and the oldest while all are over the budget; the newest stays. Returns how many are gone. */
  prune(now: number): number {
    const { keep, budgetBytes, parts } = this.#options;
    const sizes = this.#files.map(({ file }) => bytesOf(file));
    let bytes = sizes.reduce((sum, each) => sum + each, 0);
    // the one that is being written may grow by a part before it is looked at again
    const room = budgetBytes - budgetBytes / PARTS;
    const before = this.#files.length;
    // a file is as old as the last that came into it: the beginning of the next one
    while (this.#files.length > 1 && ((this.#files[1]?.from ?? now) < now - keep || bytes > room)) {
      bytes -= sizes.shift() ?? 0;
      const oldest = this.#files.shift();
      if (oldest === undefined) break;
      parts.close(oldest.file);
      removeFile(oldest.file);
    }
    return before - this.#files.length;
  }
}
