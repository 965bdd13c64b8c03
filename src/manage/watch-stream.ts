// ?watch=1: one JSON line for each event, for as long as the client wants.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../base/index.ts';
import type { Document } from '../model/index.ts';
import type { Store, StoreEvent } from '../store/index.ts';
import { type EventType, eventLine } from './document-text.ts';
import { documentAnswer } from './output.ts';
import { count, flag, type OutputForm, one, type Query, type ResourceRequest, storeKind } from './request.ts';
import { type Predicate, selection } from './selectors.ts';
import { statusOf } from './status.ts';
import { table } from './table.ts';

const BOOKMARK_MS = 30_000;

export interface WatchPlan {
  readonly request: ResourceRequest;
  readonly form: OutputForm;
  readonly wanted: Predicate | undefined;
  /** Undefined: begin with what there is. */
  readonly since: number | undefined;
  /** Says when what there was has been told (Kubernetes' WatchList). */
  readonly markInitial: boolean;
  readonly bookmarkMs: number | undefined;
  readonly timeoutMs: number | undefined;
}

/** Throws `bad-request` on parameters that cannot be read, before the stream begins. */
export function readWatchPlan(request: ResourceRequest, query: Query, form: OutputForm): WatchPlan {
  const since = count(query, 'resourceVersion') ?? 0;
  const initial = since === 0 || flag(query, 'sendInitialEvents');
  const timeout = count(query, 'timeoutSeconds');
  return {
    request,
    form,
    wanted: selection(one(query, 'labelSelector'), one(query, 'fieldSelector')),
    since: initial ? undefined : since,
    markInitial: flag(query, 'sendInitialEvents'),
    bookmarkMs: flag(query, 'allowWatchBookmarks') ? BOOKMARK_MS : undefined,
    timeoutMs: timeout === undefined || timeout === 0 ? undefined : timeout * 1000,
  };
}

/** What an event means to who sees only what `wanted` lets through; undefined when nothing. */
function eventType(event: Exclude<StoreEvent, { kind: 'bookmark' }>, wanted: Predicate | undefined): EventType | undefined {
  const { document } = event;
  const seen = wanted === undefined || wanted(document);
  if (event.kind === 'delete') return seen ? 'DELETED' : undefined;
  const before = event.previous === undefined ? !event.created : wanted === undefined || wanted(event.previous);
  if (seen) return event.created || !before ? 'ADDED' : 'MODIFIED';
  return event.created || !before ? undefined : 'DELETED';
}

class WatchStream {
  readonly #plan: WatchPlan;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #out: ServerResponse;
  readonly #signal: AbortSignal;

  constructor(plan: WatchPlan, { store, clock, out, signal }: WatchOptions) {
    this.#plan = plan;
    this.#store = store;
    this.#clock = clock;
    this.#out = out;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const { request, since, bookmarkMs } = this.#plan;
    const scope = { kind: storeKind(request.kind), ...(request.namespace === '' ? {} : { namespace: request.namespace }) };
    const from = since ?? (await this.#initial(scope));
    for await (const event of this.#store.watch({ ...scope, since: from, signal: this.#signal, ...(bookmarkMs === undefined ? {} : { bookmarkMs }) })) {
      if (event.kind === 'bookmark') await this.#send(this.#bookmark(event.revision, false));
      else {
        const type = eventType(event, this.#plan.wanted);
        if (type !== undefined) await this.#send(this.#line(type, event.document));
      }
    }
  }

  async #initial(scope: { readonly kind: string; readonly namespace?: string }): Promise<number> {
    const { documents, revision } = this.#store.list(scope);
    for (const document of documents) if (this.#plan.wanted?.(document) !== false) await this.#send(this.#line('ADDED', document));
    if (this.#plan.markInitial) await this.#send(this.#bookmark(revision, true));
    return revision;
  }

  #line(type: EventType, document: Document): Buffer | string {
    const { form, request } = this.#plan;
    return form.as === 'object'
      ? eventLine(type, document)
      : `{"type":"${type}","object":${documentAnswer(document, request.kind, form, this.#clock.now())}}\n`;
  }

  #bookmark(revision: number, endOfInitial: boolean): string {
    const { form, request } = this.#plan;
    const metadata = { resourceVersion: String(revision), ...(endOfInitial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) };
    const object =
      form.as === 'table'
        ? table({ kind: request.kind, documents: [], now: 0, include: 'None', metadata })
        : { kind: request.kind.kind, apiVersion: request.kind.apiVersion, metadata };
    return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
  }

  async #send(line: Buffer | string): Promise<void> {
    if (this.#signal.aborted || this.#out.write(line)) return;
    await once(this.#out, 'drain', { signal: this.#signal }).catch(() => undefined);
  }
}

export interface WatchOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly out: ServerResponse;
  readonly signal: AbortSignal;
}

/**
 * Answers with the stream of a watch and returns when it is over. What goes wrong on the way (history that is gone, a client that
 * reads too slowly) is its last line: an ERROR event with a Status.
 */
export async function streamWatch(plan: WatchPlan, options: WatchOptions): Promise<void> {
  const { out, clock } = options;
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const cancel = plan.timeoutMs === undefined ? undefined : clock.after(plan.timeoutMs, () => ending.abort());
  out.on('close', () => ending.abort());
  out.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  out.flushHeaders();
  try {
    await new WatchStream(plan, { ...options, signal }).run();
  } catch (error) {
    out.write(`${JSON.stringify({ type: 'ERROR', object: statusOf(error) })}\n`);
  } finally {
    cancel?.();
    out.end();
  }
}
