// (k) Traces put together without headers, in simulated worlds whose truth is known, beside two simple rules. The seeds are not those that anything was set with.
import { type Learned, stitch } from '../src/inference/index.ts';
import { simulate } from '../test/kit/trace-simulator.ts';
import { TRACE_WORLDS } from '../test/kit/trace-worlds.ts';
import { asItGoes, atOnce, simple } from './stitch-rules.ts';
import { calibrationError, candidates, noScore, type Score, score } from './stitch-score.ts';

export const STITCH_WAYS = ['first come', 'nearest start', 'one window', 'known ways', 'as it goes'] as const;
type Way = (typeof STITCH_WAYS)[number];

export interface StitchResult {
  readonly world: string;
  readonly load: number;
  readonly candidates: number;
  readonly scores: Readonly<Record<Way, Score>>;
}

const newScores = (): Record<Way, Score> => ({
  ...{ 'first come': noScore(), 'nearest start': noScore(), 'one window': noScore() },
  ...{ 'known ways': noScore(), 'as it goes': noScore() },
});

/** Every world at every load, each with every seed. `known ways`: learned, without being told anything, from a run at single load. */
export function measureStitch({
  traces,
  seeds,
  progress,
}: {
  traces: number;
  seeds: readonly number[];
  progress: (text: string) => void;
}): readonly StitchResult[] {
  return TRACE_WORLDS.flatMap((world) =>
    [1, 2, 5].map((load): StitchResult => {
      progress(`${world.name} at ${load} times the load`);
      const scores = newScores();
      let between = 0;
      for (const seed of seeds) {
        const run = simulate(world, { traces, load, seed });
        const calm = new Map<string, Learned>(simulate(world, { traces, load: 1, seed: seed + 1_000 }).map((one) => [one.service, stitch(one).learned]));
        between += candidates(run) / seeds.length;
        score(scores['first come'], run, () => simple(true));
        score(scores['nearest start'], run, () => simple(false));
        score(scores['one window'], run, () => atOnce());
        score(scores['known ways'], run, (service) => atOnce(calm.get(service)));
        score(scores['as it goes'], run, () => asItGoes);
      }
      return { world: world.name, load, candidates: between, scores };
    }),
  );
}

const percent = (part: number, of: number): string => ((100 * part) / Math.max(1, of)).toFixed(1);

/** Rows of a table: traces wholly right (calls right, CPU per call). */
export function stitchRows(results: readonly StitchResult[]): readonly (readonly string[])[] {
  const rows = results.map(({ world, load, candidates: between, scores }) => [
    `${world} ×${load}`,
    between.toFixed(1),
    ...STITCH_WAYS.map((way) => {
      const { traces, tracesRight, calls, callsRight, micros } = scores[way];
      const simpleRule = way === 'first come' || way === 'nearest start';
      return `${percent(tracesRight, traces)} %${simpleRule ? '' : ` (${percent(callsRight, calls)} %, ${(micros / calls).toFixed(0)} us)`}`;
    }),
  ]);
  return [['WORLD', 'CANDIDATES', ...STITCH_WAYS.map((way) => way.toUpperCase())], ...rows];
}

/** Rows of a table: of the edges said to be so many per cent sure, how many are right. */
export function calibrationRows(results: readonly StitchResult[]): readonly (readonly string[])[] {
  const names = [...new Set(results.map(({ world }) => world)), 'all'];
  const rows = (['one window', 'known ways', 'as it goes'] as const).flatMap((way) =>
    names.map((name) => {
      const tenths = noScore().tenths;
      for (const { world, scores } of results) {
        if (name !== 'all' && world !== name) continue;
        for (const [at, sum] of tenths.entries()) {
          const one = scores[way].tenths[at];
          sum.count += one?.count ?? 0;
          sum.said += one?.said ?? 0;
          sum.right += one?.right ?? 0;
        }
      }
      const cells = tenths.slice(3).map(({ count, said, right }) => (count < 100 ? '-' : `${percent(said, count)}: ${percent(right, count)}`));
      return [way, name, ...cells, `${(100 * calibrationError(tenths)).toFixed(1)}`];
    }),
  );
  return [['WAY', 'WORLD', '30-40', '40-50', '50-60', '60-70', '70-80', '80-90', '90-100', 'WORST'], ...rows];
}
