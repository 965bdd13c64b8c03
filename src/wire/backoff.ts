import { setTimeout as sleep } from 'node:timers/promises';
import { WeftError } from '../base/index.ts';

export interface RetryOptions {
  /** Tries in all; 1 = no retry. */
  readonly attempts: number;
  /** Upper bound of the first wait; it doubles. */
  readonly baseMs: number;
  readonly maxMs: number;
}

export const DEFAULT_RETRY: RetryOptions = { attempts: 5, baseMs: 100, maxMs: 3_000 };

/** Wait before retry `retry` (0 = the first): full jitter, uniform in [0, min(max, base · 2^retry)]. `random` is in [0, 1). */
export function backoffMs(options: RetryOptions, retry: number, random: number): number {
  return Math.floor(random * Math.min(options.maxMs, options.baseMs * 2 ** retry));
}

/** Tries until it works, fails with an error for which `again` is false, or the attempts or the signal are spent. Throws the last error. */
export async function withRetry<T>(options: RetryOptions, again: (error: WeftError) => boolean, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let retry = 0; ; retry++) {
    try {
      return await attempt();
    } catch (error) {
      const last = retry + 1 >= options.attempts || signal?.aborted === true;
      if (last || !(error instanceof WeftError) || !again(error)) throw error;
      await sleep(backoffMs(options, retry, Math.random()), undefined, signal === undefined ? {} : { signal }).catch(() => {
        throw error;
      });
    }
  }
}
