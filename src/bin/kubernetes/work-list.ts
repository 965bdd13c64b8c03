// A list of keys that are to be seen to, each once however often it is named, a few at a time, later again when it failed. Level, not edge:
// what is to be done with a key is looked up when its turn comes.
import { setTimeout as sleep } from 'node:timers/promises';
import { WeftError } from '../../base/index.ts';
import { backoffMs } from '../../wire/index.ts';

export interface WorkListOptions<K> {
  /** Throws WeftError when it is to be tried again. */
  readonly see: (key: K, signal: AbortSignal) => Promise<void>;
  /** So many at once. */
  readonly width: number;
  /** A second has at most so many. */
  readonly perSecond: number;
  readonly failed?: (key: K, error: WeftError) => void;
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
}

const BACKOFF = { baseMs: 200, maxMs: 30_000 };

export class WorkList<K> {
  readonly #options: WorkListOptions<K>;
  readonly #waiting = new Set<K>();
  readonly #failures = new Map<K, number>();
  #wake: () => void = () => undefined;

  constructor(options: WorkListOptions<K>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(key: K): void {
    this.#waiting.add(key);
    this.#wake();
  }

  /** Sees to keys until the signal aborts. What is under way then is finished. */
  async run(signal: AbortSignal): Promise<void> {
    const busy = new Set<Promise<void>>();
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      const [key] = this.#waiting;
      if (key === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (busy.size >= this.#options.width) await Promise.race(busy);
      else {
        this.#waiting.delete(key);
        const one = this.#one(key, signal).finally(() => busy.delete(one));
        busy.add(one);
        await pause(1000 / this.#options.perSecond, signal);
      }
    }
    await Promise.all(busy);
  }

  async #one(key: K, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.see(key, signal);
      this.#failures.delete(key);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof WeftError)) throw error;
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      this.#options.failed?.(key, error);
      const backoff = { attempts: 0, ...(this.#options.backoff ?? BACKOFF) };
      void pause(backoffMs(backoff, Math.min(failures, 20), 0.5 + Math.random() / 2), signal).then(() => this.add(key));
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
