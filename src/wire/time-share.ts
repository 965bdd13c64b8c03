/** How much of the time something may take: `share` of it in the long run, and `burstMs` at once after a rest. */
export class TimeShare {
  readonly #share: number;
  readonly #burstMs: number;
  readonly #now: () => number;
  #creditMs: number;
  #at: number;

  constructor({ share, burstMs }: { readonly share: number; readonly burstMs: number }, now: () => number) {
    this.#share = share;
    this.#burstMs = burstMs;
    this.#now = now;
    this.#creditMs = burstMs;
    this.#at = now();
  }

  /** Milliseconds until there is time for more; 0 = now. */
  waitMs(): number {
    this.#earn();
    return this.#creditMs > 0 ? 0 : Math.ceil(-this.#creditMs / this.#share) + 1;
  }

  /** What was done took so long. */
  spent(ms: number): void {
    this.#earn();
    this.#creditMs -= ms;
  }

  #earn(): void {
    const now = this.#now();
    this.#creditMs = Math.min(this.#burstMs, this.#creditMs + (now - this.#at) * this.#share);
    this.#at = now;
  }
}
