// The ways of a workload: what a kind of request does next, and how long after what. Counted (`Counts`) from the probabilities that the
// last round gave to histories, and made into likelihoods (`Ways`) for the next.
import { ANY_GAP, BINS, binOf, densities, smoothed } from './gaps.ts';
import { mix, type Standing } from './histories.ts';

/** The end of a request, among the kinds of calls. */
export const END = 0;
const TRIGGERS = 3;

/** What was counted. Keys are hashes: of a few thousand, two fall together once in a thousand windows, and nothing breaks when they do. */
export interface Counts {
  /** How often something came next: by request, calls made, call; by request and call; and the sums. */
  readonly next: Map<number, number>;
  /** By request, situation and call: which of begin, last call and last answer set it off. */
  readonly triggers: Map<number, Float64Array>;
  /** By request, call, trigger and the trigger's own kind; gaps by bin. */
  readonly gaps: Map<number, Float64Array>;
  /** By request, call and trigger, whatever kind it was: what the finer ones fall back on. */
  readonly wider: Map<number, number>;
  /** By hint: how often it was the same, and how often it could have been. */
  readonly hints: Map<string, { same: number; of: number }>;
  readonly origin: Map<number, Origin>;
}

/** Of a kind of call. */
export interface Origin {
  calls: number;
  /** Those that no request caused, as inferred. */
  alone: number;
  /** Those that began while no request was in flight, and how many would have, had they nothing to do with requests. */
  idle: number;
  byChance: number;
}

export const NO_ORIGIN: Origin = { calls: 0, alone: 0, idle: 0, byChance: 0 };

export const noCounts = (): Counts => ({ next: new Map(), triggers: new Map(), gaps: new Map(), wider: new Map(), hints: new Map(), origin: new Map() });

const BOUND = { faint: 0.05, keys: 4_000 };

function addArrays(to: Map<number, Float64Array>, more: ReadonlyMap<number, Float64Array>, by: number): void {
  for (const [at, each] of more) {
    const sums = to.get(at);
    if (sums === undefined)
      to.set(
        at,
        each.map((one) => one * by),
      );
    else for (const [bin, one] of each.entries()) sums[bin] = (sums[bin] ?? 0) + one * by;
  }
}

/** Both together, in a value of its own. What has become faint is forgotten, and the older altogether should there be more kinds than a workload can have. */
export function together(older: Counts, newer: Counts, fading: number): Counts {
  const kept = noCounts();
  const bounded = older.gaps.size < BOUND.keys && older.next.size < 4 * BOUND.keys;
  for (const [counts, by] of [[older, bounded ? fading : 0] as const, [newer, 1] as const]) {
    if (by === 0) continue;
    for (const [at, count] of counts.next) if (count * by > BOUND.faint) add(kept.next, at, count * by);
    addArrays(kept.triggers, counts.triggers, by);
    addArrays(kept.gaps, counts.gaps, by);
    for (const [fine, wide] of counts.wider) kept.wider.set(fine, wide);
    for (const [name, hint] of counts.hints) {
      const before = kept.hints.get(name) ?? { same: 0, of: 0 };
      kept.hints.set(name, { same: before.same + hint.same * by, of: before.of + hint.of * by });
    }
    for (const [kind, origin] of counts.origin) {
      const { calls, alone, idle, byChance } = kept.origin.get(kind) ?? NO_ORIGIN;
      kept.origin.set(kind, {
        ...{ calls: calls + origin.calls * by, alone: alone + origin.alone * by },
        ...{ idle: idle + origin.idle * by, byChance: byChance + origin.byChance * by },
      });
    }
  }
  return kept;
}

/** The likelihoods made of counts. */
export interface Ways {
  readonly counts: Counts;
  readonly gaps: Map<number, Float64Array>;
  readonly triggers: Map<number, Float64Array>;
}

/** 32 bits of up to five small numbers. */
const key = (a: number, b: number, c: number, d: number): number => mix(mix(mix(mix(a) + b) + c) + d);

/** What is asked and told of one step of a request. */
export interface StepOf {
  readonly request: number;
  readonly signature: number;
  readonly call: number;
}

const NEXT = 1 << 20;
const open = (situation: number): number => (situation === 1 || situation === 2 ? 1 : 0);
const contextKey = (request: number, signature: number, situation: number): number => key(NEXT + request, signature, open(situation), 0);
const callKey = (request: number, call: number): number => key(NEXT + request, call, 2, 1);
const stepsKey = (request: number): number => key(NEXT + request, 0, 2, 2);
const triggerKey = (request: number, situation: number, call: number): number => key(request, situation, call, 7);
const gapKey = (request: number, call: number, trigger: number, kind: number): number => key(request, call, trigger, kind);
const ANY_KIND = 1 << 12;

const add = (counts: Map<number, number>, at: number, weight: number): void => void counts.set(at, (counts.get(at) ?? 0) + weight);

/** The gap since a trigger, and the kind of the trigger. */
const gapSince = (standing: Standing, trigger: number): number =>
  trigger === 0 ? standing.sinceBegin : trigger === 1 ? standing.sinceCall : standing.sinceAnswer;
const kindOf = (standing: Standing, trigger: number): number => (trigger === 0 ? 0 : trigger === 1 ? standing.lastCall : standing.lastAnswer);
/** Nothing was answered in situation 1, nothing called in 0. */
const there = (situation: number, trigger: number): boolean => trigger === 0 || (trigger === 1 ? situation > 0 : situation > 1);

