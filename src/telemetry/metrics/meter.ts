// Everything that happens with metrics behind the door, in a thread of its own: reading, telling new from known, adding up, keeping.
import { randomInt } from 'node:crypto';
import { type MetricPoint, PROXY_METRICS, readGoldenTags, readMetricPoints, TAG } from '../../envoy/index.ts';
import type { Arrived } from '../arrivals.ts';
import { whose } from '../whose.ts';
import { Archive, type ArchiveOptions, type Step } from './archive.ts';
import { ByteWriter } from './bytes.ts';
import { type Growth, type Mark, ProcessFollower } from './follow.ts';
import { hashOf } from './hash.ts';
import { type Directory, labelsOf, type Reporter } from './labels.ts';
import { LEVELS } from './levels.ts';
import { METRIC_NAMES, type MetricMeaning, TOLD } from './names.ts';
import { packMarks, unpackMarks } from './packed.ts';
import type { Partition } from './partition.ts';
import { leaveOut } from './rules.ts';
import { type Live, SERIES_BUDGET, type SeriesBudget, SeriesTable } from './series-table.ts';
import { bucketsOf, Sums } from './sums.ts';
import { Undelivered } from './undelivered.ts';

export interface MeterOptions extends ArchiveOptions {
  readonly now: () => number;
  readonly series?: SeriesBudget;
}

interface Resolved {
  readonly live: Live;
  readonly generation: number;
  /** Labels that were left out. */
  readonly without: string;
}

interface Process {
  readonly follower: ProcessFollower<Resolved>;
  /** By its own clock, epoch s; 0: it never said how long it has run. */
  start: number;
  /** By our clock, epoch ms. */
  heard: number;
  /** Of its last message, by its own clock, ns. */
  time: number;
  /** Its heap; 0: it never said. */
  memoryBytes: number;
}

const STEP_S = LEVELS[0].stepS;
/** Series of one process at most: more than any that is well counts. */
const MOST_OF_PROCESS = 40_000;
const IDLE_S = 15 * 60;
const FORGET_PROCESS_MS = 24 * 3_600_000;
/** Clocks and roundings. */
const SLACK_MS = 15_000;
const OWN_NAMES: ReadonlySet<string> = new Set(Object.values(PROXY_METRICS));

export class Meter implements Disposable {
  readonly archive: Archive;
  readonly series: SeriesTable;
  readonly lost = { tooMany: 0, unreadable: 0, unknown: 0, notStored: 0 };
  points = 0;
  readonly undelivered = new Undelivered();
  readonly #options: MeterOptions;
  readonly #processes = new Map<string, Process>();
  readonly #pending: Map<string, { readonly start: number; readonly seen: number; readonly data: Uint8Array }>;
  readonly #seed: readonly [number, number];
  readonly #metricNumbers = new Map(METRIC_NAMES.map((name, at) => [name, at]));
  readonly #writer = new ByteWriter();
  readonly #meanings: readonly (MetricMeaning | undefined)[] = METRIC_NAMES.map((name) => TOLD.get(name));
  #directory: Directory = new Map();
  #generation = 0;
  /** What was counted before this may have been told to somebody who has forgotten it, epoch ms. */
  #began: number;
  readonly #openedAt: number;
  #open: number;

  /** Throws when there is no room, or no right, to keep anything. */
  constructor(options: MeterOptions) {
    this.#options = options;
    this.archive = new Archive(options);
    this.series = new SeriesTable(options.series ?? SERIES_BUDGET);
    const newest = this.archive.newest();
    this.#openedAt = options.now();
    this.#began = newest?.fact('began') ?? options.now();
    this.#seed = [newest?.fact('seed0') ?? random(), newest?.fact('seed1') ?? random()];
    this.#pending = new Map((newest?.processes() ?? []).map(({ proxy, start, seen, data }) => [proxy, { start, seen, data }]));
    // a step that an earlier run has written in part is not written again
    this.#open = Math.max(this.#stepOf(options.now()), this.archive.reaches[0]?.until ?? 0);
    this.archive.rollUp(this.#open);
  }

  #stepOf(now: number): number {
    return Math.floor(now / 1000 / STEP_S) * STEP_S;
  }

  /** The step that is not on disk yet, epoch s. */
  get open(): number {
    return this.#open;
  }

  get now(): number {
    return this.#options.now();
  }

  get processes(): number {
    return this.#processes.size;
  }

  /** Who is behind identities, from now on. */
  know(directory: Directory): void {
    this.#directory = directory;
    this.#generation++;
  }

