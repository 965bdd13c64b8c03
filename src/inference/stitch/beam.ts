// The hypotheses of the moment. Each says which calls every request in flight has made; a call is given to each request that may have made it, in each
// hypothesis; the likely ones are kept. A request that has ended leaves them all, and hypotheses that differed in it alone become one.
import { type Histories, mix } from './histories.ts';
import { type Hypothesis, normalized, type Step } from './hypotheses.ts';
import { type Aside, Judge } from './judge.ts';
import { flush, noTrellis, type Trellis } from './trellis.ts';
import { noTurns, type Turns, turnOf } from './turns.ts';
import type { Ways } from './ways.ts';
import { EVENT, type Numbers } from './window.ts';

export interface Effort {
  /** The most hypotheses that are kept. */
  readonly hypotheses: number;
  /** Below 1 likelihoods count for less than they say, since steps are not as independent as they are taken to be. */
  readonly trust: number;
}

export interface Pass {
  readonly histories: Histories;
  /** By call: the history that ends with it, -1 for none. */
  readonly chosen: Int32Array;
  readonly alone: Float64Array;
  readonly turns: Turns;
}

/** Steps that much less likely than the likeliest are not followed. */
const FAINT = 1e-3;
/** More requests than these are not asked about one call: the likeliest are. */
const MOST_CANDIDATES = 12;
const MOST_IN_FLIGHT = 400;
const LONG = 6_000;

class Beam {
  readonly #judge: Judge;
  readonly #trellis: Trellis = noTrellis();
  readonly #flying: number[] = [];
  /** The likeliest step found for the call so far. */
  #most = 0;
  #alive: Hypothesis[] = [{ at: [], id: 0, probability: 1, peak: 1, hash: 0 }];
  readonly #numbers: Numbers;
  readonly #turnFactors: Float64Array;
  readonly #width: number;
  readonly chosen: Int32Array;
  readonly alone: Float64Array;
  readonly turns: Turns = noTurns();

  constructor(numbers: Numbers, ways: Ways, { aside, effort }: { aside: Aside; effort: Effort }) {
    this.#numbers = numbers;
    this.#judge = new Judge(numbers, ways, { aside, trust: effort.trust });
    this.#turnFactors = aside.turns;
    this.#width = effort.hypotheses;
    this.#trellis.hypotheses = 1;
    this.chosen = new Int32Array(numbers.calls.length).fill(-1);
    this.alone = new Float64Array(numbers.calls.length);
  }

