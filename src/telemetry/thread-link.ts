// A thread that somebody asks and tells: begun again when it ends, asked with a time limit, and never waited for.
import { Worker } from 'node:worker_threads';
import { WeftError } from '../base/index.ts';
import { TELEMETRY_ERRORS } from './errors.ts';
import { threadEnvironment } from './thread-environment.ts';
import { THREAD_MEMORY } from './thread-memory.ts';

export interface ThreadLinkOptions {
  readonly entry: URL;
  readonly name: string;
  readonly data: unknown;
  /** What its failures are called in words: `metrics`. */
  readonly what: string;
  log(level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>): void;
  /** Where it keeps what it has, for whoever reads the log. */
  readonly place: Readonly<Record<string, string>>;
  /** Larger messages are not read; nor is one that comes while so much waits. */
  readonly most: { readonly messageBytes: number; readonly waitingBytes: number };
  /** It begins with the first that it is told or asked: where there is nothing to keep there is no thread. */
  readonly lazy?: boolean;
  /** It has begun (again): it knows nothing yet. */
  begun?(): void;
}

interface Heard {
  readonly kind: string;
  readonly bytes?: number;
  readonly id?: number;
  readonly value?: unknown;
  readonly words?: string;
  readonly level?: 'info' | 'warn';
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** A thread that cannot begin is tried again, less and less often. */
const RESTART_MS = 1000;
const MOST_RESTART_MS = 60_000;
const ANSWER_MS = 10_000;

export class ThreadLink implements AsyncDisposable {
  readonly #options: ThreadLinkOptions;
  readonly #waiting = new Map<number, Waiting>();
  #thread: Worker | undefined;
  #begun = false;
  #restart: NodeJS.Timeout | undefined;
  #next = 0;
  #closed = false;
  #patienceMs = RESTART_MS;
  /** Bytes that were handed over with `give` and not taken yet. */
  #outstanding = 0;
  /** Messages that were not. */
  readonly lost = { tooLarge: 0, behind: 0 };

  private constructor(options: ThreadLinkOptions) {
    this.#options = options;
  }

  /** Never waits, and never throws for the thread's sake. */
  static open(options: ThreadLinkOptions): ThreadLink {
    const link = new ThreadLink(options);
    if (options.lazy !== true) link.#start();
    return link;
  }

  #start(): void {
    this.#begun = true;
    const { entry, name, data, what, place, log } = this.#options;
    const thread = new Worker(entry, { workerData: data, name, env: threadEnvironment(), resourceLimits: THREAD_MEMORY });
    this.#thread = thread;
    this.#outstanding = 0;
    thread.on('message', (message: Heard) => this.#heard(message));
    thread.on('error', (error) =>
      log('error', `keeping ${what} failed; it is begun again`, { ...place, error: error instanceof Error ? error.message : String(error) }),
    );
    thread.once('exit', () => {
      if (this.#thread === thread) this.#thread = undefined;
      for (const id of [...this.#waiting.keys()]) this.#fail(id, 'the thread that keeps them has ended');
      if (this.#closed) return;
      this.#restart = setTimeout(() => this.#start(), this.#patienceMs).unref();
      this.#patienceMs = Math.min(2 * this.#patienceMs, MOST_RESTART_MS);
    });
    this.#options.begun?.();
  }

  #heard({ kind, id = -1, bytes = 0, value, words = '', level = 'info', message = '', details = {} }: Heard): void {
    this.#patienceMs = RESTART_MS;
    if (kind === 'taken') this.#outstanding -= bytes;
    else if (kind === 'told') this.#options.log(level, message, details);
    else if (kind === 'failed') this.#fail(id, words);
    else this.#settle(id)?.resolve(value);
  }

  #settle(id: number): Waiting | undefined {
    const found = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(found?.timer);
    return found;
  }

  #fail(id: number, words: string): void {
    this.#settle(id)?.reject(new WeftError('unavailable', TELEMETRY_ERRORS.unavailable, `${this.#options.what} cannot be read at the moment: ${words}`));
  }

  /** Undefined while it is down. */
  #running(): Worker | undefined {
    if (!this.#begun && !this.#closed) this.#start();
    return this.#closed ? undefined : this.#thread;
  }

  /** It has begun: nothing is begun for being asked this. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Whether a message may be handed over; one that may not is counted, and forgotten. */
  admits({ byteLength }: Uint8Array): boolean {
    const { messageBytes, waitingBytes } = this.#options.most;
    if (byteLength > messageBytes) this.lost.tooLarge++;
    else if (this.#running() !== undefined && this.#outstanding <= waitingBytes) return true;
    else this.lost.behind++;
    return false;
  }

  tell(message: object): void {
    this.#running()?.postMessage(message);
  }

  /** Hands bytes over: they are gone from this thread. */
  give<T extends { readonly bytes: Uint8Array }>(message: T): void {
    const thread = this.#running();
    if (thread === undefined) return;
    this.#outstanding += message.bytes.byteLength;
    const copy = new Uint8Array(message.bytes);
    thread.postMessage({ ...message, bytes: copy }, [copy.buffer]);
  }

  /** Rejects with `unavailable` when there is no answer in time. */
  ask<T>(question: object): Promise<T> {
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(id, 'no answer in time'), ANSWER_MS);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      const thread = this.#running();
      if (thread === undefined) this.#fail(id, 'the thread that keeps them is not running');
      else thread.postMessage({ kind: 'ask', id, question });
    });
  }

  /** Resolves when the thread has put away what it has. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const thread = this.#thread;
    if (thread === undefined) return;
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.postMessage({ kind: 'close' });
    await ended;
  }
}
