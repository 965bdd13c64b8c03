import type { Clock } from '../base/index.ts';

export interface AdmissionLimits {
  /** Time the first snapshots of one turn may take before everything else gets a turn. */
  readonly turnMs: number;
  readonly perTurn: number;
}

export const DEFAULT_ADMISSION: AdmissionLimits = { turnMs: 15, perTurn: 32 };

/**
 * Lets a herd of new streams in gradually: each turn of the event loop starts as many as fit into `turnMs`, at least one, so
 * that acknowledgements, endpoint changes and the management API keep being served meanwhile. Nobody is refused; who
 * goes away while waiting is skipped.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #limits: AdmissionLimits;
  readonly #queue = new Set<() => void>();
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(clock: Clock, limits: AdmissionLimits = DEFAULT_ADMISSION) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Calls `start` when it is this stream's turn; the returned function leaves the queue. */
  enter(start: () => void): () => void {
    const ticket = (): void => start();
    this.#queue.add(ticket);
    if (this.#cancel === undefined && !this.#closed) this.#cancel = this.#clock.after(0, () => this.#turn());
    return () => void this.#queue.delete(ticket);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#queue.clear();
  }

  #turn(): void {
    this.#cancel = undefined;
    const began = this.#clock.monotonic();
    let started = 0;
    for (const ticket of this.#queue) {
      if (started > 0 && (started >= this.#limits.perTurn || this.#clock.monotonic() - began >= this.#limits.turnMs)) break;
      this.#queue.delete(ticket);
      started++;
      ticket();
    }
    if (this.#queue.size > 0 && !this.#closed) this.#cancel = this.#clock.after(0, () => this.#turn());
  }
}
