// Numbers that are added up: of one series in one step of time, or of many in many.
import type { SumName } from './names.ts';

/** Upper bounds of durations in ms, as Envoy has them by default: nothing is lost of what it counts. */
export const BOUNDS_MS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
];
/** One more than bounds: what is above the last. */
export const BUCKETS = BOUNDS_MS.length + 1;

export const SUM_NAMES: readonly SumName[] = [
  'requests',
  'requestBytes',
  'responseBytes',
  'requestMessages',
  'responseMessages',
  'receivedBytes',
  'sentBytes',
  'opened',
  'closed',
  'refusals',
  'sized',
];

export class Sums implements Record<SumName, number> {
  requests = 0;
  requestBytes = 0;
  responseBytes = 0;
  requestMessages = 0;
  responseMessages = 0;
  receivedBytes = 0;
  sentBytes = 0;
  opened = 0;
  closed = 0;
  refusals = 0;
  sized = 0;
  durationMs = 0;
  /** Durations by bucket; absent while none was measured. */
  buckets: Float64Array | undefined;

  add(other: Sums, weight = 1): void {
    for (const name of SUM_NAMES) this[name] += other[name] * weight;
    this.durationMs += other.durationMs * weight;
    if (other.buckets === undefined) return;
    const buckets = this.durations();
    for (let at = 0; at < BUCKETS; at++) buckets[at] = (buckets[at] ?? 0) + (other.buckets[at] ?? 0) * weight;
  }

  durations(): Float64Array {
    this.buckets ??= new Float64Array(BUCKETS);
    return this.buckets;
  }
}

const layouts = new Map<string, readonly number[]>();
const MOST_LAYOUTS = 64;

/** Our bucket for each of theirs: the first whose bound is not below. */
export function bucketsOf(bounds: Float64Array): readonly number[] {
  const key = bounds.join();
  const known = layouts.get(key);
  if (known !== undefined) return known;
  const made = [...bounds, Number.POSITIVE_INFINITY].map((bound) => {
    const found = BOUNDS_MS.findIndex((own) => own >= bound);
    return found < 0 ? BUCKETS - 1 : found;
  });
  if (layouts.size >= MOST_LAYOUTS) layouts.clear();
  layouts.set(key, made);
  return made;
}

/** How many took `ms` or longer: evenly spread within its bucket, as by `quantile`. */
export function slowerThan(buckets: Float64Array, ms: number): number {
  let slower = 0;
  for (let at = 0; at < BUCKETS; at++) {
    const own = buckets[at] ?? 0;
    const low = at === 0 ? 0 : (BOUNDS_MS[at - 1] ?? 0);
    const high = BOUNDS_MS[at] ?? Number.POSITIVE_INFINITY;
    // what is above the last bound may have taken any time: it was slow
    if (low >= ms || high === Number.POSITIVE_INFINITY) slower += own;
    else if (high > ms) slower += (own * (high - ms)) / (high - low);
  }
  return slower;
}

/** A quantile as Prometheus' histogram_quantile tells it: evenly spread within its bucket; null of nothing. */
export function quantile(buckets: Float64Array | undefined, share: number): number | null {
  if (buckets === undefined) return null;
  const count = buckets.reduce((sum, each) => sum + each, 0);
  if (count <= 0) return null;
  const rank = share * count;
  let below = 0;
  for (let at = 0; at < BUCKETS; at++) {
    const own = buckets[at] ?? 0;
    if (own > 0 && below + own >= rank) {
      const low = at === 0 ? 0 : (BOUNDS_MS[at - 1] ?? 0);
      const high = BOUNDS_MS[at] ?? low;
      return low + (high - low) * Math.max(0, (rank - below) / own);
    }
    below += own;
  }
  return BOUNDS_MS.at(-1) ?? null;
}
