import { WeftError } from '../../base/index.ts';
import { type DocumentKey, documentKey } from '../../model/index.ts';
import type { Store, StoreEvent } from '../../store/index.ts';
import { Pending, type ResourceEvent, type Source } from '../events.ts';

/**
 * Documents of the store as batches: first all there are, then what changed together. Level, not edge: what changes while the
 * reader is busy waits as one last state per document, so a slow reader costs memory for documents, never for history. When the
 * store has forgotten where the watch was, the difference to what is there now is one batch. Ends when the signal aborts or
 * the store closes.
 */
export function storeSource(store: Store): Source {
  return { events: (signal) => batches(store, signal) };
}

async function* batches(store: Store, signal: AbortSignal): AsyncGenerator<readonly ResourceEvent[]> {
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) return;
  const { documents, revision } = store.list();
  const pending = new Pending();
  const known = new Map(documents.map((document) => [documentKey(document), document.metadata.resourceVersion ?? '']));
  const pumping = pump(store, { pending, known, revision, signal: stopped.signal });
  try {
    yield documents.map((document) => ({ kind: 'put', document }));
    for (let batch = await pending.take(); batch !== undefined; batch = await pending.take()) yield batch;
  } finally {
    stop();
    signal.removeEventListener('abort', stop);
    await pumping;
  }
}

interface Pumping {
  readonly pending: Pending;
  /** resourceVersion of every document that the reader has been, or is about to be, told of. */
  readonly known: Map<DocumentKey, string>;
  readonly revision: number;
  readonly signal: AbortSignal;
}

/** Moves events from the store's watch into `pending`; never rejects, the reader is told of failures by `pending`. */
async function pump(store: Store, { pending, known, revision, signal }: Pumping): Promise<void> {
  let since = revision;
  try {
    for (;;) {
      const end = await follow(store, since, { pending, known, signal });
      if (end === 'over') break;
      since = relist(store, pending, known);
    }
    pending.end();
  } catch (problem) {
    pending.end(problem);
  }
}

async function follow(store: Store, since: number, { pending, known, signal }: Omit<Pumping, 'revision'>): Promise<'over' | 'gone'> {
  try {
    for await (const event of store.watch({ since, signal })) note(event, pending, known);
    return 'over';
  } catch (problem) {
    if (signal.aborted) return 'over';
    if (problem instanceof WeftError && (problem.code === 'revision-gone' || problem.code === 'watch-overflow')) return 'gone';
    throw problem;
  }
}

function note(event: StoreEvent, pending: Pending, known: Map<DocumentKey, string>): void {
  if (event.kind === 'bookmark') return;
  const key = documentKey(event.document);
  if (event.kind === 'put') {
    known.set(key, event.document.metadata.resourceVersion ?? '');
    pending.put(key, { kind: 'put', document: event.document });
  } else {
    known.delete(key);
    pending.put(key, { kind: 'delete', key });
  }
}

/** The difference between what the reader knows and what is there; returns the revision to watch from. */
function relist(store: Store, pending: Pending, known: Map<DocumentKey, string>): number {
  const { documents, revision } = store.list();
  const gone = new Set(known.keys());
  for (const document of documents) {
    const key = documentKey(document);
    const version = document.metadata.resourceVersion ?? '';
    gone.delete(key);
    if (known.get(key) === version && version !== '') continue;
    known.set(key, version);
    pending.put(key, { kind: 'put', document });
  }
  for (const key of gone) {
    known.delete(key);
    pending.put(key, { kind: 'delete', key });
  }
  return revision;
}
