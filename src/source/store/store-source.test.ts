import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ok, WeftError } from '../../base/index.ts';
import { type Document, type DocumentKey, documentKey } from '../../model/index.ts';
import { parseDocument } from '../../policy/index.ts';
import { openSqliteStore, type Store, type StoreEvent } from '../../store/index.ts';
import { type ResourceEvent, storeSource } from '../index.ts';

function service(name: string, app = name): Document {
  const spec = { selector: { app }, ports: [{ name: 'http', port: 80 }] };
  return parseDocument({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }).document ?? expect.fail('no document');
}

/** The Store port in memory, as far as a source reads it: a history that can be forgotten. */
class FakeStore {
  readonly #documents = new Map<DocumentKey, Document>();
  #history: StoreEvent[] = [];
  #wake = new Set<() => void>();
  #floor = 0;
  watching = 0;
  closed = false;
  revision = 0;

  put(document: Document): void {
    const metadata = { ...document.metadata, resourceVersion: String(++this.revision) };
    const kept = { ...document, metadata };
    const key = documentKey(kept);
    this.#note({ kind: 'put', revision: this.revision, created: !this.#documents.has(key), document: kept });
    this.#documents.set(key, kept);
  }

  delete(document: Document): void {
    this.#note({ kind: 'delete', revision: ++this.revision, document });
    this.#documents.delete(documentKey(document));
  }

