import type { KeptView, PeerView, RecordsQuery, RecordsView, RecordView, SuggestionView, UseView, VerdictView } from '../api/index.ts';
import { sideOfLog } from '../envoy/index.ts';
import type { LogClaims, LogSink } from './door.ts';
import type { KeeperData, Question, ToKeeper } from './protocol.ts';
import type { Sender } from './sender.ts';
import { suggest } from './suggest.ts';
import { ThreadLink } from './thread-link.ts';
import { verdictsOf } from './verdicts.ts';

export interface RecordsOptions extends KeeperData {
  /** What the mesh knows of a sender. */
  senderOf(claims: LogClaims): Sender;
  log(level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>): void;
}

/** Larger messages are not read: Envoy sends sixteen kilobytes, and a single entry is no larger than its request's headers. */
/** Waiting for the keeper at most: what comes then is lost, and counted. */
const MOST = { messageBytes: 512 * 1024, waitingBytes: 32 * 1024 * 1024 };
/** Records of one request, or of several whose ids begin alike. */
const MOST_OF_ONE = 200;
const ORDER = { gateway: 0, outbound: 1, connection: 2, inbound: 3 } as const;

/** From sources and from the package alike, the file stands beside this one. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './keeper-thread.ts' : './keeper-thread.js', import.meta.url);

/** Records of requests and connections: taken from proxies, kept by a thread of its own, found again. */
export class Records implements LogSink, AsyncDisposable {
  readonly #options: RecordsOptions;
  readonly #link: ThreadLink;

  private constructor(options: RecordsOptions) {
    this.#options = options;
    const { file, budgetBytes, keepMs, log } = options;
    const data: KeeperData = { file, budgetBytes, keepMs };
    this.#link = ThreadLink.open({ entry: THREAD, most: MOST, name: 'records', what: 'records', place: { file }, data, log });
  }

  /** Never waits and never throws for the file's sake: without it records are lost, and counted, and everything else runs. */
  static open(options: RecordsOptions): Records {
    return new Records(options);
  }

  readonly takes = (log: string): boolean => sideOfLog(log) !== undefined;

  /** Every proxy tells of itself. */
  refuses(): undefined {
    return undefined;
  }

  /** Hands a message on. Bounded: what is too large, or comes while too much waits, is counted and forgotten. */
  take(log: string, claims: LogClaims, bytes: Uint8Array): void {
    const side = sideOfLog(log);
    if (side === undefined) return;
    if (!this.#link.admits(bytes)) return;
    this.#link.give({ kind: 'take', side, sender: this.#options.senderOf(claims), bytes } satisfies ToKeeper);
  }

  #ask<T>(question: Question): Promise<T> {
    return this.#link.ask<T>(question);
  }

  async find(query: RecordsQuery): Promise<RecordsView> {
    const found = await this.#ask<RecordsView>({ kind: 'records', query });
    return { ...found, lost: { ...found.lost, ...this.#link.lost } };
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
    return { ...found, lost: { ...found.lost, ...this.#link.lost } };
  }

  /** Resolves when what was taken is on disk. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#link[Symbol.asyncDispose]();
  }
}
