// Lines of one tap on their way to who reads them. Bounded: who does not keep up is told how much is missing.
import type { TapDropped, TapLine } from '../api/index.ts';

const MOST_WAITING = 4000;
/** Who reads nothing for so long while there is something is gone, or as good as. */
const PATIENCE_MS = 30_000;

const END: IteratorResult<TapLine> = { done: true, value: undefined };

export class TapStream implements AsyncIterable<TapLine>, AsyncIterator<TapLine> {
  readonly #now: () => number;
  readonly #closed: () => void;
  readonly #dropped = new Map<TapDropped['why'], number>();
  #lines: TapLine[] = [];
  #waiting: ((result: IteratorResult<TapLine>) => void) | undefined;
  #readAt: number;
  #over = false;

  /** `closed` is called once, whoever ends it. */
  constructor(now: () => number, closed: () => void) {
    this.#now = now;
    this.#closed = closed;
    this.#readAt = now();
  }

  push(line: TapLine): void {
    if (this.#over) return;
    if (this.#waiting !== undefined) this.#give(line);
    else if (this.#lines.length < MOST_WAITING) this.#lines.push(line);
    else if (line.kind === 'request') this.drop('slow-reader', 1);
  }

  drop(why: TapDropped['why'], count: number): void {
    this.#dropped.set(why, (this.#dropped.get(why) ?? 0) + count);
  }

  /** Says what was dropped; called now and then. False: nobody reads any more. */
  tell(): boolean {
    for (const [why, count] of this.#dropped) {
      if (this.#waiting === undefined && this.#lines.length >= MOST_WAITING) break;
      this.#dropped.delete(why);
      this.push({ kind: 'dropped', count, why });
    }
    return this.#lines.length === 0 || this.#now() - this.#readAt < PATIENCE_MS;
  }

  #give(line: TapLine): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.({ done: false, value: line });
  }

  /** With `why` a last line says it. */
  end(why?: string): void {
    if (this.#over) return;
    if (why !== undefined) this.push({ kind: 'ended', why });
    this.#over = true;
    this.#waiting?.(END);
    this.#waiting = undefined;
    this.#closed();
  }

  async next(): Promise<IteratorResult<TapLine>> {
    this.#readAt = this.#now();
    const line = this.#lines.shift();
    if (line !== undefined) return { done: false, value: line };
    if (this.#over) return END;
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  async return(): Promise<IteratorResult<TapLine>> {
    this.#lines = [];
    this.end();
    return END;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