  #note(event: StoreEvent): void {
    this.#history.push(event);
    this.ring();
  }

  ring(): void {
    for (const wake of this.#wake) wake();
    this.#wake = new Set();
  }

  close(): void {
    this.closed = true;
    this.ring();
  }

  /** Forgets all history, also for those who watch. */
  compact(): void {
    this.#history = [];
    this.#floor = this.revision;
    this.ring();
  }

  list(): { documents: readonly Document[]; revision: number } {
    return { documents: [...this.#documents.values()], revision: this.revision };
  }

  async *watch({ since, signal }: { since: number; signal: AbortSignal }): AsyncGenerator<StoreEvent> {
    this.watching++;
    signal.addEventListener('abort', () => this.ring());
    try {
      for (let at = since; !signal.aborted && !this.closed; ) {
        if (at < this.#floor) throw new WeftError('revision-gone', { retryable: false, grpc: 11, http: 410 }, 'history is gone');
        const event = this.#history.find((each) => each.revision > at);
        if (event === undefined) await new Promise<void>((wake) => this.#wake.add(wake));
        else {
          at = event.revision;
          yield event;
        }
      }
    } finally {
      this.watching--;
    }
  }

  /** The parts of the port that a source must not need answer as if they were empty. */
  asStore(): Store {
    const unused = {
      get: () => undefined,
      write: async () => ok([]),
      getValue: () => undefined,
      listValues: () => new Map(),
      changeAt: () => undefined,
      versions: () => [],
      putValue: async () => undefined,
      claimValue: async () => false,
      snapshot: () => undefined,
      record: async () => undefined,
      auditRecords: () => [],
      verifyAudit: () => ({ ok: true, records: 0, first: 0, head: { seq: 0, hash: '' } }) as const,
    };
    const { list, watch } = { list: () => this.list(), watch: (options: { since: number; signal: AbortSignal }) => this.watch(options) };
    return { ...unused, revision: this.revision, list, watch, [Symbol.asyncDispose]: async () => undefined };
  }
}

function told(batch: readonly ResourceEvent[] | undefined): readonly string[] | undefined {
  return batch?.map((event) =>
    event.kind === 'put' ? `put ${documentKey(event.document)} ${JSON.stringify(event.document.spec['selector'])}` : `delete ${event.key}`,
  );
}

function open(store: FakeStore): { next(): Promise<readonly string[] | undefined>; abort: AbortController } {
  const abort = new AbortController();
  const events = storeSource(store.asStore()).events(abort.signal)[Symbol.asyncIterator]();
  return { next: async () => told((await events.next()).value), abort };
}

const put = (name: string, app = name): string => `put Service/default/${name} {"app":"${app}"}`;

describe('storeSource', () => {
  it('gives all there is first, an empty store too, then what changes', async () => {
    const store = new FakeStore();
    const empty = open(store);
    expect(await empty.next()).toEqual([]);
    store.put(service('a'));
    store.put(service('b'));
    const { next } = open(store);
    expect(await next()).toEqual([put('a'), put('b')]);
    expect(await empty.next()).toEqual([put('a'), put('b')]);
    store.put(service('c'));
    expect(await next()).toEqual([put('c')]);
    store.delete(service('a'));
    expect(await next()).toEqual(['delete Service/default/a']);
  });

  it('keeps together what changed while the reader was busy, as one last state of each document', async () => {
    const store = new FakeStore();
    const { next } = open(store);
    await next();
    for (let at = 0; at < 100; at++) store.put(service('a', `v${at}`));
    store.put(service('b'));
    store.put(service('c'));
    store.delete(service('c'));
    const batches = [await next()];
    while (batches.flat().length < 3) batches.push(await next());
    const last = new Map(batches.flatMap((batch) => batch ?? []).map((event) => [event.split(' ')[1], event]));
    expect([...last.values()]).toEqual([put('a', 'v99'), put('b'), 'delete Service/default/c']);
    expect(batches.length).toBeLessThan(4);
  });

  it('goes on with the difference when the store has forgotten where it was', async () => {
    const store = new FakeStore();
    for (const name of ['a', 'b', 'c']) store.put(service(name));
    const { next } = open(store);
    await next();
    store.put(service('a', 'new'));
    store.delete(service('b'));
    store.put(service('d'));
    store.compact();
    const events = new Set<string>();
    while (events.size < 3) for (const event of (await next()) ?? []) events.add(event);
    expect([...events].sort()).toEqual(['delete Service/default/b', put('a', 'new'), put('d')].sort());
    store.put(service('e'));
    expect(await next()).toEqual([put('e')]);
  });

  it('ends when it is aborted, and leaves no watch behind', async () => {
    const store = new FakeStore();
    const { next, abort } = open(store);
    await next();
    const waiting = next();
    abort.abort();
    expect(await waiting).toBeUndefined();
    expect(store.watching).toBe(0);
  });

  it('ends at once when it was aborted before, and when the store closes', async () => {
    const store = new FakeStore();
    const abort = new AbortController();
    abort.abort();
    for await (const _ of storeSource(store.asStore()).events(abort.signal)) expect.fail('nothing was asked for');
    const { next } = open(store);
    await next();
    const waiting = next();
    store.close();
    expect(await waiting).toBeUndefined();
  });

  it('stops watching when the reader stops reading', async () => {
    const store = new FakeStore();
    for await (const _ of storeSource(store.asStore()).events(new AbortController().signal)) break;
    expect(store.watching).toBe(0);
  });

  it('passes on a failure of the store', async () => {
    const store = new FakeStore();
    const broken: Store = {
      ...store.asStore(),
      watch: () => {
        throw new Error('disk on fire');
      },
    };
    const events = storeSource(broken).events(new AbortController().signal)[Symbol.asyncIterator]();
    await events.next();
    await expect(events.next()).rejects.toThrow('disk on fire');
  });
});

describe('storeSource on the real store', () => {
  it('keeps the writes of one transaction together', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-source-'));
    const clock = { now: () => Date.now(), monotonic: () => performance.now(), after: () => () => undefined };
    const abort = new AbortController();
    try {
      await using store = openSqliteStore({ file: join(folder, 'store.db'), clock });
      await store.write([{ kind: 'put', document: service('a') }], 'test');
      const events = storeSource(store).events(abort.signal)[Symbol.asyncIterator]();
      const next = async (): Promise<readonly string[] | undefined> => told((await events.next()).value);
      expect(await next()).toEqual([put('a')]);
      const waiting = next();
      const names = ['b', 'c', 'd'];
      await store.write(
        [...names.map((name) => ({ kind: 'put' as const, document: service(name) })), { kind: 'delete', key: documentKey(service('a')) }],
        'test',
      );
      expect(await waiting).toEqual([...names.map((name) => put(name)), 'delete Service/default/a']);
      abort.abort();
      expect(await next()).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