  begin(inbound: number): void {
    const node = this.#judge.begin(inbound);
    this.#flying.push(inbound);
    const hash = mix(node);
    for (const one of this.#alive) {
      one.at.push(node);
      one.hash ^= hash;
    }
    if (this.#flying.length > MOST_IN_FLIGHT) this.#leave(0);
  }

  /** Tries a call with every request that may have made it. */
  call(call: number): void {
    const steps: Step[] = [];
    this.#most = 0;
    const places = this.#candidates(call);
    const nobody = this.#numbers.known[call] === -1 || places.length === 0 ? this.#judge.alone(call) : 0;
    for (const of of this.#alive) {
      this.#offer(of, { call, places }, steps);
      const probability = of.probability * nobody;
      if (probability > this.#most) this.#most = probability;
      if (nobody > 0 && probability >= this.#most * FAINT) steps.push({ of, place: -1, node: -1, turn: -1, probability, peak: of.peak * nobody });
    }
    this.#keep(steps, call);
    this.#forget();
  }

  /** One step for each request that may have made the call, but for those far behind the likeliest so far. */
  #offer(of: Hypothesis, { call, places }: { call: number; places: readonly number[] }, steps: Step[]): void {
    const at = this.#numbers.callStarts[call] ?? 0;
    const contested = places.length > 1;
    const { expected } = this.turns;
    let [sum, direct, overtaking] = [0, 0, 0];
    for (const place of places) {
      const before = of.at[place] ?? 0;
      const node = this.#judge.child(before, call);
      const turn = contested ? turnOf(this.#judge.histories, of.at, { node: before, at }) : -1;
      const weight = this.#judge.weight(node) * (turn < 0 ? 1 : (this.#turnFactors[turn] ?? 1));
      const probability = of.probability * weight;
      sum += weight;
      if (turn === 0) direct += probability;
      else if (turn > 0) overtaking += probability;
      if (probability > this.#most) this.#most = probability;
      if (probability >= this.#most * FAINT) steps.push({ of, place, node, turn, probability, peak: of.peak * weight });
    }
    if (sum === 0) return;
    expected[0] = (expected[0] ?? 0) + direct / sum;
    expected[1] = (expected[1] ?? 0) + overtaking / sum;
  }

  /** A request that has ended is asked how likely that was, and leaves. */
  end(inbound: number): void {
    const place = this.#flying.indexOf(inbound);
    if (place < 0) return;
    const told = (this.#numbers.ends[inbound] ?? 0) <= this.#numbers.untilUs;
    for (const one of told ? this.#alive : []) {
      const node = one.at[place] ?? 0;
      const turn = this.#alive.length === 1 ? -1 : turnOf(this.#judge.histories, one.at, { node, at: this.#numbers.ends[inbound] ?? 0 });
      const weight = this.#alive.length === 1 ? 1 : this.#judge.ending(node) * (turn < 0 ? 1 : (this.#turnFactors[turn] ?? 1));
      one.probability *= weight;
      one.peak *= weight;
    }
    this.#leave(place);
    this.#forget();
  }

  finish(): Pass {
    this.#flush();
    return { histories: this.#judge.histories, chosen: this.chosen, alone: this.alone, turns: this.turns };
  }

  #candidates(call: number): number[] {
    const { known, ends, callStarts } = this.#numbers;
    const parent = known[call] ?? -1;
    const places = [...this.#flying.keys()];
    if (parent !== -1) return places.filter((place) => this.#flying[place] === parent);
    const open = places.filter((place) => (ends[this.#flying[place] ?? -1] ?? 0) >= (callStarts[call] ?? 0));
    if (open.length <= MOST_CANDIDATES) return open;
    const best = this.#alive[0]?.at ?? [];
    const weight = new Map(open.map((place) => [place, this.#judge.weight(this.#judge.child(best[place] ?? 0, call))]));
    return open.sort((a, b) => (weight.get(b) ?? 0) - (weight.get(a) ?? 0)).slice(0, MOST_CANDIDATES);
  }

  /** The likely steps become the hypotheses of now. */
  #keep(steps: Step[], call: number): void {
    const least = this.#most * FAINT;
    let kept = steps.length === 1 ? steps : steps.filter(({ probability }) => probability >= least);
    if (kept.length > this.#width) kept = kept.sort((a, b) => b.probability - a.probability).slice(0, this.#width);
    const trellis = this.#trellis;
    const next = kept.map(({ of, place, node, turn, probability, peak }) => {
      const at = kept.length === 1 ? of.at : of.at.slice();
      const hash = place < 0 ? of.hash : of.hash ^ mix(at[place] ?? 0) ^ mix(node);
      if (place >= 0) at[place] = node;
      const id = trellis.hypotheses++;
      trellis.best[id] = this.#record({ from: of.id, to: id, node, call, turn, weight: 1 });
      return { at, id, probability, peak, hash };
    });
    this.#alive = normalized(next);
  }

  #record({ from, to, node, call, turn, weight }: { from: number; to: number; node: number; call: number; turn: number; weight: number }): number {
    const trellis = this.#trellis;
    trellis.from.push(from);
    trellis.to.push(to);
    trellis.node.push(node);
    trellis.call.push(call);
    trellis.turn.push(turn);
    return trellis.weight.push(weight) - 1;
  }

  /** Takes a request out of all hypotheses; the last one's place is the free one's. */
  #leave(place: number): void {
    const last = this.#flying.pop() ?? -1;
    if (place < this.#flying.length) this.#flying[place] = last;
    for (const one of this.#alive) {
      one.hash ^= mix(one.at[place] ?? 0);
      const moved = one.at.pop() ?? -1;
      if (place < one.at.length) one.at[place] = moved;
    }
    if (this.#alive.length > 1) this.#merge();
  }

  /** Those that say the same of all requests in flight become one. */
  #merge(): void {
    const groups = new Map<number, Hypothesis[]>();
    const most = this.#alive.reduce((best, { probability }) => Math.max(best, probability), 0);
    for (const one of this.#alive) {
      if (one.probability <= most * FAINT) continue;
      const group = groups.get(one.hash);
      if (group === undefined) groups.set(one.hash, [one]);
      else group.push(one);
    }
    this.#alive = normalized(groups.size === this.#alive.length ? this.#alive : [...groups.values()].map((group) => this.#joined(group)));
  }

  #joined(group: readonly Hypothesis[]): Hypothesis {
    const best = group.reduce((a, b) => (b.peak > a.peak ? b : a));
    if (group.length === 1) return best;
    const id = this.#trellis.hypotheses++;
    const probability = group.reduce((sum, one) => sum + one.probability, 0);
    for (const one of group) {
      const step = this.#record({ from: one.id, to: id, node: -2, call: -1, turn: -1, weight: one.probability / probability });
      if (one === best) this.#trellis.best[id] = step;
    }
    return { at: best.at, id, probability, peak: best.peak, hash: best.hash };
  }

  #forget(): void {
    const steps = this.#trellis.from.length;
    if ((this.#alive.length === 1 && steps > 64) || steps > LONG) this.#flush();
  }

  #flush(): void {
    const alive = this.#alive.map(({ id, probability }) => ({ hypothesis: id, probability }));
    flush(this.#trellis, alive, { chosen: this.chosen, alone: this.alone, posterior: this.#judge.histories.posterior, turns: this.turns.seen });
    this.#alive = this.#alive.map((one, id) => ({ ...one, id }));
    this.#trellis.hypotheses = this.#alive.length;
    for (const { id } of this.#alive) this.#trellis.best[id] = -1;
  }
}

/** Goes through a window once. */
export function pass(numbers: Numbers, ways: Ways, options: { readonly aside: Aside; readonly effort: Effort }): Pass {
  const beam = new Beam(numbers, ways, options);
  for (const event of numbers.events) {
    const index = Math.floor(event / 4);
    const kind = event % 4;
    if (kind === EVENT.begin) beam.begin(index);
    else if (kind === EVENT.call) beam.call(index);
    else beam.end(index);
  }
  return beam.finish();
}
