// In small simulated worlds, what is said is measured against what was (the full measurement: npm run bench -- stitch).
import { expect, test } from 'vitest';
import { asItGoes, atOnce, simple } from '../../../bench/stitch-rules.ts';
import { noScore, type Score, score, uncertainty } from '../../../bench/stitch-score.ts';
import { randomWorld } from '../../../test/kit/random-worlds.ts';
import { type Observed, simulate } from '../../../test/kit/trace-simulator.ts';
import { TRACE_WORLDS } from '../../../test/kit/trace-worlds.ts';
import { stitch } from '../index.ts';

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

test('in crowds, what is called sure is right, and what is not is not', () => {
  const ours = noScore();
  for (const name of ['hotel', 'node']) score(ours, world(name, 150, 3), () => atOnce());
  const between = (from: number, to: number): { said: number; right: number } => {
    const tenths = ours.tenths.slice(from, to);
    const count = tenths.reduce((sum, one) => sum + one.count, 0);
    expect(count).toBeGreaterThan(100);
    return { said: tenths.reduce((sum, one) => sum + one.said, 0) / count, right: tenths.reduce((sum, one) => sum + one.right, 0) / count };
  };
  const [doubtful, sure] = [between(0, 9), between(9, 10)];
  expect(Math.abs(doubtful.said - doubtful.right)).toBeLessThan(0.08);
  expect(Math.abs(sure.said - sure.right)).toBeLessThan(0.04);
});

/** Worlds and seeds that nothing was fitted to: ../../../bench/calibrate.ts learns of worlds by chance 1 to 25. */
test.each([
  ['the three', TRACE_WORLDS, [2, 4]],
  ['worlds by chance', Array.from({ length: 18 }, (_, n) => randomWorld(40 + n)), [1]],
] as const)('%s: of the edges that are said to be nine tenths sure nine tenths are right, three of a hundred more or less', (_, worlds, loads) => {
  const ours = noScore();
  for (const one of worlds) for (const load of loads) score(ours, simulate(one, { traces: 100, load, seed: 31 }), () => atOnce());
  const [eighties, nineties] = ours.tenths.slice(8);
  for (const tenth of [ours.near, eighties, nineties]) {
    if (tenth === undefined) throw new Error('there are ten tenths');
    expect(tenth.count).toBeGreaterThan(80);
    expect(Math.abs(tenth.said - tenth.right) / tenth.count).toBeLessThan(0.03 + uncertainty(tenth));
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
