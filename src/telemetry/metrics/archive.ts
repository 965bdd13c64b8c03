// The files of all resolutions: what is written, what is rolled up from fine to coarse, what is deleted, and what there is of a stretch of time.
import { OpenParts, TimedFiles } from '../timed-files.ts';
import { ByteWriter } from './bytes.ts';
import { LEVELS, type Level, type Reach } from './levels.ts';
import { addPacked, packSums, type Share } from './packed.ts';
import { MOST_SERVICES, Partition } from './partition.ts';
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
export class Archive implements Disposable {
  readonly #open: OpenParts<Partition>;
  /** By level. */
  readonly #files: readonly TimedFiles<Partition>[];
  readonly #reach: Reach[];
  readonly #writer = new ByteWriter();

  constructor({ folder, budgetBytes, told }: ArchiveOptions) {
    const aside = (file: string): void => told('warn', 'a file of metrics was damaged and has been put aside', { file });
    const parts = new OpenParts(MOST_OPEN, (file) => Partition.open(file, aside));
    this.#open = parts;
    this.#files = LEVELS.map(
      ({ name, spanS, keepS, share }) => new TimedFiles({ folder, name, span: spanS, keep: keepS, budgetBytes: (budgetBytes * share) / 100, parts }),
    );
    this.#reach = LEVELS.map((level, at) => this.#reachOf(level, at));
  }

  #reachOf({ stepS }: Level, at: number): Reach {
    const extents = this.#files[at]?.ends().flatMap((part) => part.extent() ?? []) ?? [];
    const [first, last] = [extents[0]?.first ?? 0, extents.at(-1)?.last];
    return { first, until: last === undefined ? 0 : last + stepS };
  }

  /** What there is of each level. */
  get reaches(): readonly Reach[] {
    return this.#reach;
  }

  /** The newest file of the finest level: where it was stopped stands in it. */
  newest(): Partition | undefined {
    return this.#files[0]?.newest();
  }

  /** The file to write `at` into, and whether it was begun for it. */
  #fileFor(at: number, level: number, services: number): { readonly part: Partition; readonly begun: boolean } | undefined {
    const files = this.#files[level];
    return files?.current(at, (part) => files.isFull || part.services.size + services >= MOST_SERVICES);
  }

  /** One step of the finest level, with what has to be written together with it. Throws when it cannot be written: then nothing is. */
  write(at: number, step: Step, together: (partition: Partition, begun: boolean) => void): void {
    const found = this.#fileFor(at, 0, step.size);
    found?.part.write(() => {
      this.#put(found.part, at, step);
      together(found.part, found.begun);
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
        const part = this.#fileFor(at, level, step.size)?.part;
        part?.write(() => this.#put(part, at, step));
      }
      this.#reached(level, at);
    }
  }

  /** Sums of a stretch, by service and labels. */
  read(stretch: { readonly level: number; readonly from: number; readonly to: number }): Step {
    const found = new Map<string, Map<string, Sums>>();
    this.each(stretch, (text, service) => {
      const series = found.get(service) ?? new Map<string, Sums>();
      found.set(service, series);
      const sums = series.get(text) ?? new Sums();
      series.set(text, sums);
      return { weight: 1, into: () => sums };
    });
    return found;
  }

  /** Adds every row of a stretch to what `shareOf` gives for its labels: asked once for each series of a file. `service`: of this one alone. */
  each(
    { level, from, to, service }: { readonly level: number; readonly from: number; readonly to: number; readonly service?: string | undefined },
    shareOf: (text: string, service: string) => Share | undefined,
  ): void {
    for (const partition of this.#files[level]?.overlapping(from, to) ?? []) {
      const words = partition.series.words;
      const shares = new Array<Share | null | undefined>(words.length).fill(undefined);
      let name = '';
      const known = (id: number): Share | undefined => {
        const found = shares[id];
        if (found !== undefined) return found ?? undefined;
        const made = shareOf(words[id] ?? '', name);
        shares[id] = made === undefined || made.weight === 0 ? null : made;
        return shares[id] ?? undefined;
      };
      for (const row of rowsOf(partition, { level, from, to, service })) {
        name = row.name;
        try {
          addPacked(row.data, row.at, known);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
        }
      }
    }
  }

  /** Deletes files that are too old, and the oldest of a level that is over its share. The newest of a level stays. */
  prune(now: number): number {
    let gone = 0;
    for (const [level, files] of this.#files.entries()) {
      gone += files.prune(now);
      const reach = this.#reach[level];
      if (reach !== undefined && reach.first < files.from) this.#reach[level] = { ...reach, first: files.from };
    }
    return gone;
  }

  kept(): readonly { readonly stepMs: number; readonly keepMs: number; readonly files: number; readonly bytes: number; readonly oldest: string }[] {
    return LEVELS.map(({ stepS, keepS }, at) => ({
      stepMs: stepS * 1000,
      keepMs: keepS * 1000,
      files: this.#files[at]?.count ?? 0,
      bytes: this.#files[at]?.bytes ?? 0,
      oldest: this.#reach[at]?.until === 0 || this.#reach[at] === undefined ? '' : new Date(this.#reach[at].first * 1000).toISOString(),
    }));
  }

  [Symbol.dispose](): void {
    this.#open[Symbol.dispose]();
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
