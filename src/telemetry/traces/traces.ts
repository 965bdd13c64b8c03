import { Worker } from 'node:worker_threads';
import type { BrokenPropagationView, SpansKeptView, TracesQuery, TracesView, TraceView } from '../../api/index.ts';
import { WeftError } from '../../base/index.ts';
import type { LogClaims } from '../door.ts';
import { TELEMETRY_ERRORS } from '../errors.ts';
import type { Sender } from '../sender.ts';
import type { FromSpans, SpanQuestion, SpansData, ToSpans } from './protocol.ts';

export interface TracesOptions extends SpansData {
  /** What the mesh knows of a sender. */
  senderOf(claims: LogClaims): Sender;
  log(level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>): void;
}

/** A proxy sends a hundred spans at a time, and no span is larger than some kilobytes. */
const MESSAGE_BYTES = 4 * 1024 * 1024;
/** Waiting for the thread at most: what comes then is lost, and counted. */
const WAITING_BYTES = 32 * 1024 * 1024;
const RESTART_MS = 1000;
const MOST_RESTART_MS = 60_000;
const ANSWER_MS = 10_000;

/** From sources and from the package alike, the file stands beside this one. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './spans-thread.ts' : './spans-thread.js', import.meta.url);

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** Spans of requests: taken from proxies, kept and put together by a thread of its own, found again. */
export class Traces implements AsyncDisposable {
  readonly #options: TracesOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #lost = { tooLarge: 0, behind: 0 };
  #thread: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #outstanding = 0;
  #next = 0;
  #begun = false;
  #closed = false;
  #patienceMs = RESTART_MS;

  private constructor(options: TracesOptions) {
    this.#options = options;
  }

  /**
   * Never waits and never throws for the folder's sake: without it spans are lost, and counted, and everything else runs. The thread begins with
   * the first span or question: a mesh in which nothing is traced has none.
   */
  static open(options: TracesOptions): Traces {
    return new Traces(options);
  }

  /** Undefined while it is down. */
  #running(): Worker | undefined {
    if (!this.#begun) this.#start();
    return this.#thread;
  }

  #start(): void {
    this.#begun = true;
    const { directory, budgetBytes, keepMs, settleMs, version, target, log } = this.#options;
    const data: SpansData = { directory, budgetBytes, keepMs, settleMs, version, target };
    const thread = new Worker(THREAD, { workerData: data, name: 'spans' });
    this.#thread = thread;
    this.#outstanding = 0;
    thread.on('message', (message: FromSpans) => this.#heard(message));
    thread.on('error', (error) =>
      log('error', 'keeping spans failed; it is begun again', { directory, error: error instanceof Error ? error.message : String(error) }),
    );
    thread.once('exit', () => {
      if (this.#thread === thread) this.#thread = undefined;
      for (const id of [...this.#waiting.keys()]) this.#fail(id, 'the thread that keeps spans has ended');
      if (this.#closed) return;
      this.#restart = setTimeout(() => this.#start(), this.#patienceMs).unref();
      this.#patienceMs = Math.min(2 * this.#patienceMs, MOST_RESTART_MS);
    });
  }

  #heard(message: FromSpans): void {
    this.#patienceMs = RESTART_MS;
    if (message.kind === 'taken') this.#outstanding -= message.bytes;
    else if (message.kind === 'told') this.#options.log(message.level, message.message, message.details);
    else if (message.kind === 'failed') this.#fail(message.id, message.words);
    else this.#settle(message.id)?.resolve(message.value);
  }

  #settle(id: number): Waiting | undefined {
    const found = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(found?.timer);
    return found;
  }

  #fail(id: number, words: string): void {
    this.#settle(id)?.reject(new WeftError('unavailable', TELEMETRY_ERRORS.unavailable, `traces cannot be read at the moment: ${words}`));
  }

  /** Hands a message on. Bounded: what is too large, or comes while too much waits, is counted and forgotten. */
  take(claims: LogClaims, bytes: Uint8Array): void {
    if (this.#closed) return;
    if (bytes.byteLength > MESSAGE_BYTES) return void this.#lost.tooLarge++;
    const thread = this.#running();
    if (thread === undefined || this.#outstanding > WAITING_BYTES) return void this.#lost.behind++;
    this.#outstanding += bytes.byteLength;
    const copy = new Uint8Array(bytes);
    thread.postMessage({ kind: 'take', sender: this.#options.senderOf(claims), bytes: copy } satisfies ToSpans, [copy.buffer]);
  }

  #ask<T>(question: SpanQuestion): Promise<T> {
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(id, 'no answer in time'), ANSWER_MS);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      const thread = this.#closed ? undefined : this.#running();
      if (thread === undefined) this.#fail(id, 'the thread that keeps spans is not running');
      else thread.postMessage({ kind: 'ask', id, question } satisfies ToSpans);
    });
  }

  async find(query: TracesQuery): Promise<TracesView> {
    const found = await this.#ask<TracesView>({ kind: 'find', query });
    return { ...found, lost: { ...found.lost, ...this.#lost } };
  }

  /** By the id of a trace, its beginning (8 digits at least), or the id of a request. */
  trace(id: string): Promise<TraceView | undefined> {
    return this.#ask({ kind: 'trace', id });
  }

  /** Services that do not pass on what ties their calls together; `since`: epoch ms. */
  broken(since: number): Promise<readonly BrokenPropagationView[]> {
    return this.#ask({ kind: 'broken', since });
  }

  async kept(): Promise<SpansKeptView> {
    const found = await this.#ask<SpansKeptView>({ kind: 'kept' });
    return { ...found, lost: { ...found.lost, ...this.#lost } };
  }

  /** Resolves when what was taken is on disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const thread = this.#thread;
    if (thread === undefined) return;
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.postMessage({ kind: 'close' } satisfies ToSpans);
    await ended;
  }
}
