// The processes of proxies, each from its start to its end: which of them a message is of, whether it says anything new, and up to where it was counted
// by an earlier run of ours.
import { type MetricPoint, PROXY_METRICS } from '../../envoy/index.ts';
import { ByteWriter } from './bytes.ts';
import { type Mark, ProcessFollower } from './follow.ts';
import { packMarks, unpackMarks } from './packed.ts';
import type { Partition } from './partition.ts';

export interface Process<S> {
  readonly follower: ProcessFollower<S>;
  /** By its own clock, epoch s; 0: it never said how long it has run. */
  start: number;
  /** By our clock, epoch ms. */
  heard: number;
  /** Of its last message, by its own clock, ns. */
  time: number;
  /** Its heap; 0: it never said. */
  memoryBytes: number;
}

export interface ProcessesOptions {
  readonly now: () => number;
  /** The newest file of an earlier run. */
  readonly newest: Partition | undefined;
  /** What else is known of a proxy is of a process that is gone. */
  readonly gone: (proxy: string) => void;
}

/** Series of one process at most: more than any that is well counts. */
const MOST_OF_PROCESS = 40_000;
const FORGET_PROCESS_MS = 24 * 3_600_000;
/** Clocks and roundings. */
const SLACK_MS = 15_000;

export const gaugeOf = (points: readonly MetricPoint[], wanted: string): number | undefined =>
  points.find(({ name, kind }) => kind === 'gauge' && name === wanted)?.count;

/** `S`: what the caller knows of a series. */
export class Processes<S> {
  readonly #options: ProcessesOptions;
  readonly #known = new Map<string, Process<S>>();
  readonly #pending: Map<string, { readonly start: number; readonly seen: number; readonly data: Uint8Array }>;
  readonly #writer = new ByteWriter();
  /** What was counted before this may have been told to somebody who has forgotten it, epoch ms. */
  #began: number;

  constructor(options: ProcessesOptions) {
    this.#options = options;
    this.#began = options.newest?.fact('began') ?? options.now();
    this.#pending = new Map((options.newest?.processes() ?? []).map(({ proxy, start, seen, data }) => [proxy, { start, seen, data }]));
  }

  get size(): number {
    return this.#known.size;
  }

  /** What proxies have of memory, as they said last. */
  memory(): ReadonlyMap<string, number> {
    return new Map([...this.#known].flatMap(([proxy, { memoryBytes }]) => (memoryBytes > 0 ? [[proxy, memoryBytes] as const] : [])));
  }

  /** Whose message this is; undefined for one that another has overtaken: all that it says is known. */
  of(proxy: string, points: readonly MetricPoint[]): Process<S> | undefined {
    const now = this.#options.now();
    const uptimeS = gaugeOf(points, PROXY_METRICS.uptimeS);
    const time = points.reduce((latest, point) => Math.max(latest, point.time), 0);
    const start = uptimeS === undefined ? 0 : Math.round(time / 1e9 - uptimeS);
    const known = this.#known.get(proxy) ?? this.#returning(proxy);
    const said = known === undefined ? 'first' : tellOf(known, { start, time });
    if (said === 'late') return undefined;
    if (known !== undefined && said !== 'restarted') {
      if (said === 'clock') known.follower.clockPutBack();
      known.start = start || known.start;
      known.heard = now;
      known.time = time;
      return known;
    }
    // one that was followed has ended: all of the next is new. One that is seen for the first time may have been counted by somebody before us.
    const fromStart = known !== undefined || uptimeS === undefined || now - uptimeS * 1000 >= this.#began - SLACK_MS;
    return this.#begin(proxy, { start, heard: now, time, fromStart, marks: new Map() });
  }

  /** What is known of a proxy from an earlier run of ours. */
  #returning(proxy: string): Process<S> | undefined {
    const pending = this.#pending.get(proxy);
    if (pending === undefined) return undefined;
    this.#pending.delete(proxy);
    let marks: ReadonlyMap<number, Mark> = new Map();
    try {
      marks = unpackMarks(pending.data);
    } catch {
      return undefined;
    }
    return this.#begin(proxy, { start: pending.start, heard: pending.seen, time: 0, fromStart: true, marks });
  }

  #begin(
    proxy: string,
    known: { readonly start: number; readonly heard: number; readonly time: number; readonly fromStart: boolean; readonly marks: ReadonlyMap<number, Mark> },
  ): Process<S> {
    const { fromStart, marks, ...process } = known;
    this.#options.gone(proxy);
    const made: Process<S> = { follower: new ProcessFollower({ fromStart, marks, mostSeries: MOST_OF_PROCESS }), memoryBytes: 0, ...process };
    made.follower.changed = true;
    this.#known.set(proxy, made);
    return made;
  }

  /** Something was told that `write` has not written. */
  get changed(): boolean {
    return [...this.#known.values()].some(({ follower }) => follower.changed);
  }

  /** Where everything stands, as far as it has changed; all of it into a file that was begun just now. */
  write(partition: Partition, begun: boolean): void {
    if (begun) {
      partition.setFact('began', this.#began);
      for (const [proxy, { start, seen, data }] of this.#pending) partition.putProcess(proxy, { start, seen, data });
    }
    for (const [proxy, { follower, start, heard }] of this.#known)
      if (begun || follower.changed) partition.putProcess(proxy, { start, seen: heard, data: packMarks(this.#writer, follower.marks()) });
  }

  /** What `write` wrote is on disk. */
  written(): void {
    for (const { follower } of this.#known.values()) follower.changed = false;
  }

  /** Forgets what was not heard of for long. Should such a proxy come back, what it has counted so far is not new. */
  sweep(): void {
    const before = this.#options.now() - FORGET_PROCESS_MS;
    for (const [proxy, { follower, heard, start }] of this.#known) {
      follower.sweep();
      if (heard >= before) continue;
      this.#known.delete(proxy);
      this.#options.gone(proxy);
      this.#began = Math.max(this.#began, start * 1000 + SLACK_MS + 1);
    }
    for (const [proxy, { seen }] of this.#pending) if (seen < before) this.#pending.delete(proxy);
  }
}

/** Messages overtake each other by no more than this, ns. */
const LATE_NS = 60e9;
/** Roundings, s. */
const SAME_START_S = 3;

/** What a message says of its process, by its start and its clock: that it goes on, that it has begun anew, that its clock was put back, or nothing new. */
function tellOf(
  known: Pick<Process<unknown>, 'start' | 'time'>,
  { start, time }: { readonly start: number; readonly time: number },
): 'on' | 'restarted' | 'clock' | 'late' {
  if (start > 0 && known.start > 0 && start > known.start + SAME_START_S) return 'restarted';
  const back = time < known.time;
  if (!back || known.time - time < LATE_NS) return back ? 'late' : 'on';
  return 'clock';
}
