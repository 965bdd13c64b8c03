import type { Clock } from '../base/index.ts';
import type { SpiffeId, WorkloadKey } from '../model/index.ts';
import { identityError } from './errors.ts';

export interface SigningLimits {
  /** Certificates a second for one identity, and at once. Whoever wants more waits. */
  readonly perSecond: number;
  readonly burst: number;
  /** Certificates that may wait for one identity; beyond, asking is refused (and tried again later). */
  readonly waiting: number;
  /** Time that signing may take before everything else gets a turn. */
  readonly turnMs: number;
}

/** 500 a second as SPIRE has it (promises S-09c), by identity: who it is is known here, an address may be many. */
export const DEFAULT_SIGNING_LIMITS: SigningLimits = { perSecond: 500, burst: 500, waiting: 2000, turnMs: 5 };

interface Line {
  readonly jobs: (() => Promise<void>)[];
  tokens: number;
  at: number;
}

/**
 * Lets identities have their certificates in turn: one each, round after round, so that an identity that asks a thousand times waits for itself and
 * not the others for it. Between turns everything else is served.
 */
export class SigningQueue<T> {
  readonly #sign: (id: SpiffeId, workload?: WorkloadKey) => Promise<T>;
  readonly #clock: Clock;
  readonly #limits: SigningLimits;
  readonly #lines = new Map<SpiffeId, Line>();
  #scheduled: (() => void) | undefined;
  #running = false;

  constructor(sign: (id: SpiffeId, workload?: WorkloadKey) => Promise<T>, clock: Clock, limits: SigningLimits = DEFAULT_SIGNING_LIMITS) {
    this.#sign = sign;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Rejects with what signing rejects with, and `signing-busy` when too much waits for this identity. */
  issue(id: SpiffeId, workload?: WorkloadKey): Promise<T> {
    const line = this.#lines.get(id) ?? { jobs: [], tokens: this.#limits.burst, at: this.#clock.monotonic() };
    if (line.jobs.length >= this.#limits.waiting)
      return Promise.reject(identityError('signing-busy', `${line.jobs.length} certificates for ${id} are waited for already`, { details: { id } }));
    this.#lines.set(id, line);
    return new Promise((resolve, reject) => {
      line.jobs.push(() => this.#sign(id, workload).then(resolve, reject));
      this.#schedule(0);
    });
  }

  #schedule(afterMs: number): void {
    if (this.#running || (this.#scheduled !== undefined && afterMs > 0)) return;
    this.#scheduled?.();
    this.#scheduled = this.#clock.after(afterMs, () => {
      this.#scheduled = undefined;
      this.#running = true;
      void this.#turn().finally(() => {
        this.#running = false;
        this.#goOn();
      });
    });
  }

  async #turn(): Promise<void> {
    const began = this.#clock.monotonic();
    for (let signed = 1; signed > 0 && this.#clock.monotonic() - began < this.#limits.turnMs; ) {
      signed = 0;
      for (const line of [...this.#lines.values()]) {
        if (!this.#may(line)) continue;
        await line.jobs.shift()?.();
        signed++;
      }
    }
  }

  #may(line: Line): boolean {
    const now = this.#clock.monotonic();
    line.tokens = Math.min(this.#limits.burst, line.tokens + ((now - line.at) / 1000) * this.#limits.perSecond);
    line.at = now;
    if (line.jobs.length === 0 || line.tokens < 1) return false;
    line.tokens--;
    return true;
  }

  /** The next turn, at once when somebody may, else when the first allowance comes back. Lines that are empty and rested are forgotten. */
  #goOn(): void {
    let waits: number | undefined;
    for (const [id, line] of this.#lines) {
      if (line.jobs.length > 0) waits = Math.min(waits ?? Number.POSITIVE_INFINITY, line.tokens >= 1 ? 0 : ((1 - line.tokens) / this.#limits.perSecond) * 1000);
      else if (line.tokens + ((this.#clock.monotonic() - line.at) / 1000) * this.#limits.perSecond >= this.#limits.burst) this.#lines.delete(id);
    }
    if (waits !== undefined) this.#schedule(Math.ceil(waits));
  }
}