  /**
   * Takes one message. What is wrong with it is counted. It is on disk after the step it came in. `arrived`: what else has come of the proxy; undefined
   * where that is not known.
   */
  take(reporter: Reporter, bytes: Uint8Array, arrived?: Arrived): void {
    const points: MetricPoint[] = [];
    try {
      readMetricPoints(bytes, (point) => void points.push(point));
    } catch {
      this.lost.unreadable++;
      return;
    }
    this.settle();
    const process = this.#processOf(reporter.proxy, points);
    if (process === undefined) return;
    this.#noteArrived(reporter.proxy, { points, arrived, process });
    process.memoryBytes = gaugeOf(points, PROXY_METRICS.heapBytes) ?? process.memoryBytes;
    for (const point of points) this.#takePoint(process.follower, reporterOf(reporter, point), point);
  }

  #noteArrived(proxy: string, { points, arrived, process }: Noted): void {
    const at = this.#options.now();
    // a proxy says everything in several messages when it is much: these counters stand in one of them
    if (!points.some(({ name }) => name === PROXY_METRICS.logsSent)) return;
    this.undelivered.note(proxy, points, { at, arrived, fresh: process.start > 0 && process.start * 1000 >= this.#openedAt });
  }

  /** What proxies have of memory, as they said last. */
  memory(): ReadonlyMap<string, number> {
    return new Map([...this.#processes].flatMap(([proxy, { memoryBytes }]) => (memoryBytes > 0 ? [[proxy, memoryBytes] as const] : [])));
  }

  /** Whose message this is; undefined for one that another has overtaken: all that it says is known. */
  #processOf(proxy: string, points: readonly MetricPoint[]): Process | undefined {
    const now = this.#options.now();
    const uptimeS = gaugeOf(points, PROXY_METRICS.uptimeS);
    const time = points.reduce((latest, point) => Math.max(latest, point.time), 0);
    const start = uptimeS === undefined ? 0 : Math.round(time / 1e9 - uptimeS);
    const known = this.#processes.get(proxy) ?? this.#returning(proxy);
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
  #returning(proxy: string): Process | undefined {
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
  ): Process {
    const { fromStart, marks, ...process } = known;
    this.undelivered.forget(proxy);
    const made: Process = { follower: new ProcessFollower({ fromStart, marks, mostSeries: MOST_OF_PROCESS }), memoryBytes: 0, ...process };
    made.follower.changed = true;
    this.#processes.set(proxy, made);
    return made;
  }

  #takePoint(follower: ProcessFollower<Resolved>, reporter: Reporter, point: MetricPoint): void {
    const metric = this.#metricNumbers.get(point.name);
    const meaning = metric === undefined ? undefined : this.#meanings[metric];
    if (metric === undefined || meaning === undefined || point.kind === 'gauge') {
      if (!OWN_NAMES.has(point.name)) this.lost.unknown++;
      return;
    }
    this.points++;
    const followed = follower.at(hashOf(point.attributes, this.#seed, metric), point, metric);
    if (followed === undefined) return void this.lost.tooMany++;
    const grown = follower.grow(followed, point);
    if (grown === undefined || reporter.keeps?.disabled === true) return;
    const without = reporter.keeps?.without.join() ?? '';
    let { series } = followed;
    if (series === undefined || series.live.gone || series.generation !== this.#generation || series.without !== without) {
      series = this.#resolve(reporter, point, meaning);
      followed.series = series;
    }
    this.#add(series.live, meaning, { grown, point });
  }

  #resolve(reporter: Reporter, point: MetricPoint, { tcp }: MetricMeaning): Resolved {
    let tags: ReadonlyMap<string, string> = new Map();
    try {
      tags = readGoldenTags(point.attributes);
    } catch {
      this.lost.unreadable++;
    }
    const { namespace, keeps } = reporter;
    const labels = leaveOut(labelsOf(tags, reporter, { directory: this.#directory, tcp }), keeps?.without ?? []);
    return { live: this.series.of(labels, namespace, keeps?.series), generation: this.#generation, without: keeps?.without.join() ?? '' };
  }

  #add(live: Live, meaning: MetricMeaning, { grown, point }: { readonly grown: Growth; readonly point: MetricPoint }): void {
    live.step ??= new Sums();
    live.last = this.#open;
    for (const sums of [live.step, live.totals]) addGrowth(sums, meaning, { grown, point });
  }

  /** Writes the step that is over, and what is complete of coarser ones. */
  settle(): void {
    const now = this.#stepOf(this.#options.now());
    if (now <= this.#open) return;
    this.#write(this.#takeStep());
    this.#open = now;
    this.archive.rollUp(now);
    this.series.forget(now - IDLE_S);
    this.prune();
    if (now % 60 === 0) this.#sweep();
  }

  #write(step: Step): void {
    const changed = [...this.#processes.values()].some(({ follower }) => follower.changed);
    if (step.size === 0 && !changed) return;
    try {
      this.archive.write(this.#open, step, (partition, begun) => this.#writeMarks(partition, begun));
      for (const { follower } of this.#processes.values()) follower.changed = false;
    } catch {
      this.lost.notStored++;
    }
  }

  /** Up to where everything is counted stands in the file with what was counted: a crash between the two cannot be. */
  #writeMarks(partition: Partition, begun: boolean): void {
    if (begun) {
      partition.setFact('began', this.#began);
      partition.setFact('seed0', this.#seed[0]);
      partition.setFact('seed1', this.#seed[1]);
      for (const [proxy, { start, seen, data }] of this.#pending) partition.putProcess(proxy, { start, seen, data });
    }
    for (const [proxy, { follower, start, heard }] of this.#processes)
      if (begun || follower.changed) partition.putProcess(proxy, { start, seen: heard, data: packMarks(this.#writer, follower.marks()) });
  }

  /** Forgets what was not heard of for long. Should such a proxy come back, what it has counted so far is not new. */
  #sweep(): void {
    const before = this.#options.now() - FORGET_PROCESS_MS;
    for (const [proxy, { follower, heard, start }] of this.#processes) {
      follower.sweep();
      if (heard >= before) continue;
      this.#processes.delete(proxy);
      this.undelivered.forget(proxy);
      this.#began = Math.max(this.#began, start * 1000 + SLACK_MS + 1);
    }
    for (const [proxy, { seen }] of this.#pending) if (seen < before) this.#pending.delete(proxy);
  }

  /** Deletes files that are too old or too many. */
  prune(): number {
    return this.archive.prune(this.#options.now() / 1000);
  }

  /** The open step goes to disk as it stands; whoever comes next goes on with the one behind it. */
  [Symbol.dispose](): void {
    this.#write(this.#takeStep());
    this.archive[Symbol.dispose]();
  }

  #takeStep(): Step {
    const step = new Map<string, Map<string, Sums>>();
    for (const live of this.series.values()) {
      if (live.step === undefined) continue;
      const own = step.get(live.service) ?? new Map<string, Sums>();
      step.set(live.service, own.set(live.text, live.step));
      live.step = undefined;
    }
    return step;
  }
}

interface Noted {
  readonly points: readonly MetricPoint[];
  readonly arrived: Arrived | undefined;
  readonly process: Process;
}

const gaugeOf = (points: readonly MetricPoint[], wanted: string): number | undefined =>
  points.find(({ name, kind }) => kind === 'gauge' && name === wanted)?.count;

const random = (): number => randomInt(-0x80000000, 0x7fffffff);

/** Messages overtake each other by no more than this, ns. */
const LATE_NS = 60e9;
/** Roundings, s. */
const SAME_START_S = 3;

/** What a message says of its process, by its start and its clock: that it goes on, that it has begun anew, that its clock was put back, or nothing new. */
function tellOf(known: Process, { start, time }: { readonly start: number; readonly time: number }): 'on' | 'restarted' | 'clock' | 'late' {
  if (start > 0 && known.start > 0 && start > known.start + SAME_START_S) return 'restarted';
  const back = time < known.time;
  if (!back || known.time - time < LATE_NS) return back ? 'late' : 'on';
  return 'clock';
}

function addGrowth(sums: Sums, meaning: MetricMeaning, { grown, point }: { readonly grown: Growth; readonly point: MetricPoint }): void {
  if (meaning.kind === 'counter') sums[meaning.sum] += grown.count;
  else if (meaning.kind === 'sizes') {
    sums[meaning.sum] += grown.sum;
    if (meaning.sum === 'requestBytes') sums.sized += grown.count;
  } else {
    sums.requests += grown.count;
    sums.durationMs += grown.sum;
    if (grown.counts === undefined || point.histogram === undefined) return;
    const layout = bucketsOf(point.histogram.bounds);
    const buckets = sums.durations();
    for (let at = 0; at < grown.counts.length; at++) {
      const own = layout[at] ?? buckets.length - 1;
      buckets[own] = (buckets[own] ?? 0) + (grown.counts[at] ?? 0);
    }
  }
}

/** Only the proxy of a node tells for others; whose a point is its tags say. */
function reporterOf(teller: Reporter, { attributes }: MetricPoint): Reporter {
  if (teller.of === undefined) return teller;
  try {
    return whose(teller, readGoldenTags(attributes).get(TAG.workload));
  } catch {
    return teller;
  }
}
