/** How time passes, ms; both only grow. */
export interface Passing {
  readonly now: () => number;
  /** How much of it nobody had anything to do. */
  readonly idle: () => number;
}

/**
 * How much of the time something may take: `share` of it in the long run whatever else there is to do, all that nobody else wants, and `burstMs` at
 * once after a rest.
 */
export class TimeShare {
  readonly #share: number;
  readonly #burstMs: number;
  readonly #passing: Passing;
  #creditMs: number;
  #at: number;
  #idleAt: number;

  constructor({ share, burstMs }: { readonly share: number; readonly burstMs: number }, passing: Passing) {
    this.#share = share;
    this.#burstMs = burstMs;
    this.#passing = passing;
    this.#creditMs = burstMs;
    this.#at = passing.now();
    this.#idleAt = passing.idle();
  }

  /** Milliseconds until there may be time for more: when nobody else wants it; 0 = now. */
  waitMs(): number {
    this.#earn();
    return this.#creditMs > 0 ? 0 : Math.ceil(-this.#creditMs / (1 + this.#share)) + 1;
  }

  /** What was done took so long. */
  spent(ms: number): void {
    this.#earn();
    this.#creditMs -= ms;
  }

  #earn(): void {
    const [now, idle] = [this.#passing.now(), this.#passing.idle()];
    this.#creditMs = Math.min(this.#burstMs, this.#creditMs + (now - this.#at) * this.#share + (idle - this.#idleAt));
    this.#at = now;
    this.#idleAt = idle;
  }
}
