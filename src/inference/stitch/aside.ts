// What speaks for a parent beside time and order: values seen on both sides, a call that outlives its request, a failure that came through; and
// what speaks for none.
import type { Aside } from './judge.ts';
import type { Hints } from './spans.ts';
import { type Counts, NO_ORIGIN, type Origin } from './ways.ts';
import type { Numbers } from './window.ts';

/** Of a thousand calls, how many are believed to go on after the answer, until counted otherwise. */
const OUTLIVE = { prior: 0.001, weight: 20 };

/** Of a thousand calls, how many are believed to be nobody's. */
const ALONE = { prior: 0.02, weight: 10 };

export interface AsideCounts {
  readonly outlive: Map<number, { late: number; of: number }>;
  /** By operation: with and without a failed call, how many requests failed. */
  readonly failures: Map<number, { failed: number; of: number }>;
  /** How much likelier a step is than by its time alone: in its turn (1), and overtaking requests that have waited longer. */
  readonly turns: Float64Array;
}

export const noAsideCounts = (): AsideCounts => ({ outlive: new Map(), failures: new Map(), turns: Float64Array.of(1, 1) });

/** Both together, in a value of its own. */
export function asideTogether(older: AsideCounts, newer: AsideCounts, by: number): AsideCounts {
  const outlive = new Map([...older.outlive].map(([at, { late, of }]) => [at, { late: late * by, of: of * by }]));
  for (const [at, { late, of }] of newer.outlive) outlive.set(at, { late: late + (outlive.get(at)?.late ?? 0), of: of + (outlive.get(at)?.of ?? 0) });
  const failures = new Map([...older.failures].map(([at, { failed, of }]) => [at, { failed: failed * by, of: of * by }]));
  for (const [at, { failed, of }] of newer.failures)
    failures.set(at, { failed: failed + (failures.get(at)?.failed ?? 0), of: of + (failures.get(at)?.of ?? 0) });
  return { outlive, failures, turns: newer.turns.slice() };
}

/** How likely another call has this value too, of every value of a hint. Of one seen once nothing is known but that it is not common. */
function commonness({ callHints }: Numbers): Map<string, number> {
  const counts = new Map<string, number>();
  for (const hints of callHints)
    for (const [name, value] of Object.entries(hints ?? {})) counts.set(`${name}=${value}`, (counts.get(`${name}=${value}`) ?? 0) + 1);
  return new Map([...counts].map(([at, count]) => [at, (count - 0.95) / callHints.length]));
}

/** The share of calls that have their request's value, by name of the hint; a guess until counted. */
const sameness = (counts: Counts, name: string): number => {
  const found = counts.hints.get(name) ?? { same: 0, of: 0 };
  return Math.min(0.995, (found.same + 1) / (found.of + 2));
};

function hintFactor({ counts, common }: { counts: Counts; common: Map<string, number> }, request: Hints | undefined, call: Hints | undefined): number {
  if (request === undefined || call === undefined) return 1;
  let factor = 1;
  for (const [name, value] of Object.entries(call)) {
    const own = request[name];
    if (own === undefined) continue;
    const same = sameness(counts, name);
    const often = common.get(`${name}=${value}`) ?? 0.5;
    factor *= own === value ? (same + (1 - same) * often) / often : 1 - same;
  }
  return factor;
}

/** Counts hints of a call whose parent is likely `inbound`. */
export function learnHints(
  counts: Counts,
  common: Map<string, number>,
  { request, call, weight }: { request: Hints | undefined; call: Hints | undefined; weight: number },
): void {
  if (request === undefined || call === undefined) return;
  for (const [name, value] of Object.entries(call)) {
    if (request[name] === undefined) continue;
    const found = counts.hints.get(name) ?? { same: 0, of: 0 };
    const same = sameness(counts, name);
    const often = common.get(`${name}=${value}`) ?? 0.5;
    if (request[name] === value) found.same += (weight * same) / (same + (1 - same) * often);
    found.of += weight;
    counts.hints.set(name, found);
  }
}

export const outlives = (numbers: Numbers, inbound: number, call: number): boolean =>
  (numbers.callEnds[call] ?? 0) > (numbers.ends[inbound] ?? 0) + (numbers.resolutionUs > 1 ? numbers.resolutionUs : 0);

/** Work in the background does not wait for requests: how much of it there is, is seen when none is in flight, and believed if that happens enough. */
function aloneShare({ calls, alone, idle, byChance }: Origin): number {
  if (byChance >= 5) return Math.min(1, (idle + ALONE.prior * 2) / (byChance + 2));
  return (alone + ALONE.prior * ALONE.weight) / (calls + ALONE.weight);
}

/** How long the window is, in units of the clock. */
function unitsOf({ starts, ends, callStarts, callEnds, resolutionUs }: Numbers): number {
  const least = (list: Float64Array): number => list.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = (list: Float64Array): number => list.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const long = Math.max(most(ends), most(callEnds)) - Math.min(least(starts), least(callStarts));
  return Math.max(1, long / resolutionUs);
}

/** Of what was counted until now. */
export function asideOf(numbers: Numbers, counts: Counts, other: AsideCounts): Aside & { readonly common: Map<string, number> } {
  const common = numbers.hinted ? commonness(numbers) : new Map<string, number>();
  const often = new Map<number, number>();
  for (const kind of numbers.calls) often.set(kind, (often.get(kind) ?? 0) + 1);
  const units = unitsOf(numbers);
  return {
    common,
    turns: other.turns,
    alone: (call) => {
      const kind = numbers.calls[call] ?? 0;
      const share = aloneShare(counts.origin.get(kind) ?? NO_ORIGIN);
      return (share * (often.get(kind) ?? 1)) / units + 1e-30;
    },
    between: (inbound, call) => {
      const kind = numbers.calls[call] ?? 0;
      const late = other.outlive.get(kind) ?? { late: 0, of: 0 };
      const chance = (late.late + OUTLIVE.prior * OUTLIVE.weight) / (late.of + OUTLIVE.weight);
      return (
        (outlives(numbers, inbound, call) ? chance : 1 - chance) *
        (numbers.hinted ? hintFactor({ counts, common }, numbers.hints[inbound], numbers.callHints[call]) : 1)
      );
    },
    atEnd: (inbound, anyFailed) => {
      const found = other.failures.get((numbers.operations[inbound] ?? 0) * 2 + (anyFailed ? 1 : 0)) ?? { failed: 0, of: 0 };
      const chance = (found.failed + 0.5) / (found.of + 1);
      return numbers.failed[inbound] === 1 ? chance : 1 - chance;
    },
  };
}
