import { canonicalJson } from '../base/index.ts';
import { type Document, type DocumentKey, splitDocumentKey } from '../model/index.ts';
import { EXTENSION_POLICY, PROXY_PATCH } from '../policy/index.ts';
import { wordsOf } from './errors.ts';
import type { ControlPorts } from './ports.ts';
import { ON_ARRIVAL } from './programmed.ts';

/** What is to be said of a document now. */
export interface Statement {
  readonly document: Document;
  readonly status: Readonly<Record<string, unknown>>;
  /** False while it can become better by what proxies acknowledge. */
  readonly settled: boolean;
}

/** A push goes before what is said of it, and most are acknowledged by then: one writing instead of two. */
const FIRST_MS = 10;

/** Kinds of documents that are counted by what proxies hold, not by entries. */
const EXTENDING: ReadonlySet<string> = new Set([PROXY_PATCH, EXTENSION_POLICY]);

function notInEntries(key: DocumentKey): boolean {
  const { kind } = splitDocumentKey(key);
  return EXTENDING.has(kind) || ON_ARRIVAL.has(kind);
}

const BATCH_MS = 200;
/** A count of proxies that is still climbing may be told later than a verdict. */
const COUNT_MS = 1000;
const LARGEST_BATCH = 200;
/** A change to one route of a service with a thousand concerns a thousand documents: pushes must not wait for what is said of them. */
const SLICE_MS = 4;
const PAUSE_MS = 10;

/**
 * Writes statuses: the first at once, then in batches every 200 ms, each document at most once per batch and only when its
 * status changed. A sink that is slow is waited for, and what changes meanwhile is written in its newest form; a sink that fails is tried again.
 */
export class StatusWriter {
  readonly #ports: Pick<ControlPorts, 'status' | 'clock' | 'log'>;
  readonly #state: (key: DocumentKey) => Statement | undefined;
  readonly #dirty = new Set<DocumentKey>();
  /** Documents of which only counts changed, and since when (monotonic). */
  readonly #counting = new Map<DocumentKey, number>();
  readonly #unsettled = new Set<DocumentKey>();
  readonly #waitingExtensions = new Set<DocumentKey>();
  readonly #written = new Map<DocumentKey, string>();
  #lastAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #writing = false;
  /** The last slice ended before all were looked at. */
  #unread = false;
  #failures = 0;
  #closed = false;

  constructor(ports: Pick<ControlPorts, 'status' | 'clock' | 'log'>, state: (key: DocumentKey) => Statement | undefined) {
    this.#ports = ports;
    this.#state = state;
  }

  /** Something that the status of this document depends on may have changed. */
  touch(key: DocumentKey): void {
    if (this.#closed) return;
    this.#dirty.add(key);
    this.#arm(BATCH_MS);
  }

  /** Documents whose last statement can become better by what proxies acknowledge: what was said of the others holds on. */
  get unsettled(): ReadonlySet<DocumentKey> {
    return this.#unsettled;
  }

  /** Those of them whose work is laid over what the proxies are sent, whatever that is. */
  get waitingExtensions(): ReadonlySet<DocumentKey> {
    return this.#waitingExtensions;
  }

  /** The source has shown the document; from now on its own status is what is known. */
  shown(key: DocumentKey, document: Document | undefined): void {
    const written = this.#written.get(key);
    if (written !== undefined && (document === undefined || textOfStatus(document) === written)) this.#written.delete(key);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #arm(intervalMs: number): void {
    if (this.#cancel !== undefined || this.#writing || this.#closed) return;
    const wait = Math.max(FIRST_MS, this.#lastAt + intervalMs - this.#ports.clock.monotonic());
    this.#cancel = this.#ports.clock.after(wait, () => {
      this.#cancel = undefined;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const now = this.#ports.clock.monotonic();
    this.#lastAt = now;
    const batch = this.#collect(now);
    this.#writing = true;
    for (let at = 0; at < batch.length && !this.#closed; at += LARGEST_BATCH) await this.#write(batch.slice(at, at + LARGEST_BATCH));
    this.#writing = false;
    if (this.#dirty.size > 0) this.#arm(this.#failures > 0 ? Math.min(BATCH_MS * 2 ** this.#failures, 10_000) : this.#unread ? PAUSE_MS : BATCH_MS);
  }

  #collect(now: number): { key: DocumentKey; generation: number; status: Statement['status'] }[] {
    const batch: { key: DocumentKey; generation: number; status: Statement['status'] }[] = [];
    const started = this.#ports.clock.monotonic();
    this.#unread = false;
    for (const key of [...this.#dirty]) {
      if (this.#ports.clock.monotonic() - started > SLICE_MS) {
        this.#unread = true;
        break;
      }
      const statement = this.#state(key);
      this.#note(key, statement === undefined || statement.settled);
      const known = statement === undefined ? '' : (this.#written.get(key) ?? textOfStatus(statement.document));
      const text = statement === undefined ? '' : canonicalJson(statement.status);
      if (statement === undefined || text === known) {
        this.#dirty.delete(key);
        this.#counting.delete(key);
        continue;
      }
      if (withoutCounts(text) === withoutCounts(known) && !(statement.settled && withoutTallies(text) !== withoutTallies(known))) {
        const since = this.#counting.get(key) ?? now;
        this.#counting.set(key, since);
        if (now - since < COUNT_MS) {
          // to the end of the queue, so that a slice begins with what was not looked at yet
          this.#dirty.delete(key);
          this.#dirty.add(key);
          continue;
        }
      }
      this.#dirty.delete(key);
      this.#counting.delete(key);
      this.#written.set(key, text);
      batch.push({ key, generation: statement.document.metadata.generation ?? 0, status: statement.status });
    }
    return batch;
  }

  #note(key: DocumentKey, settled: boolean): void {
    const sets = notInEntries(key) ? [this.#unsettled, this.#waitingExtensions] : [this.#unsettled];
    for (const set of sets) {
      if (settled) set.delete(key);
      else set.add(key);
    }
  }

  async #write(batch: readonly { key: DocumentKey; generation: number; status: Statement['status'] }[]): Promise<void> {
    try {
      await this.#ports.status.write(batch);
      this.#failures = 0;
    } catch (error) {
      this.#failures = Math.min(this.#failures + 1, 6);
      for (const { key } of batch) {
        this.#written.delete(key);
        this.#dirty.add(key);
      }
      this.#ports.log('warn', 'statuses could not be written; trying again', { documents: batch.length, error: wordsOf(error) });
    }
  }
}

const TEXTS = new WeakMap<object, string>();

/** What a document shows as its status, as text; documents are immutable, and one may be looked at in batch after batch. */
function textOfStatus({ status }: Document): string {
  if (status === undefined) return 'null';
  const known = TEXTS.get(status);
  if (known !== undefined) return known;
  const text = canonicalJson(status);
  TEXTS.set(status, text);
  return text;
}

/** A status without numbers of proxies. Where it differs and all of them run it, that is what somebody waits for (`kubectl wait`), once for each generation. */
function withoutTallies(text: string): string {
  return text.replace(/"lastTransitionTime":"[^"]*"/g, '').replace(/\d+ of \d+ proxies run it/g, '');
}

/** A status without what only says how many proxies are through; equal texts mean that no verdict changed. */
function withoutCounts(text: string): string {
  return withoutTallies(text)
    .replace(/"observedGeneration":\d+,/g, '')
    .replace(/"reason":"(?:Programmed|Pending)","status":"(?:True|False)","type":"Programmed"/g, '');
}
