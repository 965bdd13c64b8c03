import type { Clock } from '../../src/base/index.ts';

export interface FakeClock extends Clock {
  /** Moves both clocks and calls what falls due, in order; promises that hang on it are settled afterwards. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone, as when somebody sets it. */
  setNow(epochMs: number): void;
  /** Waits that have not rung. */
  readonly pending: number;
}

/** A clock that stands still until a test moves it. */
export function fakeClock(startMs = Date.UTC(2026, 10, 21, 12)): FakeClock {
  let now = startMs;
  let monotonic = 0;
  let sequence = 0;
  const waits = new Map<number, { readonly at: number; readonly callback: () => void }>();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    monotonic: () => monotonic,
    after(delayMs, callback) {
      const id = sequence++;
      waits.set(id, { at: monotonic + delayMs, callback });
      return () => void waits.delete(id);
    },
    async advance(ms) {
      const until = monotonic + ms;
      for (;;) {
        const due = [...waits].filter(([, wait]) => wait.at <= until).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
        if (due === undefined) break;
        const [id, wait] = due;
        waits.delete(id);
        now += Math.max(0, wait.at - monotonic);
        monotonic = Math.max(monotonic, wait.at);
        wait.callback();
        await settle();
      }
      now += until - monotonic;
      monotonic = until;
      await settle();
    },
    setNow: (epochMs) => {
      now = epochMs;
    },
    get pending() {
      return waits.size;
    },
  };
}
