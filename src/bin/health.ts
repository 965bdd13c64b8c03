// How the control plane itself is: whether its store takes writes, how much room it has, whether its event loop keeps up.
import { statfs } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { HealthView } from '../api/index.ts';
import type { Clock } from '../base/index.ts';
import type { Store } from '../store/index.ts';

export interface HealthOptions {
  readonly directory: string;
  readonly store: Pick<Store, 'putValue'>;
  readonly clock: Clock;
}

/** Whoever asks more often than this hears the same. */
const PROBE_EVERY_MS = 5000;
const WINDOW_MS = 60_000;
/** Each look wakes the process: a hundred a second were ten milliseconds of a processor, and what matters is longer than this. */
const RESOLUTION_MS = 50;
const NS = 1e6;

/** Probes the store by writing, at most every few seconds; watches the event loop as long as it is open. */
export class Health implements Disposable {
  readonly #options: HealthOptions;
  readonly #loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #worstBefore = 0;
  #probe: { readonly at: number; readonly problem: Promise<string> } | undefined;
  #stop: () => void = () => undefined;

  private constructor(options: HealthOptions) {
    this.#options = options;
  }

  static open(options: HealthOptions): Health {
    const health = new Health(options);
    health.#loop.enable();
    health.#turn();
    return health;
  }

  #turn(): void {
    this.#stop = this.#options.clock.after(WINDOW_MS, () => {
      this.#worstBefore = this.#delay(99);
      this.#loop.reset();
      this.#turn();
    });
  }

  /** Beyond the resolution of the watch, ms. */
  #delay(percentile: number): number {
    return this.#loop.count === 0 ? 0 : Math.max(0, this.#loop.percentile(percentile) / NS - RESOLUTION_MS);
  }

  /** Of this minute: the delay below which so many percent are, ms. */
  loopDelayMs(percentile: number): number {
    return this.#delay(percentile);
  }

  /** Why the store takes no writes; empty when it does. */
  storeProblem(): Promise<string> {
    const { clock, store } = this.#options;
    const now = clock.monotonic();
    if (this.#probe !== undefined && now - this.#probe.at < PROBE_EVERY_MS) return this.#probe.problem;
    const problem = store.putValue('health', 'probe', String(clock.now())).then(
      () => '',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    this.#probe = { at: now, problem };
    return problem;
  }

  async view(): Promise<HealthView> {
    const { directory } = this.#options;
    const [storeProblem, { bavail, blocks, bsize }] = await Promise.all([this.storeProblem(), statfs(directory)]);
    const loopDelayMs = Math.max(this.#worstBefore, this.#delay(99));
    return { storeProblem, directory, freeBytes: bavail * bsize, totalBytes: blocks * bsize, loopDelayMs };
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#loop.disable();
  }
}
