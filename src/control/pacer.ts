import type { Clock } from '../base/index.ts';

/** Endpoints are urgent: what points to a dead instance costs requests. Configuration may wait for its neighbours. */
export type Urgency = 'configuration' | 'endpoints';

export interface Pace {
  /** First back-off; doubles with every push made while changes kept coming. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** How long an endpoint change may wait at most. */
  readonly endpointsMs: number;
  /** Share of one core that pushes may take before changes are made to wait for each other; 0 = always back off. */
  readonly freeShare: number;
}

export const DEFAULT_PACE: Pace = { firstMs: 100, longestMs: 1000, endpointsMs: 100, freeShare: 0.25 };

const SHARE_WINDOW_MS = 1000;

/**
 * Decides when to push. The first change is pushed at once; while changes keep coming, later ones are collected for 100,
 * 200, 400 ms … at most 1 s. As long as pushing takes less than `freeShare` of a core there is nothing to save by waiting
 * (work is proportional to the change), so nobody waits.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #push: () => void;
  #backOffMs = 0;
  #lastPushAt = Number.NEGATIVE_INFINITY;
  #dueAt = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #closed = false;
  #load = 0;
  #loadAt = 0;

  constructor(clock: Clock, push: () => void, pace: Pace = DEFAULT_PACE) {
    this.#clock = clock;
    this.#push = push;
    this.#pace = pace;
  }

  /** Something changed. Pushes in this very turn when nothing stands against it. */
  changed(urgency: Urgency): void {
    if (this.#closed) return;
    const now = this.#clock.monotonic();
    if (this.#quiet(now)) this.#backOffMs = 0;
    if (this.#backOffMs === 0 || this.#share(now) < this.#pace.freeShare) this.#fire(now);
    else this.#wait(now, urgency);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #wait(now: number, urgency: Urgency): void {
    const backedOff = this.#lastPushAt + this.#backOffMs;
    const due = Math.max(now, urgency === 'endpoints' ? Math.min(now + this.#pace.endpointsMs, backedOff) : backedOff);
    if (due >= this.#dueAt) return;
    this.#cancel?.();
    this.#dueAt = due;
    this.#cancel = this.#clock.after(due - now, () => this.#fire(this.#clock.monotonic()));
  }

  /** Nothing waits, and a whole back-off has passed without a change. */
  #quiet(now: number): boolean {
    return this.#dueAt === Number.POSITIVE_INFINITY && now - this.#lastPushAt >= this.#backOffMs;
  }

  #fire(now: number): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (this.#closed) return;
    this.#backOffMs = this.#backOffMs === 0 ? this.#pace.firstMs : Math.min(this.#backOffMs * 2, this.#pace.longestMs);
    this.#push();
    this.#lastPushAt = this.#clock.monotonic();
    this.#spend(this.#lastPushAt, this.#lastPushAt - now);
  }

  /** Decaying average of time spent pushing, as a share of one core. */
  #share(now: number): number {
    return (this.#load * Math.exp(-(now - this.#loadAt) / SHARE_WINDOW_MS)) / SHARE_WINDOW_MS;
  }

  #spend(now: number, tookMs: number): void {
    this.#load = this.#share(now) * SHARE_WINDOW_MS + tookMs;
    this.#loadAt = now;
  }
}
