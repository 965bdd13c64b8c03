// Fits the weights of src/inference/stitch/calibration.ts: node_modules/.bin/node bench/calibrate.ts (ten minutes; WEFT_BENCH_WORLDS=60). It learns of worlds made by
// chance alone, from the 101st on, of several sizes and laws of time; never of those that BENCHMARKS.md and the tests judge by.

import { type Learned, NOTHING_LEARNED } from '../src/inference/index.ts';
import { terms } from '../src/inference/stitch/calibration.ts';
import { type Finding, found } from '../src/inference/stitch/stitch.ts';
import { randomWorld } from '../test/kit/random-worlds.ts';
import { type Observed, simulate, type World } from '../test/kit/trace-simulator.ts';
import { fitted, type Sample } from './logistic.ts';
import { type Asked, windowByWindow } from './stitch-rules.ts';

const WORLDS = Number(process.env['WEFT_BENCH_WORLDS'] ?? 60);
const FIRST = 101;
const LOADS = [1, 2, 5];
const SIZES = [60, 150, 300];
const TIMES: readonly World['times'][] = [undefined, undefined, 'exponential', 'two humps', 'steady'];

const asked: Asked<Finding> = (window, learned = NOTHING_LEARNED) => {
  const { findings, learned: after } = found(window, learned);
  return { edges: findings, learned: after };
};

const kindOf = (seed: number): World => {
  const times = TIMES[seed % TIMES.length];
  return { ...randomWorld(seed), ...(times === undefined ? {} : { times }) };
};

/** What was found of one workload, in each of the three ways in which it may be asked. */
function ways(seen: Observed, calm: Learned | undefined): readonly (readonly Finding[])[] {
  return [asked(seen).edges, asked(seen, calm).edges, [...windowByWindow(seen, asked).values()]];
}

function samples(run: readonly Observed[], calm: ReadonlyMap<string, Learned>): readonly Sample[] {
  return run.flatMap((seen) =>
    ways(seen, calm.get(seen.service))
      .flat()
      .flatMap(({ child, parent, likely, around }) =>
        // What is beyond doubt teaches nothing.
        around === undefined || likely > 0.999999 ? [] : [{ terms: terms(likely, around), right: seen.truth.get(child) === parent }],
      ),
  );
}

const all: Sample[] = [];
for (let seed = FIRST; seed < FIRST + WORLDS; seed++) {
  const world = kindOf(seed);
  const traces = SIZES[seed % SIZES.length] ?? 150;
  const calm = new Map(simulate(world, { traces, load: 1, seed: seed + 1_300 }).map((one) => [one.service, asked(one).learned]));
  for (const load of LOADS) all.push(...samples(simulate(world, { traces, load, seed: seed + 300 }), calm));
  process.stderr.write(`… world ${seed}, ${all.length} edges\n`);
}
const weights = fitted(all);
console.log(`${all.length} doubtful edges of ${WORLDS} worlds: [${weights.map((one) => one.toFixed(3)).join(', ')}]`);
