/** How much a sender may send: so many a second, and a burst of more. Time is given, in ms. */
export class Budget {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #at: number;

  constructor(limits: { readonly perSecond: number; readonly burst: number }, now: number) {
    this.#perSecond = limits.perSecond;
    this.#burst = limits.burst;
    this.#left = limits.burst;
    this.#at = now;
  }

  /** How many of `asked` may pass. */
  take(asked: number, now: number): number {
    this.#left = Math.min(this.#burst, this.#left + (Math.max(0, now - this.#at) * this.#perSecond) / 1000);
    this.#at = now;
    const taken = Math.min(asked, Math.floor(this.#left));
    this.#left -= taken;
    return taken;
  }

  /** True when nothing was taken lately, so that it may be forgotten. */
  idle(now: number): boolean {
    return now - this.#at > 60_000;
  }
}
