// (k) Traces put together without headers, in simulated worlds whose truth is known, beside two simple rules. The seeds are not those that anything was set with.
import { type Learned, stitch } from '../src/inference/index.ts';
import { simulate } from '../test/kit/trace-simulator.ts';
import { TRACE_WORLDS } from '../test/kit/trace-worlds.ts';
import { asItGoes, atOnce, simple } from './stitch-rules.ts';
import { calibrationError, candidates, noScore, type Score, score, type Tenth, uncertainty } from './stitch-score.ts';

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

/** `said: right ± what chance allows`. */
const cell = (tenth: Tenth): string =>
  tenth.count < 100 ? '-' : `${percent(tenth.said, tenth.count)}: ${percent(tenth.right, tenth.count)} ±${(100 * uncertainty(tenth)).toFixed(1)}`;

function addTo(sum: Tenth, one: Tenth): void {
  sum.count += one.count;
  sum.said += one.said;
  sum.right += one.right;
}

/** Rows of a table: of the edges said to be so many per cent sure, how many are right. */
export function calibrationRows(results: readonly StitchResult[]): readonly (readonly string[])[] {
  const names = [...new Set(results.map(({ world }) => world)), 'all'];
  const rows = (['one window', 'known ways', 'as it goes'] as const).flatMap((way) =>
    names.map((name) => {
      const { tenths, near } = noScore();
      for (const { world, scores } of results) {
        if (name !== 'all' && world !== name) continue;
        addTo(near, scores[way].near);
        for (const [at, one] of scores[way].tenths.entries()) addTo(tenths[at] ?? near, one);
      }
      return [way, name, ...tenths.slice(5).map(cell), cell(near), `${(100 * calibrationError(tenths)).toFixed(1)}`];
    }),
  );
  return [['WAY', 'WORLD', '50-60', '60-70', '70-80', '80-90', '90-100', '85-95', 'WORST'], ...rows];
}
