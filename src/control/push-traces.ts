// What one push went through, so that it can be seen as a trace: from the event over the queue and the compiler to each proxy's acknowledgement. A few
// pushes a second are followed, and a few proxies of each; what is beyond is not, and costs nothing. With nobody to tell it to nothing is followed.
import type { Clock } from '../base/index.ts';
import { type DocumentKey, splitDocumentKey } from '../model/index.ts';

export type PushOutcome = 'acknowledged' | 'refused' | 'left' | 'waiting';

/** Of one proxy; ms since the push began. */
export interface PushedTo {
  readonly proxy: string;
  readonly sentMs: number;
  readonly endMs: number;
  /** `waiting`: it has not said anything within 30 s. */
  readonly outcome: PushOutcome;
  /** Of a refusal, Envoy's. */
  readonly words: string;
}

/** Times are ms since it began. */
export interface PushTrace {
  /** When the first of its events came, epoch ms. */
  readonly at: number;
  /** `Kind namespace/name` of what changed, the first of them; and how many more. */
  readonly documents: readonly string[];
  readonly moreDocuments: number;
  readonly queuedMs: number;
  readonly compiledMs: number;
  readonly sentMs: number;
  readonly proxies: readonly PushedTo[];
  readonly moreProxies: number;
}

const BURST = 10;
const PER_SECOND = 1;
const MOST_OPEN = 16;
const MOST_DOCUMENTS = 50;
const MOST_PROXIES = 20;
const PATIENCE_MS = 30_000;

interface Underway {
  readonly sentMs: number;
  endMs: number | undefined;
  outcome: PushOutcome;
  words: string;
}

/** One push, while it is under way. */
export class Push {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #since: number;
  readonly #at: number;
  readonly #documents: readonly DocumentKey[];
  readonly #done: (trace: PushTrace) => void;
  readonly #proxies = new Map<string, Underway>();
  #more = 0;
  #queuedMs = 0;
  #compiledMs: number | undefined;
  #sentMs: number | undefined;
  #over = false;

  constructor(clock: Clock, { since, documents }: { readonly since: number; readonly documents: readonly DocumentKey[] }, done: (trace: PushTrace) => void) {
    this.#clock = clock;
    this.#since = since;
    this.#at = clock.now() - (clock.monotonic() - since);
    this.#documents = documents;
    this.#queuedMs = this.#elapsed();
    this.#done = done;
  }

  #elapsed(): number {
    return this.#clock.monotonic() - this.#since;
  }

  /** Snapshots are made; streams are told next. */
  compiled(): void {
    this.#compiledMs ??= this.#elapsed();
  }

  /** Streams were told. */
  announced(): void {
    this.#sentMs = this.#elapsed();
    this.#look();
  }

  /** A proxy was sent something. */
  sent(proxy: string): void {
    if (this.#proxies.size >= MOST_PROXIES && !this.#proxies.has(proxy)) this.#more++;
    else this.#proxies.set(proxy, { sentMs: this.#elapsed(), endMs: undefined, outcome: 'waiting', words: '' });
  }

  /** A proxy has acknowledged all that it was sent, or refused something, or is gone. */
  ended(proxy: string, outcome: PushOutcome, words = ''): void {
    const found = this.#proxies.get(proxy);
    if (found === undefined || this.#over) return;
    if (found.outcome !== 'refused') Object.assign(found, { outcome, words });
    found.endMs = this.#elapsed();
    this.#look();
  }

  #look(): void {
    if (this.#sentMs !== undefined && [...this.#proxies.values()].every(({ endMs }) => endMs !== undefined)) this.finish();
  }

  /** Whoever has not answered is not waited for any longer. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    const now = this.#elapsed();
    const named = this.#documents.slice(0, MOST_DOCUMENTS).map((key) => {
      const { kind, namespace, name } = splitDocumentKey(key);
      return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
    });
    this.#done({
      at: this.#at,
      documents: named,
      moreDocuments: this.#documents.length - named.length,
      queuedMs: this.#queuedMs,
      compiledMs: this.#compiledMs ?? now,
      sentMs: this.#sentMs ?? now,
      proxies: [...this.#proxies].map(([proxy, each]) => ({ proxy, ...each, endMs: each.endMs ?? now })),
      moreProxies: this.#more,
    });
  }
}

/** Which pushes are followed. */
export class PushTraces {
  readonly #clock: Clock;
  readonly #tell: ((trace: PushTrace) => void) | undefined;
  readonly #open = new Map<Push, () => void>();
  #tokens = BURST;
  #filledAt: number;

  /** Without `tell` none. */
  constructor(clock: Clock, tell: ((trace: PushTrace) => void) | undefined) {
    this.#clock = clock;
    this.#tell = tell;
    this.#filledAt = clock.monotonic();
  }

  /** `since`: when the oldest of its events came, monotonic. Undefined: this one is not followed. */
  begin(since: number, documents: readonly DocumentKey[]): Push | undefined {
    const tell = this.#tell;
    if (tell === undefined || this.#open.size >= MOST_OPEN || !this.#take()) return undefined;
    const push = new Push(this.#clock, { since, documents }, (trace) => {
      this.#open.get(push)?.();
      this.#open.delete(push);
      tell(trace);
    });
    this.#open.set(
      push,
      this.#clock.after(PATIENCE_MS, () => push.finish()),
    );
    return push;
  }

  #take(): boolean {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#filledAt) / 1000) * PER_SECOND);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  close(): void {
    for (const cancel of this.#open.values()) cancel();
    this.#open.clear();
  }
}
