// The files of all resolutions: what is written, what is rolled up from fine to coarse, what is deleted, and what there is of a stretch of time.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ByteWriter } from './bytes.ts';
import { LEVELS, type Level, type Reach } from './levels.ts';
import { addPacked, packSums } from './packed.ts';
import { bytesOf, MOST_SERVICES, Partition, removeFile } from './partition.ts';
import { Sums } from './sums.ts';

export interface ArchiveOptions {
  readonly folder: string;
  readonly budgetBytes: number;
  told(level: 'info' | 'warn', message: string, details: Readonly<Record<string, unknown>>): void;
}

/** Sums by service and by text of labels. */
export type Step = ReadonlyMap<string, ReadonlyMap<string, Sums>>;

/** Open at once; each holds its dictionary in memory. */
const MOST_OPEN = 10;
/** A file is not let grow beyond this part of the budget of its level: a new one is begun. */
const PARTS = 8;

interface PartFile {
  readonly file: string;
  /** Epoch s: of the first step that is in it. */
  readonly from: number;
}

export class Archive implements Disposable {
  readonly #options: ArchiveOptions;
  readonly #open = new Map<string, Partition>();
  readonly #files: PartFile[][];
  readonly #reach: Reach[];
  readonly #writer = new ByteWriter();

  constructor(options: ArchiveOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#files = LEVELS.map(({ name }) => this.#found(name));
    this.#reach = LEVELS.map((level, at) => this.#reachOf(level, at));
  }

