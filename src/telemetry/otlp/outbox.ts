// What is sent on to a collector one by one (spans, lines of access logs), beside what is kept here. What waits is bounded: what is new pushes out the
// oldest, which is lost, and counted.
import type { ExportView } from '../../api/index.ts';
import { type OtlpSender, openOtlpSender, type Signal, wordsOf } from './sender.ts';
import type { ExportTarget } from './target.ts';

const BATCH = 512;
const MOST_WAITING = 20_000;
const FLUSH_MS = 1000;
const CLOSE_MS = 2000;

export interface OutboxOptions<T> {
  readonly signal: Signal;
  /** Some of them as one message. */
  readonly encode: (items: readonly T[]) => Uint8Array;
  readonly mostWaiting?: number;
}

/** With or without a collector; it can be given another one at any time. Nobody waits for it. */
export class Outbox<T> {
  readonly #options: OutboxOptions<T>;
  readonly #timer: NodeJS.Timeout;
  #sender: OtlpSender | undefined;
  readonly #waiting: T[] = [];
  #sent = 0;
  #lost = 0;
  #trouble = '';
  #sending: Promise<void> | undefined;
  /** What was handed to a sender and not answered yet. */
  #batch: Promise<void> | undefined;

  constructor(options: OutboxOptions<T>, target: ExportTarget | undefined) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#turn(), FLUSH_MS).unref();
    this.retarget(target);
  }

  /** What waits goes to the new one; without one it is lost. What is on its way arrives where it was sent. */
  retarget(target: ExportTarget | undefined): void {
    const before = this.#sender;
    if (this.#batch === undefined) before?.close();
    else void this.#batch.finally(() => before?.close());
    this.#sender = target === undefined ? undefined : openOtlpSender(this.#options.signal, target);
    this.#trouble = '';
    if (target === undefined) this.#bound(0);
  }

  /** False: there is nowhere to send it. */
  add(items: readonly T[]): boolean {
    if (this.#sender === undefined) return false;
    this.#waiting.push(...items);
    this.#bound(this.#options.mostWaiting ?? MOST_WAITING);
    if (this.#waiting.length >= BATCH && this.#trouble === '') void this.#turn();
    return true;
  }

  #bound(most: number): void {
    const over = Math.max(0, this.#waiting.length - most);
    this.#lost += over;
    if (over > 0) this.#waiting.splice(0, over);
  }

  #turn(): Promise<void> {
    this.#sending ??= this.#flush().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** A batch that is not taken waits for the next turn. */
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0 && this.#sender !== undefined) if (!(await this.#sendSome(this.#sender))) return;
  }

  async #sendSome(sender: OtlpSender): Promise<boolean> {
    const batch = this.#waiting.splice(0, BATCH);
    try {
      const sending = sender.send(this.#options.encode(batch));
      this.#batch = sending.catch(() => undefined);
      await sending;
      this.#sent += batch.length;
      this.#trouble = '';
      return true;
    } catch (error) {
      this.#waiting.unshift(...batch);
      this.#bound(this.#sender === undefined ? 0 : (this.#options.mostWaiting ?? MOST_WAITING));
      // another collector has taken its place meanwhile: what the one before said is not about it
      if (sender !== this.#sender) return true;
      this.#trouble = wordsOf(error);
      return false;
    } finally {
      this.#batch = undefined;
    }
  }

  /** Undefined without a collector. */
  view(): ExportView | undefined {
    if (this.#sender === undefined) return undefined;
    const { endpoint, protocol } = this.#sender;
    return { endpoint, protocol, sent: this.#sent, lost: this.#lost, trouble: this.#trouble };
  }

  /** Sends what waits, for a moment. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.race([this.#turn(), new Promise((done) => setTimeout(done, CLOSE_MS).unref())]);
    this.#sender?.close();
  }
}
