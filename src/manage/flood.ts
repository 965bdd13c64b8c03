import type { Clock } from '../base/index.ts';
import { manageError } from './errors.ts';

export interface FloodLimits {
  /** Requests in a burst, and how many come back per second: of those who have signed in, and as many of what anybody may ask. */
  readonly burst: number;
  readonly perSecond: number;
  /** Requests with a wrong token: a guess costs 256 bits, this only keeps the noise down. */
  readonly refusedPerSecond: number;
  readonly inFlight: number;
  readonly watches: number;
}

export const DEFAULT_FLOOD_LIMITS: FloodLimits = { burst: 4_000, perSecond: 2_000, refusedPerSecond: 20, inFlight: 512, watches: 2_000 };

class Bucket {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(clock: Clock, burst: number, perSecond: number) {
    this.#clock = clock;
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
    this.#at = clock.monotonic();
  }

  take(): boolean {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) * this.#perSecond) / 1000);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

const tooMany = (what: string): Error => manageError('too-many-requests', `${what}; try again in a second`, { details: { retryAfterSeconds: 1 } });

/** Keeps a client that went wild from starving the others: everything beyond the limits is answered with 429. */
export class Flood {
  readonly #limits: FloodLimits;
  readonly #signedIn: Bucket;
  readonly #anybody: Bucket;
  readonly #refused: Bucket;
  #inFlight = 0;
  #watches = 0;

  constructor(clock: Clock, limits: FloodLimits) {
    this.#limits = limits;
    this.#signedIn = new Bucket(clock, limits.burst, limits.perSecond);
    this.#anybody = new Bucket(clock, limits.burst, limits.perSecond);
    this.#refused = new Bucket(clock, limits.refusedPerSecond, limits.refusedPerSecond);
  }

  /** Throws 429. The returned function ends the request. */
  enter(): () => void {
    if (this.#inFlight >= this.#limits.inFlight) throw tooMany(`${this.#inFlight} requests are being answered already`);
    this.#inFlight++;
    return onceOnly(() => this.#inFlight--);
  }

  /** Counts a request of who has signed in: strangers take nothing of that. Throws 429. */
  signedIn(): void {
    if (!this.#signedIn.take()) throw tooMany('too many requests');
  }

  /** Counts a request of which nobody is asked who he is. Throws 429. */
  anybody(): void {
    if (!this.#anybody.take()) throw tooMany('too many requests');
  }

  /** Counts a request that was not signed in; throws 429 instead of its own refusal when there are too many. */
  refused(): void {
    if (!this.#refused.take()) throw tooMany('too many requests with a wrong token');
  }

  /** A watch is no request in flight. The returned function ends it. */
  watch(): () => void {
    if (this.#watches >= this.#limits.watches) throw tooMany(`${this.#watches} watches are open already`);
    this.#watches++;
    return onceOnly(() => this.#watches--);
  }
}

function onceOnly(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
