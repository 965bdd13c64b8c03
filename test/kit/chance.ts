/** Numbers by chance that are the same for the same seed. */
export interface Chance {
  /** 0 up to 1. */
  next(): number;
  /** By its median and the deviation of its logarithm. */
  logNormal(median: number, spread: number): number;
  /** Log-normal, and of fifty one is many times as long (a pause of the runtime, a lock, a cold page). */
  heavy(median: number, spread: number): number;
}

/** mulberry32: small and good enough for simulations. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const logNormal = (median: number, spread: number): number => median * Math.exp(spread * normal());
  // Pareto with exponent 1.3, cut at forty times.
  const heavy = (median: number, spread: number): number => logNormal(median, spread) * (next() < 0.02 ? Math.min(40, (1 - next()) ** (-1 / 1.3) * 3) : 1);
  return { next, logNormal, heavy };
}
