// From what a process has counted up to now to what is new of it. Proxies say whole counts, so a message that is lost, comes twice or comes late costs nothing.
import { EVICTION_MS, type MetricPoint } from '../../envoy/index.ts';

/** What is new of one series. */
export interface Growth {
  readonly count: number;
  readonly sum: number;
  readonly counts: Float64Array | undefined;
}

/** Up to where a series was counted. */
export interface Mark {
  readonly metric: number;
  count: number;
  sum: number;
  counts: Float64Array | undefined;
}

interface Followed<S> extends Mark {
  /** When it was last looked at, ns. */
  time: number;
  series: S | undefined;
}

/** A series that was not told of for so long has been let go by its process, and begins anew (EVICTION_MS, at most twice). */
const GONE_NS = 2 * EVICTION_MS * 1e6;
/** Nothing counts that far. */
const MOST = 1e15;

export interface ProcessOptions {
  /** True: what was counted before it was first seen is new. False: somebody may have been told of it. */
  readonly fromStart: boolean;
  readonly marks: ReadonlyMap<number, Mark>;
  readonly mostSeries: number;
}

const sane = (point: MetricPoint): boolean => point.count >= 0 && point.count < MOST && (point.histogram === undefined || point.histogram.sum < MOST * 1000);

/** One process of a proxy, from its start to its end. `S`: what the caller knows of a series. */
export class ProcessFollower<S> {
  readonly #options: ProcessOptions;
  readonly #followed = new Map<number, Followed<S>>();
  readonly #unseen: Map<number, Mark>;
  /** Of the first message: what is in it may have been counted before. */
  #first = 0;
  #last = 0;
  /** Something has changed since `marks` was last asked for. */
  changed = false;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#unseen = new Map(options.marks);
  }

  /** The entry of a series, by the hash of its labels; undefined when there are too many. */
  at(key: number, point: MetricPoint, metric: number): Followed<S> | undefined {
    const known = this.#followed.get(key);
    if (known !== undefined) return known;
    if (this.#followed.size >= this.#options.mostSeries) return undefined;
    if (this.#first === 0) this.#first = point.time;
    const uncounted = !this.#options.fromStart && point.time <= this.#first;
    const from = this.#unseen.get(key) ?? { count: uncounted ? -1 : 0, sum: 0, counts: undefined };
    this.#unseen.delete(key);
    const made: Followed<S> = { ...from, metric, time: 0, series: undefined };
    this.#followed.set(key, made);
    return made;
  }

  /** What is new since the last point of this series; undefined when nothing is, or when it is known already. */
  grow(known: Followed<S>, point: MetricPoint): Growth | undefined {
    if (point.time <= known.time || !sane(point)) return undefined;
    const anew = point.count < known.count || (known.time > 0 && point.time - known.time > GONE_NS);
    known.time = point.time;
    this.#last = Math.max(this.#last, point.time);
    if (!point.cumulative) return point.count === 0 ? undefined : growth(point, undefined);
    if (!anew && point.count === known.count) return undefined;
    const grown = known.count < 0 ? undefined : growth(point, anew ? undefined : known);
    this.changed = true;
    known.count = point.count;
    known.sum = point.histogram?.sum ?? 0;
    known.counts = point.histogram?.counts;
    return grown;
  }

  /** The proxy's clock was put back. */
  clockPutBack(): void {
    for (const known of this.#followed.values()) known.time = 0;
    this.#last = 0;
  }

  /** Lets go of series that the process has let go. */
  sweep(): void {
    for (const [key, { time }] of this.#followed) if (time > 0 && this.#last - time > GONE_NS) this.#followed.delete(key);
  }

  /** Where every series stands; those of an earlier run that were not told of again among them. */
  marks(): ReadonlyMap<number, Mark> {
    return new Map<number, Mark>([...this.#unseen, ...this.#followed]);
  }

  get size(): number {
    return this.#followed.size;
  }
}

function growth({ count, histogram }: MetricPoint, before: Mark | undefined): Growth {
  if (histogram === undefined) return { count: count - (before?.count ?? 0), sum: 0, counts: undefined };
  const old = before?.counts?.length === histogram.counts.length ? before.counts : undefined;
  const counts = old === undefined ? histogram.counts : histogram.counts.map((each, at) => each - (old[at] ?? 0));
  return { count: count - (before?.count ?? 0), sum: Math.max(0, histogram.sum - (before?.sum ?? 0)), counts };
}
