// A workload's standing with the control plane: its token and lease kept fresh, its state reported. The control plane may be away for
// days; nothing here ever touches traffic because of that. Only a control plane that answers "I do not know you" makes a new join needed.
import type { JoinReply, ReportRequest } from '../api/index.ts';
import { WeftError } from '../base/index.ts';
import { fingerprintsOf } from '../wire/index.ts';
import { pause } from './command.ts';
import type { MachineClient } from './control-plane.ts';
import { wordsOf } from './errors.ts';

export interface LeaseOptions {
  readonly client: MachineClient;
  readonly joined: JoinReply;
  /** Puts what the control plane is recognised by where Envoy reads it. */
  readonly keepTrust: (rootPem: string) => void;
  /** Puts a new token where Envoy reads it. */
  readonly keepToken: (token: string) => void;
  /** Joins again under the same name; undefined when that is not possible (no other join token). */
  readonly joinAgain: () => Promise<JoinReply | undefined>;
  readonly tell: (line: string) => void;
  readonly random: () => number;
}

const LONGEST_WAIT_MS = 15_000;
/** The control plane is told about its absence only after this: a restart is not worth a line. */
const WORTH_TELLING_MS = 10_000;

/** The control plane answered, and does not accept who we say we are. */
function forgotten(error: unknown): boolean {
  return error instanceof WeftError && (error.code === 'not-found' || error.code === 'unauthenticated');
}

export class Lease {
  readonly #options: LeaseOptions;
  readonly #ending = new AbortController();
  #joined: JoinReply;
  #state: ReportRequest = { state: 'Starting' };
  #reporting: Promise<void> = Promise.resolve();
  #renewing: Promise<void> = Promise.resolve();
  #lost = false;

  private constructor(options: LeaseOptions) {
    this.#options = options;
    this.#joined = options.joined;
  }

  static open(options: LeaseOptions): Lease {
    const lease = new Lease(options);
    lease.#renewing = lease.#renewForEver();
    return lease;
  }

  get token(): string {
    return this.#joined.proxyToken;
  }

  /** Jittered exponential wait before try `failures + 1`. */
  #waitMs(failures: number): number {
    return Math.min(LONGEST_WAIT_MS, 250 * 2 ** failures) * (0.5 + this.#options.random() / 2);
  }

  async #renewForEver(): Promise<void> {
    const { signal } = this.#ending;
    let failures = 0;
    let since = 0;
    let waitMs = this.#joined.renewAfterMs;
    while (!signal.aborted && !this.#lost) {
      await pause(waitMs, signal);
      if (signal.aborted) return;
      try {
        const { rootPem } = this.#joined;
        await this.#renew();
        if (failures > 0 && since < 0) this.#options.tell('the control plane answers again');
        failures = 0;
        since = 0;
        // what was stored is told at once: a change of roots waits for that
        waitMs = this.#joined.rootPem === rootPem ? this.#joined.renewAfterMs : 0;
      } catch (error) {
        waitMs = this.#waitMs(failures++);
        since = this.#tellAway(since, error);
      }
    }
  }

  /** Says once, after a while, that the control plane is away. Returns when that began; negative once told. */
  #tellAway(since: number, error: unknown): number {
    const now = performance.now();
    if (since === 0) return now;
    if (since < 0 || now - since < WORTH_TELLING_MS) return since;
    this.#options.tell(`the control plane does not answer (${wordsOf(error).split('\n')[0]}); traffic goes on with the last configuration`);
    return -1;
  }

  async #renew(): Promise<void> {
    try {
      const renewed = await this.#options.client.renew(this.token, fingerprintsOf(this.#joined.rootPem));
      this.#keep({ ...this.#joined, ...renewed });
    } catch (error) {
      if (!forgotten(error)) throw error;
      await this.#joinAgain(wordsOf(error));
    }
  }

  #keep(joined: JoinReply): void {
    const same = joined.proxyToken === this.token;
    const trusted = joined.rootPem === this.#joined.rootPem;
    this.#joined = joined;
    if (!trusted) this.#options.keepTrust(joined.rootPem);
    if (!same) this.#options.keepToken(joined.proxyToken);
  }

  async #joinAgain(words: string): Promise<void> {
    const { tell, joinAgain } = this.#options;
    const joined = await joinAgain();
    if (joined?.workload === this.#joined.workload) {
      this.#keep(joined);
      tell('the control plane had forgotten this workload; joined again');
      return void this.report(this.#state);
    }
    this.#lost = true;
    tell(
      `the control plane does not know this workload any more (${words})\n  traffic goes on as it is, but without news; start it again with a new join token when you can`,
    );
  }

  /** Reports a state in the background until it is taken; a later state replaces it. */
  report(state: ReportRequest): Promise<void> {
    this.#state = state;
    this.#reporting = this.#reportUntilTaken(state);
    return this.#reporting;
  }

  async #reportUntilTaken(state: ReportRequest): Promise<void> {
    const { signal } = this.#ending;
    for (let failures = 0; !signal.aborted && this.#state === state && !this.#lost; failures++) {
      try {
        await this.#options.client.report(this.token, state, 5000);
        return;
      } catch (error) {
        if (error instanceof WeftError && !error.class.retryable && !forgotten(error))
          this.#options.tell(`the control plane refuses the state ${state.state}: ${wordsOf(error)}`);
        await pause(this.#waitMs(failures), signal);
      }
    }
  }

  /**
   * Reports Draining and waits until every proxy that knows this endpoint has taken note: at least `minMs`, since a proxy that
   * acknowledged may have requests on their way, at most `maxMs`; not at all when the control plane is away. Ends early when the signal aborts.
   */
  async drain({ minMs, maxMs, signal }: { readonly minMs: number; readonly maxMs: number; readonly signal: AbortSignal }): Promise<void> {
    this.#state = { state: 'Draining' };
    const began = performance.now();
    while (!signal.aborted) {
      const seen = await this.#options.client.report(this.token, this.#state, 1000).catch(() => undefined);
      const elapsed = performance.now() - began;
      if (seen === undefined || seen.total === 0 || elapsed >= maxMs) return;
      if (seen.seen >= seen.total) return pause(Math.max(0, minMs - elapsed), signal);
      await pause(50, signal);
    }
  }

  /** Ends the lease; the control plane forgets the workload if it can be told. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all([this.#renewing, this.#reporting]);
    if (!this.#lost) await this.#options.client.leave(this.token).catch(() => {});
  }
}
