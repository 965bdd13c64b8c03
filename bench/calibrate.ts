// Fits src/inference/stitch/calibration.ts: node_modules/.bin/node bench/calibrate.ts (some minutes; WEFT_BENCH_WORLDS=25). It learns of worlds made by chance
// alone, never of those that BENCHMARKS.md and the tests judge by. Put `calibrated` aside (let it return `found`) before.

import { stitch } from '../src/inference/index.ts';
import { randomWorld } from '../test/kit/random-worlds.ts';
import { type Observed, simulate } from '../test/kit/trace-simulator.ts';
import { asItGoes, atOnce, type Rule } from './stitch-rules.ts';

const WORLDS = Number(process.env['WEFT_BENCH_WORLDS'] ?? 25);
const TRACES = 120;
/** Calls made in more of a crowd teach nothing: there, nearly everything is a guess. */
const MOST_IN_FLIGHT = 4;

interface Said {
  readonly logit: number;
  readonly right: number;
  weight: number;
}

/** What a way says of a run; each run weighs alike, however many edges it has. */
function said(run: readonly Observed[], ruleOf: (service: string) => Rule): readonly Said[] {
  const found = run.flatMap(({ service, inbound, outbound, truth }) => {
    const starts = new Map(outbound.map(({ id, startUs }) => [id, startUs]));
    const crowd = (at: number): number => inbound.filter(({ startUs, endUs }) => startUs <= at && at <= endUs).length;
    return ruleOf(service)({ inbound, outbound }).flatMap(({ child, parent, confidence }) => {
      if (parent === undefined || confidence <= 0.05 || confidence >= 0.99999 || crowd(starts.get(child) ?? 0) > MOST_IN_FLIGHT) return [];
      const inside = Math.min(1 - 1e-4, confidence);
      return [{ logit: Math.log(inside / (1 - inside)), right: truth.get(child) === parent ? 1 : 0, weight: 0 }];
    });
  });
  for (const each of found) each.weight = 1 / Math.max(60, found.length);
  return found;
}

/** Newton's method for two coefficients. */
function fitted(all: readonly Said[]): { readonly base: number; readonly slope: number } {
  let [base, slope] = [0, 1];
  for (let round = 0; round < 40; round++) {
    let [g0, g1, h00, h01, h11] = [0, 0, 0, 0, 0];
    for (const { logit, right, weight } of all) {
      const chance = 1 / (1 + Math.exp(-(base + slope * logit)));
      const [error, spread] = [weight * (right - chance), weight * chance * (1 - chance)];
      g0 += error;
      g1 += error * logit;
      h00 += spread;
      h01 += spread * logit;
      h11 += spread * logit * logit;
    }
    const det = h00 * h11 - h01 * h01;
    base += (0.5 * (h11 * g0 - h01 * g1)) / det;
    slope += (0.5 * (h00 * g1 - h01 * g0)) / det;
  }
  return { base, slope };
}

const all: Said[] = [];
for (let seed = 1; seed <= WORLDS; seed++) {
  for (const load of [1, 2, 5]) {
    const run = simulate(randomWorld(seed), { traces: TRACES, load, seed });
    const calm = new Map(simulate(randomWorld(seed), { traces: TRACES, load: 1, seed: seed + 1_000 }).map((one) => [one.service, stitch(one).learned]));
    all.push(...said(run, () => atOnce()), ...said(run, (service) => atOnce(calm.get(service))), ...said(run, () => asItGoes));
    process.stderr.write(`… world ${seed} at ${load} times the load, ${all.length} edges\n`);
  }
}
const { base, slope } = fitted(all);
console.log(`${all.length} doubtful edges of ${WORLDS} worlds: base ${base.toFixed(3)}, slope ${slope.toFixed(3)}`);