const EVEN: Float64Array = Float64Array.of(0.2, 0.4, 0.4);
const ANY_DENSITY = densities(ANY_GAP);

/** Prior weights: how many observations the belief is worth that is fallen back on. */
const PRIOR = { context: 4, call: 0.3, trigger: 1, kind: 10, gap: 0.7 };

/** Of all steps that requests of a kind took, the share that they took from where this one stands, as if one more had been; the logarithm of it, so 0 at most. */
export function familiarity({ next }: Counts, { request, signature }: Pick<StepOf, 'request' | 'signature'>, situation: number): number {
  const here = next.get(contextKey(request, signature, situation)) ?? 0;
  return Math.log((1 + here) / (1 + (next.get(stepsKey(request)) ?? 0)));
}

function chanceOf(counts: Counts, { request, signature, call }: StepOf, situation: number): number {
  const context = contextKey(request, signature, situation);
  const sums = counts.next;
  const kinds = sums.get(NEXT) ?? 4;
  const base = ((sums.get(callKey(request, call)) ?? 0) + PRIOR.call) / ((sums.get(stepsKey(request)) ?? 0) + PRIOR.call * kinds);
  return ((sums.get(mix(context + call)) ?? 0) + PRIOR.context * base) / ((sums.get(context) ?? 0) + PRIOR.context);
}

function densityOf(ways: Ways, { request, call }: StepOf, trigger: number, standing: Standing): number {
  const found =
    ways.gaps.get(gapKey(request, call, trigger, kindOf(standing, trigger))) ?? ways.gaps.get(gapKey(request, call, trigger, ANY_KIND)) ?? ANY_DENSITY;
  return found[binOf(gapSince(standing, trigger))] ?? 0;
}

/** How likely it is that `step` comes next and now, per unit of the clock. */
export function likelihood(ways: Ways, step: StepOf, standing: Standing): number {
  const { situation } = standing;
  const shares = ways.triggers.get(triggerKey(step.request, situation, step.call)) ?? EVEN;
  let density = 0;
  let mass = 0;
  for (let trigger = 0; trigger < TRIGGERS; trigger++) {
    const share = shares[trigger] ?? 0;
    if (!there(situation, trigger)) continue;
    mass += share;
    if (share > 0.003) density += share * densityOf(ways, step, trigger, standing);
  }
  return (chanceOf(ways.counts, step, situation) * density) / mass;
}

function gapsOf(counts: Counts, at: number): Float64Array {
  const found = counts.gaps.get(at) ?? new Float64Array(BINS);
  counts.gaps.set(at, found);
  return found;
}

/** Counts a step that happened with this probability; `ways` says which trigger it was likely to be. */
export function learn(counts: Counts, ways: Ways, { step, standing, weight }: { step: StepOf; standing: Standing; weight: number }): void {
  const { request, signature, call } = step;
  const { situation } = standing;
  const context = contextKey(request, signature, situation);
  add(counts.next, mix(context + call), weight);
  add(counts.next, context, weight);
  add(counts.next, callKey(request, call), weight);
  add(counts.next, stepsKey(request), weight);
  const at = triggerKey(request, situation, call);
  const shares = ways.triggers.get(at) ?? EVEN;
  const each = [0, 1, 2].map((trigger) => (there(situation, trigger) ? (shares[trigger] ?? 0) * densityOf(ways, step, trigger, standing) + 1e-30 : 0));
  const sum = each.reduce((all, one) => all + one, 0);
  const triggers = counts.triggers.get(at) ?? new Float64Array(TRIGGERS);
  counts.triggers.set(at, triggers);
  for (const [trigger, one] of each.entries()) {
    const share = (weight * one) / sum;
    if (share < 1e-4) continue;
    triggers[trigger] = (triggers[trigger] ?? 0) + share;
    const bin = binOf(gapSince(standing, trigger));
    const fine = gapKey(request, call, trigger, kindOf(standing, trigger));
    const wide = gapKey(request, call, trigger, ANY_KIND);
    counts.wider.set(fine, wide);
    for (const histogram of [gapsOf(counts, fine), gapsOf(counts, wide)]) histogram[bin] = (histogram[bin] ?? 0) + share;
  }
}

/** Likelihoods of counts. `kinds`: how many kinds of calls there are, the end among them. */
export function waysOf(counts: Counts, kinds: number): Ways {
  counts.next.set(NEXT, kinds);
  const shares = new Map<number, Float64Array>();
  for (const [at, gaps] of counts.gaps) if (!counts.wider.has(at)) shares.set(at, smoothed(gaps, ANY_GAP, PRIOR.gap));
  const fine: [number, Float64Array][] = [];
  for (const [at, wide] of counts.wider) {
    const gaps = counts.gaps.get(at);
    if (gaps?.some((count) => count > 0.5)) fine.push([at, smoothed(gaps, shares.get(wide) ?? ANY_GAP, PRIOR.kind)]);
  }
  const triggers = new Map<number, Float64Array>();
  for (const [at, found] of counts.triggers) {
    const sum = found.reduce((all, one) => all + one, PRIOR.trigger);
    triggers.set(
      at,
      found.map((one, trigger) => (one + PRIOR.trigger * (EVEN[trigger] ?? 0)) / sum),
    );
  }
  return { counts, triggers, gaps: new Map([...shares, ...fine].map(([at, one]) => [at, densities(one)])) };
}
