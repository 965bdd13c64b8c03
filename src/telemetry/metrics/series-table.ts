// The series that there are now, within a budget: whoever makes more of them than a namespace may have loses who and where, never the numbers.
import { folded, type Labels, labelsText, serviceOf } from './labels.ts';
import { Sums } from './sums.ts';

export interface Live {
  readonly text: string;
  readonly labels: Labels;
  readonly service: string;
  /** Of the reporter; empty for what is folded. */
  readonly namespace: string;
  /** Of the step that is open; undefined while nothing came. */
  step: Sums | undefined;
  /** Since the control plane started, for those who read counters. */
  readonly totals: Sums;
  /** Epoch s of the last step with something. */
  last: number;
  /** It is not in the table any more. */
  gone: boolean;
}

export interface SeriesBudget {
  readonly perNamespace: number;
  readonly all: number;
  /** Of folded series that still tell services apart. */
  readonly folded: number;
}

export const SERIES_BUDGET: SeriesBudget = { perNamespace: 5000, all: 40_000, folded: 2000 };

interface Usage {
  series: number;
  budget: number;
  foldedPoints: number;
}

export class SeriesTable {
  readonly #budget: SeriesBudget;
  readonly #live = new Map<string, Live>();
  readonly #usage = new Map<string, Usage>();
  #folded = 0;

  constructor(budget: SeriesBudget) {
    this.#budget = budget;
  }

  #usageOf(namespace: string): Usage {
    const known = this.#usage.get(namespace) ?? { series: 0, budget: this.#budget.perNamespace, foldedPoints: 0 };
    this.#usage.set(namespace, known);
    return known;
  }

  /** The series of these labels, reported from `namespace`; a folded one where there is no room for it. `most`: what the namespace may have. */
  of(labels: Labels, namespace: string, most = this.#budget.perNamespace): Live {
    const text = labelsText(labels);
    const known = this.#live.get(text);
    if (known !== undefined) return known;
    const usage = this.#usageOf(namespace);
    usage.budget = most;
    if (usage.series < most && this.#live.size < this.#budget.all) {
      usage.series++;
      return this.#add(text, labels, namespace);
    }
    usage.foldedPoints++;
    const rest = folded(labels, this.#folded < this.#budget.folded);
    const restText = labelsText(rest);
    const found = this.#live.get(restText);
    if (found !== undefined) return found;
    this.#folded++;
    return this.#add(restText, rest, '');
  }

  #add(text: string, labels: Labels, namespace: string): Live {
    const live: Live = { text, labels, service: serviceOf(labels), namespace, step: undefined, totals: new Sums(), last: 0, gone: false };
    this.#live.set(text, live);
    return live;
  }

  values(): Iterable<Live> {
    return this.#live.values();
  }

  get size(): number {
    return this.#live.size;
  }

  /** Lets go of what had nothing since `before` (epoch s). */
  forget(before: number): void {
    for (const [text, live] of this.#live) {
      if (live.last >= before || live.step !== undefined) continue;
      live.gone = true;
      this.#live.delete(text);
      if (live.namespace === '') this.#folded--;
      else this.#usageOf(live.namespace).series--;
    }
  }

  kept(): readonly { readonly namespace: string; readonly series: number; readonly budget: number; readonly foldedPoints: number }[] {
    return [...this.#usage].map(([namespace, usage]) => ({ namespace, ...usage })).sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
  }
}
