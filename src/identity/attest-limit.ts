import { isIPv4, isIPv6 } from 'node:net';
import type { Clock } from '../base/index.ts';
import { ipBytes } from './ip.ts';

export interface AttestLimits {
  /** Attempts to join that come back per second and address. */
  readonly perSecond: number;
  /** Attempts at once: a machine that starts all its workloads. */
  readonly burst: number;
  /** Addresses that are remembered one by one; beyond, all others share one allowance. */
  readonly sources: number;
}

/** One a second and address, as SPIRE has it (promises S-09c); joins with a good join token do not count, since an administrator made it. */
export const DEFAULT_ATTEST_LIMITS: AttestLimits = { perSecond: 1, burst: 60, sources: 10_000 };

interface Allowance {
  tokens: number;
  at: number;
}

/** `10.0.0.1:4711` → `10.0.0.1`; of IPv6 the first 64 bits, since whoever has one address has as many as they like. */
export function sourceOf(peer: string): string {
  const address = peer
    .replace(/^(?:ipv[46]:)?\[?([^\]]*?)\]?(?::\d+)?$/, (whole, inner: string) => (isIPv6(whole) ? whole : inner))
    .replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIPv4(address)) return address;
  return isIPv6(address) ? Buffer.from(ipBytes(address).subarray(0, 8)).toString('hex') : 'local';
}

/** Keeps one address from keeping the control plane busy with evidence that has to be verified. Bounded in memory whatever is tried. */
export class AttestLimit {
  readonly #clock: Clock;
  readonly #limits: AttestLimits;
  readonly #known = new Map<string, Allowance>();
  readonly #others: Allowance;
  /** Attempts that were turned away. */
  refused = 0;

  constructor(clock: Clock, limits: AttestLimits = DEFAULT_ATTEST_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
    this.#others = { tokens: limits.burst, at: clock.monotonic() };
  }

  /** False when this peer has to wait. */
  take(peer: string): boolean {
    const allowance = this.#of(sourceOf(peer));
    this.#refill(allowance);
    if (allowance.tokens < 1) {
      this.refused++;
      return false;
    }
    allowance.tokens--;
    return true;
  }

  /** The attempt does not count. */
  giveBack(peer: string): void {
    const allowance = this.#of(sourceOf(peer));
    allowance.tokens = Math.min(this.#limits.burst, allowance.tokens + 1);
  }

  #of(source: string): Allowance {
    const known = this.#known.get(source);
    if (known !== undefined) return known;
    if (this.#known.size >= this.#limits.sources) this.#forgetIdle();
    if (this.#known.size >= this.#limits.sources) return this.#others;
    const made = { tokens: this.#limits.burst, at: this.#clock.monotonic() };
    this.#known.set(source, made);
    return made;
  }

  /** An allowance that is full again says as much as none. */
  #forgetIdle(): void {
    for (const [source, allowance] of this.#known) {
      this.#refill(allowance);
      if (allowance.tokens >= this.#limits.burst) this.#known.delete(source);
    }
  }

  #refill(allowance: Allowance): void {
    const now = this.#clock.monotonic();
    allowance.tokens = Math.min(this.#limits.burst, allowance.tokens + ((now - allowance.at) / 1000) * this.#limits.perSecond);
    allowance.at = now;
  }
}
