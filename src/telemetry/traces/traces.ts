import type { BrokenPropagationView, PushView, SpansKeptView, TracesQuery, TracesView, TraceView } from '../../api/index.ts';
import type { LogClaims } from '../door.ts';
import type { ExportTarget } from '../otlp/target.ts';
import type { Sender } from '../sender.ts';
import { ThreadLink } from '../thread-link.ts';
import type { OwnSpan } from './own-span.ts';
import type { SpanQuestion, SpansData, ToSpans } from './protocol.ts';
import type { AskedPush } from './pushes.ts';

export interface TracesOptions extends SpansData {
  /** What the mesh knows of a sender. */
  senderOf(claims: LogClaims): Sender;
  log(level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>): void;
}

/** A proxy sends a hundred spans at a time, and no span is larger than some kilobytes. */
/** Waiting for the thread at most: what comes then is lost, and counted. */
const MOST = { messageBytes: 4 * 1024 * 1024, waitingBytes: 32 * 1024 * 1024 };

/** Own traces that wait for the thread. */
const MOST_EARLY = 100;

/** From sources and from the package alike, the file stands beside this one. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './spans-thread.ts' : './spans-thread.js', import.meta.url);

/** Spans of requests: taken from proxies, kept and put together by a thread of its own, found again. */
export class Traces implements AsyncDisposable {
  readonly #options: TracesOptions;
  readonly #link: ThreadLink;
  #target: ExportTarget | undefined;
  /** Own spans from before the thread began. */
  readonly #early: (readonly OwnSpan[])[] = [];

  private constructor(options: TracesOptions) {
    this.#options = options;
    const { directory, budgetBytes, keepMs, settleMs, version, target, log } = options;
    this.#target = target;
    const data: SpansData = { directory, budgetBytes, keepMs, settleMs, version, target };
    // one that begins again knows no other target than the first
    const begun = (): void => {
      if (this.#target !== target) this.retarget(this.#target);
      for (const spans of this.#early.splice(0)) this.own(spans);
    };
    this.#link = ThreadLink.open({ entry: THREAD, most: MOST, name: 'spans', what: 'traces', place: { directory }, lazy: true, data, log, begun });
  }

  /**
   * Never waits and never throws for the folder's sake: without it spans are lost, and counted, and everything else runs. The thread begins with
   * the first span or question: a mesh in which nothing is traced has none.
   */
  static open(options: TracesOptions): Traces {
    return new Traces(options);
  }

  /** Hands a message on. Bounded: what is too large, or comes while too much waits, is counted and forgotten. */
  take(claims: LogClaims, bytes: Uint8Array): void {
    if (!this.#link.admits(bytes)) return;
    this.#link.give({ kind: 'take', sender: this.#options.senderOf(claims), bytes } satisfies ToSpans);
  }

  /**
   * Keeps what the control plane itself did, one trace at a time. The thread is not begun for it: until something else needs it the last few wait.
   * It is the caller that bounds how much there is of it.
   */
  own(spans: readonly OwnSpan[]): void {
    if (this.#link.begun) this.#link.tell({ kind: 'own', spans } satisfies ToSpans);
    else this.#early.push(spans);
    if (this.#early.length > MOST_EARLY) this.#early.shift();
  }

  /** Where spans go beside from now on, besides being kept; nowhere without. */
  retarget(target: ExportTarget | undefined): void {
    this.#target = target;
    this.#link.tell({ kind: 'retarget', target } satisfies ToSpans);
  }

  #ask<T>(question: SpanQuestion): Promise<T> {
    return this.#link.ask<T>(question);
  }

  async find(query: TracesQuery): Promise<TracesView> {
    const found = await this.#ask<TracesView>({ kind: 'find', query });
    return { ...found, lost: { ...found.lost, ...this.#link.lost } };
  }

  /** By the id of a trace, its beginning (8 digits at least), or the id of a request. */
  trace(id: string): Promise<TraceView | undefined> {
    return this.#ask({ kind: 'trace', id });
  }

  /** For each change the push that took it to the proxies; undefined where that is not known. */
  pushes(of: readonly AskedPush[]): Promise<readonly (PushView | undefined)[]> {
    return this.#ask({ kind: 'pushes', of });
  }

  /** Services that do not pass on what ties their calls together; `since`: epoch ms. */
  broken(since: number): Promise<readonly BrokenPropagationView[]> {
    return this.#ask({ kind: 'broken', since });
  }

  async kept(): Promise<SpansKeptView> {
    const found = await this.#ask<SpansKeptView>({ kind: 'kept' });
    return { ...found, lost: { ...found.lost, ...this.#link.lost } };
  }

  /** Resolves when what was taken is on disk. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#link[Symbol.asyncDispose]();
  }
}