  /** `10s-1800000000.db`, oldest first. */
  #found(name: string): PartFile[] {
    return readdirSync(this.#options.folder)
      .flatMap((entry) => {
        const from = new RegExp(`^${name}-(\\d{1,12})\\.db$`).exec(entry)?.[1];
        return from === undefined ? [] : [{ file: join(this.#options.folder, entry), from: Number(from) }];
      })
      .sort((a, b) => a.from - b.from);
  }

  #reachOf({ stepS }: Level, at: number): Reach {
    const files = this.#files[at] ?? [];
    const extents = files.filter((_, index) => index === 0 || index >= files.length - 2).flatMap(({ file }) => this.#partition(file).extent() ?? []);
    const [first, last] = [extents[0]?.first ?? 0, extents.at(-1)?.last];
    return { first, until: last === undefined ? 0 : last + stepS };
  }

  #partition(file: string): Partition {
    const known = this.#open.get(file);
    this.#open.delete(file);
    const opened =
      known ?? Partition.open(file, (putAside) => this.#options.told('warn', 'a file of metrics was damaged and has been put aside', { file: putAside }));
    this.#open.set(file, opened);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST_OPEN && oldest !== undefined) this.#close(oldest);
    return opened;
  }

  #close(file: string): void {
    this.#open.get(file)?.[Symbol.dispose]();
    this.#open.delete(file);
  }

  /** What there is of each level. */
  get reaches(): readonly Reach[] {
    return this.#reach;
  }

  /** The newest file of the finest level: where it was stopped stands in it. */
  newest(): Partition | undefined {
    const last = this.#files[0]?.at(-1);
    return last === undefined ? undefined : this.#partition(last.file);
  }

  /** The file to write `at` into, and whether it was begun for it. */
  #fileFor(at: number, level: number, services: number): { readonly partition: Partition; readonly begun: boolean } {
    const { name, spanS, share } = LEVELS[level] ?? LEVELS[0];
    const files = this.#files[level] ?? [];
    const last = files.at(-1);
    const tooLarge = last !== undefined && bytesOf(last.file) > (this.#options.budgetBytes * share) / 100 / PARTS;
    const known = last === undefined ? undefined : this.#partition(last.file);
    const full = tooLarge || (known?.services.size ?? 0) + services >= MOST_SERVICES;
    if (known !== undefined && last !== undefined && at < last.from + spanS && !(full && at > last.from)) return { partition: known, begun: false };
    // nobody writes it any more: its log goes into it
    if (last !== undefined) this.#close(last.file);
    const file = join(this.#options.folder, `${name}-${at}.db`);
    const partition = this.#partition(file);
    files.push({ file, from: at });
    return { partition, begun: true };
  }

  /** One step of the finest level, with what has to be written together with it. Throws when it cannot be written: then nothing is. */
  write(at: number, step: Step, together: (partition: Partition, begun: boolean) => void): void {
    const { partition, begun } = this.#fileFor(at, 0, step.size);
    partition.write(() => {
      this.#put(partition, at, step);
      together(partition, begun);
    });
    this.#reached(0, at);
  }

  #put(partition: Partition, at: number, step: Step): void {
    for (const [service, series] of step) {
      for (const [text, sums] of series) packSums(this.#writer, partition.series.idOf(text), sums);
      partition.put(at, partition.services.idOf(service), this.#writer.take());
    }
  }

  #reached(level: number, at: number): void {
    const { stepS } = LEVELS[level] ?? LEVELS[0];
    const known = this.#reach[level];
    const first = known === undefined || known.until === 0 ? at : known.first;
    this.#reach[level] = { first, until: Math.max(known?.until ?? 0, at + stepS) };
  }

  /** Rolls up what is complete before `now` (epoch s), level by level. Done again after a crash it makes the same. */
  rollUp(now: number): void {
    for (let level = 1; level < LEVELS.length; level++) this.#rollUpInto(level, now);
  }

  #rollUpInto(level: number, now: number): void {
    const { stepS } = LEVELS[level] ?? LEVELS[0];
    const finer = this.#reach[level - 1];
    if (finer === undefined || finer.until === 0) return;
    const own = this.#reach[level]?.until ?? 0;
    const from = Math.floor(Math.max(own, finer.first) / stepS) * stepS;
    for (let at = Math.max(from, own); at + stepS <= now && at < finer.until; at += stepS) {
      const step = this.read({ level: level - 1, from: at, to: at + stepS });
      if (step.size > 0) {
        const { partition } = this.#fileFor(at, level, step.size);
        partition.write(() => this.#put(partition, at, step));
      }
      this.#reached(level, at);
    }
  }

  /** Sums of a stretch, by service and labels. */
  read(stretch: { readonly level: number; readonly from: number; readonly to: number }): Step {
    const found = new Map<string, Map<string, Sums>>();
    this.each(stretch, (_at, service) => {
      const series = found.get(service) ?? new Map<string, Sums>();
      found.set(service, series);
      return (text) => {
        const sums = series.get(text) ?? new Sums();
        series.set(text, sums);
        return sums;
      };
    });
    return found;
  }

  /**
   * Adds every row of a stretch to what `into` gives for its moment, service and labels. `service`: of this one alone. `weight`: how much of a
   * series counts.
   */
  each(
    { level, from, to, service }: { readonly level: number; readonly from: number; readonly to: number; readonly service?: string | undefined },
    into: (at: number, service: string) => (text: string) => Sums | undefined,
    weight: (text: string) => number = () => 1,
  ): void {
    for (const partition of this.#overlapping(level, from, to)) {
      const words = partition.series.words;
      const weights = new Map<number, number>();
      const weightOf = (id: number): number => {
        const known = weights.get(id);
        if (known !== undefined) return known;
        const found = weight(words[id] ?? '');
        weights.set(id, found);
        return found;
      };
      for (const { at, name, data } of rowsOf(partition, { level, from, to, service })) {
        const target = into(at, name);
        try {
          addPacked(data, (id) => (weightOf(id) === 0 ? undefined : target(words[id] ?? '')), weightOf);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
        }
      }
    }
  }

  *#overlapping(level: number, from: number, to: number): Generator<Partition> {
    const files = this.#files[level] ?? [];
    for (const [at, { file, from: begin }] of files.entries()) {
      if (begin >= to || (files[at + 1]?.from ?? Number.POSITIVE_INFINITY) <= from) continue;
      yield this.#partition(file);
    }
  }

  /** Deletes files that are too old, and the oldest of a level that is over its share. The newest of a level stays. */
  prune(now: number): number {
    let gone = 0;
    for (const [level, { keepS, share }] of LEVELS.entries()) {
      const files = this.#files[level] ?? [];
      const budget = (this.#options.budgetBytes * share) / 100;
      const sizes = files.map(({ file }) => bytesOf(file));
      let bytes = sizes.reduce((sum, each) => sum + each, 0);
      // a file that is being written may grow by a part before it is looked at again
      const room = budget - budget / PARTS;
      while (files.length > 1 && ((files[1]?.from ?? now) < now - keepS || bytes > room)) {
        const [oldest] = files.splice(0, 1);
        bytes -= sizes.shift() ?? 0;
        if (oldest === undefined) break;
        this.#close(oldest.file);
        removeFile(oldest.file);
        gone++;
      }
      const first = files[0]?.from ?? 0;
      const reach = this.#reach[level];
      if (reach !== undefined && reach.first < first) this.#reach[level] = { ...reach, first };
    }
    return gone;
  }

  kept(): readonly { readonly stepMs: number; readonly keepMs: number; readonly files: number; readonly bytes: number; readonly oldest: string }[] {
    return LEVELS.map(({ stepS, keepS }, at) => ({
      stepMs: stepS * 1000,
      keepMs: keepS * 1000,
      files: this.#files[at]?.length ?? 0,
      bytes: (this.#files[at] ?? []).reduce((sum, { file }) => sum + bytesOf(file), 0),
      oldest: this.#reach[at]?.until === 0 || this.#reach[at] === undefined ? '' : new Date(this.#reach[at].first * 1000).toISOString(),
    }));
  }

  [Symbol.dispose](): void {
    for (const file of [...this.#open.keys()]) this.#close(file);
  }
}

interface NamedRow {
  readonly at: number;
  readonly name: string;
  readonly data: Uint8Array;
}

/** Of one service each row is asked for by its key; there are as many as steps. */
function* rowsOf(
  partition: Partition,
  { level, from, to, service }: { readonly level: number; readonly from: number; readonly to: number; readonly service: string | undefined },
): Generator<NamedRow> {
  if (service === undefined) {
    for (const row of partition.rows(from, to)) yield { at: row.at, name: partition.services.words[row.service] ?? '', data: row.data };
    return;
  }
  const id = partition.services.find(service);
  const { stepS } = LEVELS[level] ?? LEVELS[0];
  for (let at = from; id !== undefined && at < to; at += stepS) {
    const data = partition.row(at, id);
    if (data !== undefined) yield { at, name: service, data };
  }
}
