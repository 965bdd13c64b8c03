// Lines of a chart: what is given of each series and step, added up by whose line it is.
import type { SeriesBy, SeriesLine } from '../../api/index.ts';
import { type LineStep, lineOf, namespaceOf, newStep, seriesLine } from './answers.ts';
import { type Counted, isFailure, weightsOf } from './golden.ts';
import { OTHER } from './labels.ts';
import type { Share } from './packed.ts';
import type { Sums } from './sums.ts';

const MOST_LINES = 50;

export interface ChartOptions {
  /** What each series comes to in the whole window: by it the busiest are chosen, and what counts at all. */
  readonly counted: readonly Counted[];
  /** Of the services that are called; empty for all. */
  readonly namespace: string;
  readonly by: SeriesBy | '';
  readonly steps: number;
}

/** Under which line each series goes. */
function namesOf({ counted, by }: ChartOptions, weights: ReadonlyMap<string, number>): ReadonlyMap<string, string> {
  const volumes = new Map<string, number>();
  for (const { text, labels, sums } of counted) {
    const name = lineOf(labels, by);
    volumes.set(name, (volumes.get(name) ?? 0) + (sums.requests + sums.opened) * (weights.get(text) ?? 0));
  }
  const busiest = [...volumes].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  const chosen = new Set(busiest.slice(0, MOST_LINES).map(([name]) => name));
  return new Map(
    counted.map(({ text, labels }) => {
      const name = lineOf(labels, by);
      return [text, chosen.has(name) || (volumes.get(name) ?? 0) === 0 ? name : OTHER];
    }),
  );
}

const total = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0);

/** Where a series goes. */
interface Slot {
  readonly line: (LineStep | undefined)[];
  readonly failed: boolean;
}

/** A chart that is filled step by step. */
export class Chart {
  readonly #weights: ReadonlyMap<string, number>;
  /** Of every series that counts. */
  readonly #slots = new Map<string, Slot>();
  readonly #lines = new Map<string, Slot['line']>();
  readonly #steps: number;

  constructor(options: ChartOptions) {
    this.#weights = weightsOf(options.counted);
    this.#steps = options.steps;
    const counted = options.counted.filter(({ labels }) => options.namespace === '' || namespaceOf(labels) === options.namespace);
    const names = namesOf({ ...options, counted }, this.#weights);
    for (const { text, labels } of counted) {
      if ((this.#weights.get(text) ?? 0) === 0) continue;
      const name = names.get(text) ?? OTHER;
      const line = this.#lines.get(name) ?? new Array<LineStep | undefined>(this.#steps).fill(undefined);
      this.#lines.set(name, line);
      this.#slots.set(text, { line, failed: isFailure(labels) });
    }
  }

  /** What a series is to be added to; undefined when it does not count. `stepAt`: the number of a moment's step, from 0. */
  shareOf(text: string, stepAt: (at: number) => number): Share | undefined {
    const slot = this.#slots.get(text);
    if (slot === undefined) return undefined;
    const { line, failed } = slot;
    const last = this.#steps - 1;
    const into = (at: number): Sums => {
      const index = Math.max(0, Math.min(last, stepAt(at)));
      const found = line[index] ?? newStep();
      line[index] = found;
      return failed ? found.failed : found.well;
    };
    return { weight: this.#weights.get(text) ?? 0, into };
  }

  /** Adds what a series comes to in a step. */
  add(text: string, step: number, sums: Sums): void {
    const share = this.shareOf(text, () => step);
    share?.into(0).add(sums, share.weight);
  }

  /** The busiest first. */
  lines(): readonly SeriesLine[] {
    return [...this.#lines]
      .map(([name, steps]) => seriesLine(name, steps))
      .filter(({ requests, opened }) => requests.some((each) => each > 0) || opened.some((each) => each > 0))
      .sort((a, b) => total(b.requests) + total(b.opened) - total(a.requests) - total(a.opened));
  }
}
