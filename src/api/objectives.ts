// What /weft/v1/objectives answers: what is wanted of services (ObjectivePolicy), and how much of the budget is left.
import type { Origin } from '../base/index.ts';

/** How fast the budget goes in the last while, as a multiple of what would use it up exactly at the end of its window. */
export interface BurnView {
  readonly overMs: number;
  readonly requests: number;
  readonly rate: number;
}

export interface ObjectiveView {
  /** `namespace/name`. */
  readonly service: string;
  readonly namespace: string;
  readonly aim: 'availability' | 'latency';
  /** Percent wanted. */
  readonly percent: number;
  /** Of a latency: what is slow. */
  readonly belowMs?: number;
  readonly windowMs: number;
  /** Numbers are kept since then, where that is less long ago than the window: RFC 3339. */
  readonly since?: string;
  readonly requests: number;
  /** Requests that were not as wanted. */
  readonly bad: number;
  /** Percent that was as wanted; null without requests. */
  readonly reached: number | null;
  /** Of 1; below 0 when more went wrong than may. 1 without requests. */
  readonly budgetLeft: number;
  /** From short to long. */
  readonly burn: readonly BurnView[];
  /** Gone in so long, if it goes on as in the last hour; absent while it lasts. */
  readonly lastsMs?: number;
  readonly at: Origin;
}

/** Answer of GET /weft/v1/objectives?namespace=&service=: those with least left first. */
export interface ObjectivesView {
  readonly items: readonly ObjectiveView[];
}
