import { Worker } from 'node:worker_threads';
import type { KeptView, PeerView, RecordsQuery, RecordsView, RecordView, SuggestionView, UseView, VerdictView } from '../api/index.ts';
import { WeftError } from '../base/index.ts';
import { sideOfLog } from '../envoy/index.ts';
import type { LogClaims, LogSink } from './door.ts';
import { TELEMETRY_ERRORS } from './errors.ts';
import type { FromKeeper, KeeperData, Question, ToKeeper } from './protocol.ts';
import type { Sender } from './sender.ts';
import { suggest } from './suggest.ts';
import { verdictsOf } from './verdicts.ts';

export interface RecordsOptions extends KeeperData {
  /** What the mesh knows of a sender. */
  senderOf(claims: LogClaims): Sender;
  log(level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>): void;
}

/** Larger messages are not read: Envoy sends sixteen kilobytes, and a single entry is no larger than its request's headers. */
const MESSAGE_BYTES = 512 * 1024;
/** Waiting for the keeper at most: what comes then is lost, and counted. */
const WAITING_BYTES = 32 * 1024 * 1024;
/** A thread that cannot begin is tried again, less and less often. */
const RESTART_MS = 1000;
const MOST_RESTART_MS = 60_000;
const ANSWER_MS = 10_000;
/** Records of one request, or of several whose ids begin alike. */
const MOST_OF_ONE = 200;
const ORDER = { gateway: 0, outbound: 1, connection: 2, inbound: 3 } as const;

/** From sources and from the package alike, the file stands beside this one. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './keeper-thread.ts' : './keeper-thread.js', import.meta.url);

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** Records of requests and connections: taken from proxies, kept by a thread of its own, found again. */
export class Records implements LogSink, AsyncDisposable {
  readonly #options: RecordsOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #lost = { tooLarge: 0, behind: 0 };
  #thread: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #outstanding = 0;
  #next = 0;
  #closed = false;
  #patienceMs = RESTART_MS;

  private constructor(options: RecordsOptions) {
    this.#options = options;
  }

  /** Never waits and never throws for the file's sake: without it records are lost, and counted, and everything else runs. */
  static open(options: RecordsOptions): Records {
    const records = new Records(options);
    records.#start();
    return records;
  }

  #start(): void {
    const { file, budgetBytes, keepMs, log } = this.#options;
    const data: KeeperData = { file, budgetBytes, keepMs };
    const thread = new Worker(THREAD, { workerData: data, name: 'records' });
    this.#thread = thread;
    this.#outstanding = 0;
    thread.on('message', (message: FromKeeper) => this.#heard(message));
    thread.on('error', (error) =>
      log('error', 'keeping records failed; it is begun again', { file, error: error instanceof Error ? error.message : String(error) }),
    );
    thread.once('exit', () => {
      if (this.#thread === thread) this.#thread = undefined;
      for (const id of [...this.#waiting.keys()]) this.#fail(id, 'the thread that keeps records has ended');
      if (this.#closed) return;
      this.#restart = setTimeout(() => this.#start(), this.#patienceMs).unref();
      this.#patienceMs = Math.min(2 * this.#patienceMs, MOST_RESTART_MS);
    });
  }

  #heard(message: FromKeeper): void {
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
    this.#settle(id)?.reject(new WeftError('unavailable', TELEMETRY_ERRORS.unavailable, `records cannot be read at the moment: ${words}`));
  }

  readonly takes = (log: string): boolean => sideOfLog(log) !== undefined;

  /** Every proxy tells of itself. */
  refuses(): undefined {
    return undefined;
  }

  /** Hands a message on. Bounded: what is too large, or comes while too much waits, is counted and forgotten. */
  take(log: string, claims: LogClaims, bytes: Uint8Array): void {
    const side = sideOfLog(log);
    if (side === undefined || this.#closed) return;
    if (bytes.byteLength > MESSAGE_BYTES) return void this.#lost.tooLarge++;
    if (this.#thread === undefined || this.#outstanding > WAITING_BYTES) return void this.#lost.behind++;
    this.#outstanding += bytes.byteLength;
    const copy = new Uint8Array(bytes);
    this.#thread.postMessage({ kind: 'take', side, sender: this.#options.senderOf(claims), bytes: copy } satisfies ToKeeper, [copy.buffer]);
  }

  #ask<T>(question: Question): Promise<T> {
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(id, 'no answer in time'), ANSWER_MS);
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      if (this.#thread === undefined) this.#fail(id, 'the thread that keeps records is not running');
      else this.#thread.postMessage({ kind: 'ask', id, question } satisfies ToKeeper);
    });
  }

  async find(query: RecordsQuery): Promise<RecordsView> {
    const found = await this.#ask<RecordsView>({ kind: 'records', query });
    return { ...found, lost: { ...found.lost, ...this.#lost } };
  }

  /** `since`: epoch ms. */
  peers(since: number): Promise<readonly PeerView[]> {
    return this.#ask({ kind: 'peers', since });
  }

  uses(since: number): Promise<readonly UseView[]> {
    return this.#ask({ kind: 'uses', since });
  }

  /** The records of each request whose id begins so, callers' before those of whom they called. */
  async requests(request: string): Promise<readonly { readonly request: string; readonly records: readonly RecordView[] }[]> {
    const { items } = await this.find({ request, limit: MOST_OF_ONE });
    const groups = Map.groupBy(items, (record) => record.request);
    // exactly this one, where there is one: another id may begin with all of it
    const chosen = groups.get(request) === undefined ? [...groups] : [[request, groups.get(request) ?? []] as const];
    return chosen.map(([id, records]) => ({
      request: id,
      records: records.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || ORDER[a.side] - ORDER[b.side]),
    }));
  }

  /** What can be suggested for a service, or for each that was seen. */
  async suggest(since: number, service: string | undefined): Promise<readonly SuggestionView[]> {
    const [peers, uses] = await Promise.all([this.peers(since), this.uses(since)]);
    const seen = service === undefined ? [...new Set([...peers, ...uses].map((each) => each.service))].filter((each) => each !== '').sort() : [service];
    return seen.map((each) => suggest(each, { since, peers, uses }));
  }

  /** What policies denied, or would have. */
  async verdicts(since: number, service: string | undefined): Promise<readonly VerdictView[]> {
    return verdictsOf((await this.uses(since)).filter((use) => service === undefined || use.service === service));
  }

  async kept(): Promise<KeptView> {
    const found = await this.#ask<KeptView>({ kind: 'kept' });
    return { ...found, lost: { ...found.lost, ...this.#lost } };
  }

  /** Resolves when what was taken is on disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const thread = this.#thread;
    if (thread === undefined) return;
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.postMessage({ kind: 'close' } satisfies ToKeeper);
    await ended;
  }
}
