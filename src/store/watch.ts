import { type Clock, WeftError } from '../base/index.ts';
import { matches } from './document-index.ts';
import { STORE_ERRORS } from './errors.ts';
import type { History } from './history.ts';
import type { ListOptions, StoreEvent } from './port.ts';

/** Wakes whoever waits for the next commit, or for the end. */
export class Bell {
  readonly #waiting = new Set<() => void>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  ring(): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }

  close(): void {
    this.#closed = true;
    this.ring();
  }

  /** Calls back once at the next ring; the returned function takes it back. */
  next(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }
}

export interface WatchOptions extends ListOptions {
  readonly since: number;
  readonly bookmarkMs?: number;
  readonly signal: AbortSignal;
}

export interface WatchSource {
  readonly history: History;
  readonly bell: Bell;
  readonly clock: Clock;
}

function overflow(at: number, floor: number): WeftError {
  return new WeftError(
    'watch-overflow',
    STORE_ERRORS['watch-overflow'],
    `the watch was too slow: it had read to revision ${at} and the history before ${floor} is compacted by now; list again`,
    {
      details: { at, floor },
    },
  );
}

/** Waits for a commit, the end, the abort, or until `monotonic` time `due`. */
function pause({ bell, clock }: WatchSource, signal: AbortSignal, due: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      unhook();
      cancel?.();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const unhook = bell.next(done);
    const cancel = due === undefined ? undefined : clock.after(Math.max(0, due - clock.monotonic()), done);
    signal.addEventListener('abort', done);
  });
}

/**
 * Changes after `since` that match, in order and without a gap, then as they happen. A bookmark comes when nothing else was said
 * for `bookmarkMs`. Ends when the signal aborts or the store closes. Throws `revision-gone` at once, `watch-overflow` later.
 */
export async function* watchHistory(source: WatchSource, options: WatchOptions): AsyncGenerator<StoreEvent> {
  const { history, bell, clock } = source;
  const { signal, bookmarkMs } = options;
  history.check(options.since);
  let at = options.since;
  let due = bookmarkMs === undefined ? undefined : clock.monotonic() + bookmarkMs;
  const over = (): boolean => signal.aborted || bell.closed;
  while (!over()) {
    while (at < history.revision && !over()) {
      if (at < history.floor) throw overflow(at, history.floor);
      const change = history.at(++at);
      if (change === undefined || !matches(change.document, options)) continue;
      yield change;
      due = bookmarkMs === undefined ? undefined : clock.monotonic() + bookmarkMs;
    }
    if (over()) return;
    if (due !== undefined && bookmarkMs !== undefined && clock.monotonic() >= due) {
      yield { kind: 'bookmark', revision: at };
      due = clock.monotonic() + bookmarkMs;
    } else await pause(source, signal, due);
  }
}
