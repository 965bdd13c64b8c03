// Everything that happens with metrics behind the door, in a thread of its own: reading, telling new from known, adding up, keeping.
import { randomInt } from 'node:crypto';
import { type MetricPoint, PROXY_METRICS, readGoldenTags, readMetricPoints, TAG } from '../../envoy/index.ts';
import type { Arrived } from '../arrivals.ts';
import { whose } from '../whose.ts';
import { Archive, type ArchiveOptions, type Step } from './archive.ts';
import type { Growth, ProcessFollower } from './follow.ts';
import { addGrowth } from './grown.ts';
import { hashOf } from './hash.ts';
import { type Directory, labelsOf, type Reporter } from './labels.ts';
import { LEVELS } from './levels.ts';
import { METRIC_NAMES, type MetricMeaning, TOLD } from './names.ts';
import type { Partition } from './partition.ts';
import { gaugeOf, type Process, Processes } from './processes.ts';
import { leaveOut } from './rules.ts';
import { type Live, SERIES_BUDGET, type SeriesBudget, SeriesTable } from './series-table.ts';
import { Sums } from './sums.ts';
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

const STEP_S = LEVELS[0].stepS;
const IDLE_S = 15 * 60;
const OWN_NAMES: ReadonlySet<string> = new Set(Object.values(PROXY_METRICS));

export class Meter implements Disposable {
  readonly archive: Archive;
  readonly series: SeriesTable;
  readonly lost = { tooMany: 0, unreadable: 0, unknown: 0, notStored: 0 };
  points = 0;
  readonly undelivered = new Undelivered();
  readonly #options: MeterOptions;
  readonly #processes: Processes<Resolved>;
  readonly #seed: readonly [number, number];
  readonly #metricNumbers = new Map(METRIC_NAMES.map((name, at) => [name, at]));
  readonly #meanings: readonly (MetricMeaning | undefined)[] = METRIC_NAMES.map((name) => TOLD.get(name));
  #directory: Directory = new Map();
  #generation = 0;
  readonly #openedAt: number;
  #open: number;

  /** Throws when there is no room, or no right, to keep anything. */
  constructor(options: MeterOptions) {
    this.#options = options;
    this.archive = new Archive(options);
    this.series = new SeriesTable(options.series ?? SERIES_BUDGET);
    const newest = this.archive.newest();
    this.#openedAt = options.now();
    this.#processes = new Processes({ now: options.now, newest, gone: (proxy) => this.undelivered.forget(proxy) });
    this.#seed = [newest?.fact('seed0') ?? random(), newest?.fact('seed1') ?? random()];
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
    const process = this.#processes.of(reporter.proxy, points);
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
    return this.#processes.memory();
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
    if (now % 60 === 0) this.#processes.sweep();
  }

  #write(step: Step): void {
    if (step.size === 0 && !this.#processes.changed) return;
    try {
      this.archive.write(this.#open, step, (partition, begun) => this.#writeMarks(partition, begun));
      this.#processes.written();
    } catch {
      this.lost.notStored++;
    }
  }

  /** Up to where everything is counted stands in the file with what was counted: a crash between the two cannot be. */
  #writeMarks(partition: Partition, begun: boolean): void {
    if (begun) {
      partition.setFact('seed0', this.#seed[0]);
      partition.setFact('seed1', this.#seed[1]);
    }
    this.#processes.write(partition, begun);
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
  readonly process: Process<Resolved>;
}

const random = (): number => randomInt(-0x80000000, 0x7fffffff);

/** Only the proxy of a node tells for others; whose a point is its tags say. */
function reporterOf(teller: Reporter, { attributes }: MetricPoint): Reporter {
  if (teller.of === undefined) return teller;
  try {
    return whose(teller, readGoldenTags(attributes).get(TAG.workload));
  } catch {
    return teller;
  }
}
