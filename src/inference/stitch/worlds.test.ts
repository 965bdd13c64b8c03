// In small simulated worlds, what is said is measured against what was (the full measurement: npm run bench -- stitch).
import { expect, test } from 'vitest';
import { asItGoes, atOnce, simple } from '../../../bench/stitch-rules.ts';
import { judged, noScore, type Score, score } from '../../../bench/stitch-score.ts';
import { OTHER_WORLDS } from '../../../test/kit/other-worlds.ts';
import { randomWorld } from '../../../test/kit/random-worlds.ts';
import { type Observed, simulate, type World } from '../../../test/kit/trace-simulator.ts';
import { TRACE_WORLDS } from '../../../test/kit/trace-worlds.ts';
import { stitch } from '../index.ts';
import { calibrated } from './calibration.ts';

const world = (name: string, traces: number, load = 1): readonly Observed[] => {
  const found = TRACE_WORLDS.find((one) => one.name === name);
  return found === undefined ? [] : simulate(found, { traces, load, seed: 21 });
};
const share = ({ tracesRight, traces }: Score): number => tracesRight / traces;

test.each([
  ['hotel', 0.9],
  ['node', 0.9],
  ['media', 0.9],
])('%s: nearly all traces are put together of 150, and more than by simple rules', (name, least) => {
  const run = world(name, 150);
  const [ours, oldest, nearest] = [noScore(), noScore(), noScore()];
  score(ours, run, () => atOnce());
  score(oldest, run, () => simple(true));
  score(nearest, run, () => simple(false));
  expect(share(ours)).toBeGreaterThan(least);
  expect(share(ours)).toBeGreaterThan(Math.max(share(oldest), share(nearest)) + 0.1);
});

/** Worlds and seeds that nothing was fitted to (../../../bench/calibrate.ts learns of worlds by chance from the 101st on), of all shapes and laws of time. */
const UNSEEN = [...TRACE_WORLDS, ...OTHER_WORLDS, ...Array.from({ length: 14 }, (_, n) => randomWorld(40 + n))];

/** One window of a world whose workloads are known from calm hours. */
function known(world: World, load: number): Score {
  const calm = new Map(simulate(world, { traces: 120, seed: 1_031 }).map((seen) => [seen.service, stitch(seen).learned]));
  const ours = noScore();
  score(ours, simulate(world, { traces: 120, load, seed: 31 }), (service) => atOnce(calm.get(service)));
  return ours;
}

// Worlds differ, so a few of them say it only so well; bench/stitch-confidence.ts asks many, in all ways.
test.each([1, 2, 5])('at %i times the load, of edges that are said to be nine tenths sure nine tenths are right, three of a hundred more or less', (load) => {
  const scores = UNSEEN.map((world) => known(world, load));
  for (const band of [scores.map(({ near }) => near), ...[7, 8, 9].map((tenth) => scores.flatMap(({ tenths }) => tenths[tenth] ?? []))]) {
    const { count, said, right, give } = judged(band);
    expect(count).toBeGreaterThan(100);
    expect(Math.abs(said - right)).toBeLessThan(0.03 + give);
  }
});

test('confidence is the greater the more was found, in whatever circumstances, and never certain', () => {
  for (const crowd of [0, 1, 2, 5, 9, 400]) {
    for (const familiar of [0, -1, -3, -20]) {
      const said = [0, 1e-9, 0.01, 0.3, 0.5, 0.9, 0.99, 0.999_999, 1].map((found) => calibrated(found, { crowd, familiar }));
      expect(said).toEqual(said.toSorted((a, b) => a - b));
      expect(said[0]).toBeGreaterThanOrEqual(0);
      expect(said.at(-1)).toBeLessThan(1);
    }
  }
});

test('window by window, nothing known at first, is hardly worse', () => {
  const ours = noScore();
  score(ours, world('media', 250), () => asItGoes);
  expect(share(ours)).toBeGreaterThan(0.88);
});

test('the order in which spans are told does not matter, and the same spans give the same answer', () => {
  const [one] = world('media', 60, 2).filter(({ service }) => service === 'web');
  if (one === undefined) throw new Error('the world has a web service');
  const told = stitch(one).edges;
  const turned = stitch({ inbound: one.inbound.toReversed(), outbound: one.outbound.toReversed() }).edges.toReversed();
  expect(turned.map(({ parent }) => parent)).toEqual(told.map(({ parent }) => parent));
  expect(stitch(one).edges).toEqual(told);
});

test('what was learned is a value: a window does not change it', () => {
  const [one] = world('hotel', 80).filter(({ service }) => service === 'frontend');
  if (one === undefined) throw new Error('the world has a frontend');
  const { learned } = stitch(one);
  const first = stitch(one, learned);
  expect(stitch(one, learned)).toEqual(first);
});
