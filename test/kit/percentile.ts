// Percentiles of measurements, with how far off they may be.
import { binomialRange } from './binomial.ts';

export interface Percentile {
  readonly value: number;
  /** In between lies the percentile of what was sampled, but for once in 20. Infinite where there are too few samples to say. */
  readonly low: number;
  readonly high: number;
}

const ALARM = 0.05;

/** By order statistics: how many of n samples lie below a percentile is binomial, whatever they are distributed like. */
export function percentile(samples: readonly number[], share: number): Percentile {
  const sorted = samples.toSorted((a, b) => a - b);
  const { low, high } = binomialRange(sorted.length, share, ALARM);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return { value, low: sorted[low - 1] ?? 0, high: sorted[high] ?? Number.POSITIVE_INFINITY };
}

/** One percentile by another, as far apart and as near as both may be. */
export const ratioOf = (over: Percentile, under: Percentile): Percentile => ({
  value: over.value / under.value,
  low: over.low / under.high,
  high: over.high / under.low,
});
