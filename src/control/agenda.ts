import type { Clock } from '../base/index.ts';

/** Something to do at a time of the wall clock (epoch ms). Cancelling twice, or after it ran, does nothing. */
export interface Appointment {
  cancel(): void;
}

interface Entry extends Appointment {
  readonly at: number;
  readonly since: number;
  run: (() => void) | undefined;
}

/**
 * Things to do at times of the wall clock: token expiries, certificate renewals. One timer for all of them, and never one
 * longer than `recheckMs`: a machine that was suspended wakes with a timer that has not counted the night.
 */
export class Agenda {
  readonly #clock: Clock;
  readonly #recheckMs: number;
  readonly #heap: Entry[] = [];
  #cancelTimer: (() => void) | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #latest = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(clock: Clock, recheckMs = 10_000) {
    this.#clock = clock;
    this.#recheckMs = recheckMs;
  }

  /**
   * Calls `run` once when the wall clock has reached `at`; in a later turn also when that is already past. And when the clock was set back
   * to before `since`: what was agreed then is of a time that has not come yet.
   */
  at(at: number, run: () => void, since = Number.NEGATIVE_INFINITY): Appointment {
    const entry: Entry = {
      at,
      since,
      run,
      cancel: () => {
        entry.run = undefined;
      },
    };
    this.#latest = Math.max(this.#latest, this.#clock.now());
    this.#push(entry);
    this.#arm();
    return entry;
  }

  close(): void {
    this.#closed = true;
    this.#heap.length = 0;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #arm(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) this.#pop();
    const next = this.#heap[0];
    if (next === undefined || this.#closed) return;
    const due = Math.min(next.at, this.#clock.now() + this.#recheckMs);
    if (this.#cancelTimer !== undefined && this.#timerAt <= due) return;
    this.#cancelTimer?.();
    this.#timerAt = due;
    this.#cancelTimer = this.#clock.after(Math.max(0, due - this.#clock.now()), () => this.#wake());
  }

  #wake(): void {
    this.#cancelTimer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    const back = now < this.#latest;
    this.#latest = now;
    if (back) for (const entry of [...this.#heap]) if (entry.since > now) this.#call(entry);
    for (let next = this.#heap[0]; next !== undefined && next.at <= now; next = this.#heap[0]) {
      this.#pop();
      this.#call(next);
    }
    this.#arm();
  }

  #call(entry: Entry): void {
    const { run } = entry;
    entry.run = undefined;
    run?.();
  }

  #push(entry: Entry): void {
    let at = this.#heap.push(entry) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = this.#heap[up];
      if (parent === undefined || parent.at <= entry.at) break;
      this.#heap[at] = parent;
      at = up;
    }
    this.#heap[at] = entry;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = this.#heap[2 * at + 1];
      const right = this.#heap[2 * at + 2];
      if (left === undefined) break;
      const down = right !== undefined && right.at < left.at ? 2 * at + 2 : 2 * at + 1;
      const child = down === 2 * at + 2 && right !== undefined ? right : left;
      if (child.at >= last.at) break;
      this.#heap[at] = child;
      at = down;
    }
    this.#heap[at] = last;
  }
}
