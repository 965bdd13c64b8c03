// Resolutions that are kept, for how long, and in how large files. What is asked of a long time is answered from few rows.

export interface Level {
  readonly name: string;
  readonly stepS: number;
  readonly keepS: number;
  /** Stretch of time of one file. */
  readonly spanS: number;
  /** Of the budget, in percent. */
  readonly share: number;
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

/** From fine to coarse; each step is a multiple of the one before. */
export const LEVELS: readonly [Level, ...Level[]] = [
  { name: '10s', stepS: 10, keepS: 3 * HOUR, spanS: HOUR, share: 30 },
  { name: '1m', stepS: MINUTE, keepS: 36 * HOUR, spanS: 6 * HOUR, share: 30 },
  { name: '10m', stepS: 10 * MINUTE, keepS: 14 * DAY, spanS: 2 * DAY, share: 20 },
  { name: '1h', stepS: HOUR, keepS: 90 * DAY, spanS: 15 * DAY, share: 20 },
];

export interface Stretch {
  readonly level: number;
  /** Epoch s. */
  readonly from: number;
  readonly to: number;
}

/** Up to where a level is complete, and from where on there is something. */
export interface Reach {
  readonly first: number;
  readonly until: number;
}

const down = (at: number, step: number): number => Math.floor(at / step) * step;
const up = (at: number, step: number): number => Math.ceil(at / step) * step;

/**
 * The finest level that has all there is of a time since a moment. A coarse one begins earlier by less than its step where both begin with the same
 * count: a mesh that is young has nothing that its finest level lacks.
 */
export function finestFor(reaches: readonly Reach[], since: number): number {
  const lacks = ({ first }: Reach, level: number): boolean =>
    reaches.some((other, at) => at > level && other.until > 0 && other.first + (LEVELS[at]?.stepS ?? 0) <= first);
  const found = reaches.findIndex((reach, level) => reach.until > 0 && (reach.first <= since || !lacks(reach, level)));
  return Math.max(0, found);
}

/**
 * How a window is put together: the coarsest level in its middle, finer ones at its ends, every moment once. Where a fine level does not reach
 * (any more), the ends are widened to whole steps of the next.
 */
export function cover(from: number, to: number, reaches: readonly Reach[], coarsest = LEVELS.length - 1): readonly Stretch[] {
  return stretch(from, to, coarsest, reaches);
}

function stretch(from: number, to: number, level: number, reaches: readonly Reach[]): readonly Stretch[] {
  const { stepS } = LEVELS[level] ?? LEVELS[0];
  const reach = reaches[level];
  if (from >= to || level < 0) return [];
  const finer = level > 0 ? reaches[level - 1] : undefined;
  if (reach === undefined) return stretch(from, to, level - 1, reaches);
  // what is older than anything finer: whole steps of this level, around it
  const older = (at: number): boolean => finer === undefined || at < finer.first;
  const begin = older(from) ? down(from, stepS) : up(from, stepS);
  const end = Math.min(older(down(to, stepS)) ? up(to, stepS) : down(to, stepS), reach.until);
  if (begin >= end) return stretch(from, to, level - 1, reaches);
  return [...stretch(from, Math.min(begin, to), level - 1, reaches), { level, from: begin, to: end }, ...stretch(Math.max(end, from), to, level - 1, reaches)];
}
