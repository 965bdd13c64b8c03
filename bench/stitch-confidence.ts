// Whether confidence is what it says, by load: node_modules/.bin/node bench/stitch-confidence.ts (ten minutes; WEFT_BENCH_WORLDS=40). In worlds that nothing was fitted to:
// the three of BENCHMARKS.md, four of other shapes and laws of time, and worlds by chance; asked in three ways as in `npm run bench -- stitch`.
import { type Learned, stitch } from '../src/inference/index.ts';
import { OTHER_WORLDS } from '../test/kit/other-worlds.ts';
import { randomWorld } from '../test/kit/random-worlds.ts';
import { simulate, type World } from '../test/kit/trace-simulator.ts';
import { TRACE_WORLDS } from '../test/kit/trace-worlds.ts';
import { asItGoes, atOnce } from './stitch-rules.ts';
import { judged, noScore, type Score, score, type Tenth } from './stitch-score.ts';

const WORLDS = Number(process.env['WEFT_BENCH_WORLDS'] ?? 40);
const TRACES = 200;
const twice = (worlds: readonly World[]): readonly (readonly [World, number])[] => worlds.flatMap((world) => [[world, 201] as const, [world, 202] as const]);
const SETS: Readonly<Record<string, readonly (readonly [World, number])[]>> = {
  'hotel, node, media': twice(TRACE_WORLDS),
  'other shapes': twice(OTHER_WORLDS),
  'by chance': Array.from({ length: WORLDS }, (_, n) => [randomWorld(26 + n), 201] as const),
};

function asked(world: World, load: number, seed: number): Score {
  const run = simulate(world, { traces: TRACES, load, seed });
  const calm = new Map<string, Learned>(simulate(world, { traces: TRACES, load: 1, seed: seed + 1_000 }).map((one) => [one.service, stitch(one).learned]));
  const found = noScore();
  score(found, run, () => atOnce());
  score(found, run, (service) => atOnce(calm.get(service)));
  score(found, run, () => asItGoes);
  return found;
}

const percent = (of: number): string => (100 * of).toFixed(1);

function cell(worlds: readonly Tenth[]): string {
  const { count, said, right, give } = judged(worlds);
  return count < 200 ? '-' : `${percent(said)}: ${percent(right)} ±${percent(give)}`;
}

const bands = ({ tenths, near }: Score): readonly Tenth[] => [...tenths.slice(5, 9), near, ...tenths.slice(9)];
const row = (name: string, scores: readonly Score[]): string =>
  [name.padEnd(24), ...[0, 1, 2, 3, 4, 5].map((at) => cell(scores.flatMap((one) => bands(one)[at] ?? [])).padEnd(18))].join(' ');

console.log(['said: right'.padEnd(24), ...['50-60', '60-70', '70-80', '80-90', '85-95', '90-100'].map((band) => band.padEnd(18))].join(' '));
for (const load of [1, 2, 5]) {
  const all: Score[] = [];
  for (const [name, worlds] of Object.entries(SETS)) {
    const scores = worlds.map(([world, seed]) => asked(world, load, seed));
    console.log(row(`${name} ×${load}`, scores));
    all.push(...scores);
  }
  console.log(row(`all ×${load}`, all));
}
