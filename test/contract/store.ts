// What every store keeps to, whatever it writes to. A store's test calls `storeContract` with a way to open it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentKey } from '../../src/model/index.ts';
import type { Store, StoreEvent } from '../../src/store/index.ts';
import { accepted, type HandClock, handClock, put, refused, route, said, service, take } from './store-kit.ts';

export interface OpenedStore extends AsyncDisposable {
  readonly store: Store;
  /** Closes and opens again: what was acknowledged is all there is. */
  reopen(): Promise<Store>;
}

export interface StoreSubject {
  readonly name: string;
  /** An empty store with this clock and history limit. */
  open(options: { readonly clock: HandClock; readonly historyLimit?: number }): Promise<OpenedStore>;
}

const endless = (): AbortSignal => new AbortController().signal;

export function storeContract(subject: StoreSubject): void {
  describe(`${subject.name}: documents`, () => documents(subject));
  describe(`${subject.name}: watch`, () => watches(subject));
  describe(`${subject.name}: small values`, () => values(subject));
  describe(`${subject.name}: properties`, () => properties(subject));
}

function documents(subject: StoreSubject): void {
  test('a created document gets uid, time, generation and resourceVersion from the store', async () => {
    await using opened = await subject.open({ clock: handClock() });
    const forged = {
      ...service('a', { x: 1 }),
      metadata: { ...service('a').metadata, uid: 'forged', generation: 9, resourceVersion: '77', creationTimestamp: 'never' },
    };
    const [made] = await accepted(opened.store, put(forged));
    expect(made?.metadata).toMatchObject({ generation: 1, resourceVersion: '1', creationTimestamp: '2026-01-02T03:04:05Z' });
    expect(made?.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(opened.store.get(documentKey(forged))).toEqual(made);
    expect(Object.isFrozen(made?.spec)).toBe(true);
  });

  test('generation grows with spec only; uid and time stay; status stays unless it is given', async () => {
    const clock = handClock();
    await using opened = await subject.open({ clock });
    const [first] = await accepted(opened.store, put(service('a', { x: 1 })));
    clock.advance(60_000);
    const [labelled] = await accepted(opened.store, put({ ...service('a', { x: 1 }), metadata: { ...service('a').metadata, labels: { tier: 'front' } } }));
    const [status] = await accepted(opened.store, { kind: 'status', key: documentKey(service('a')), status: { ready: true } });
    const [changed] = await accepted(opened.store, put(service('a', { x: 2 })));
    expect([first, labelled, status, changed].map((document) => [document?.metadata.generation, document?.metadata.resourceVersion])).toEqual([
      [1, '1'],
      [1, '2'],
      [1, '3'],
      [2, '4'],
    ]);
    expect(changed?.status).toEqual({ ready: true });
    expect(changed?.metadata.uid).toBe(first?.metadata.uid);
    expect(changed?.metadata.creationTimestamp).toBe(first?.metadata.creationTimestamp);
  });

  test('writing what is already there changes nothing, whatever the order of its keys', async () => {
    await using opened = await subject.open({ clock: handClock() });
    const [first] = await accepted(opened.store, put(service('a', { x: 1, y: { b: 2, a: 1 } })));
    const [again] = await accepted(opened.store, put(service('a', { y: { a: 1, b: 2 }, x: 1 })));
    await accepted(opened.store, { kind: 'status', key: documentKey(service('a')), status: { ok: 1 } });
    await accepted(opened.store, { kind: 'status', key: documentKey(service('a')), status: { ok: 1 } });
    expect(again).toBe(first);
    expect(opened.store.revision).toBe(2);
  });

  test('expectations: absent, a version, and what they answer', async () => {
    await using opened = await subject.open({ clock: handClock() });
    const key = documentKey(service('a'));
    expect(await refused(opened.store, put(service('a'), '1'))).toEqual({ kind: 'missing', key });
    await accepted(opened.store, put(service('a', { x: 1 }), 'absent'));
    expect(await refused(opened.store, put(service('a', { x: 2 }), 'absent'))).toEqual({ kind: 'exists', key });
    await accepted(opened.store, put(service('a', { x: 2 }), '1'));
    expect(await refused(opened.store, put(service('a', { x: 3 }), '1'))).toEqual({ kind: 'conflict', key, current: '2' });
    expect(await refused(opened.store, { kind: 'delete', key, expect: '1' })).toEqual({ kind: 'conflict', key, current: '2' });
    const [gone] = await accepted(opened.store, { kind: 'delete', key, expect: '2' });
    expect(gone?.metadata.resourceVersion).toBe('3');
    expect(await refused(opened.store, { kind: 'delete', key })).toEqual({ kind: 'missing', key });
    expect(await refused(opened.store, { kind: 'status', key, status: {} })).toEqual({ kind: 'missing', key });
    expect(opened.store.get(key)).toBeUndefined();
  });

  test('a document made again is another one', async () => {
    await using opened = await subject.open({ clock: handClock() });
    const [first] = await accepted(opened.store, put(service('a')));
    const [, second] = await accepted(opened.store, { kind: 'delete', key: documentKey(service('a')) }, put(service('a')));
    expect(second?.metadata.uid).not.toBe(first?.metadata.uid);
    expect(second?.metadata.generation).toBe(1);
  });

  test('one call is all or nothing, also beside others of the same moment', async () => {
    await using opened = await subject.open({ clock: handClock() });
    const before = opened.store.write([put(service('a'))], 'test');
    const broken = opened.store.write([put(service('b')), put(service('c')), put(service('a'), 'absent')], 'test');
    const after = opened.store.write([put(service('c'), 'absent')], 'test');
    expect((await Promise.all([before, broken, after])).map((result) => result.ok)).toEqual([true, false, true]);
    expect(opened.store.list().documents.map((document) => [document.metadata.name, document.metadata.resourceVersion])).toEqual([
      ['a', '1'],
      ['c', '2'],
    ]);
  });

  test('of many writers with the same expectation exactly one wins', async () => {
    await using opened = await subject.open({ clock: handClock() });
    await accepted(opened.store, put(service('a', { n: -1 })));
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => opened.store.write([put(service('a', { n }), '1')], 'test')));
    expect(results.filter((result) => result.ok)).toHaveLength(1);
  });

  test('lists by kind and namespace, in the order of keys, with the revision of the list', async () => {
    await using opened = await subject.open({ clock: handClock() });
    await accepted(opened.store, put(service('b')), put(service('a')), put(route('b')), put(service('a', {}, 'other')));
    const names = (options: Parameters<Store['list']>[0]): string[] =>
      opened.store.list(options).documents.map((document) => `${document.kind} ${document.metadata.namespace}/${document.metadata.name}`);
    expect(names({ kind: 'Service' })).toEqual(['Service other/a', 'Service shop/a', 'Service shop/b']);
    expect(names({ kind: 'gateway.networking.k8s.io/HTTPRoute' })).toEqual(['HTTPRoute shop/b']);
    expect(names({ namespace: 'other' })).toEqual(['Service other/a']);
    expect(names({ kind: 'Nothing' })).toEqual([]);
    expect(opened.store.list().revision).toBe(4);
  });

  test('everything acknowledged is there after a restart, and the revision goes on', async () => {
    await using opened = await subject.open({ clock: handClock() });
    await accepted(opened.store, put(service('a', { x: 1 })), put(service('b')));
    await accepted(opened.store, { kind: 'status', key: documentKey(service('a')), status: { ok: true } }, { kind: 'delete', key: documentKey(service('b')) });
    await opened.store.putValue('area', 'key', 'value');
    const before = opened.store.list();
    const store = await opened.reopen();
    expect(store.list()).toEqual(before);
    expect(store.getValue('area', 'key')).toBe('value');
    const [next] = await accepted(store, put(service('c')));
    expect(next?.metadata.resourceVersion).toBe(String(before.revision + 1));
  });

  test('a closed store refuses writes and says so', async () => {
    const opened = await subject.open({ clock: handClock() });
    const { store } = opened;
    const last = store.write([put(service('a'))], 'test');
    await opened[Symbol.asyncDispose]();
    expect((await last).ok).toBe(true);
    await expect(store.write([put(service('b'))], 'test')).rejects.toMatchObject({ code: 'store-closed' });
  });
}

function watches(subject: StoreSubject): void {
  test('tells what happened since a list and then what happens, also after a restart', async () => {
    await using opened = await subject.open({ clock: handClock() });
    await accepted(opened.store, put(service('a')), put(service('b')));
    const store = await opened.reopen();
    const { revision } = store.list();
    const events = store.watch({ since: 1, signal: endless() })[Symbol.asyncIterator]();
    expect((await take(events, 1)).map(said)).toEqual(['put b 2 created']);
    const waiting = take(events, 3);
    await accepted(store, put(service('a', { x: 1 })), { kind: 'delete', key: documentKey(service('b')) });
    await accepted(store, put(service('b')));
    expect((await waiting).map(said)).toEqual([`put a ${revision + 1}`, `delete b ${revision + 2}`, `put b ${revision + 3} created`]);
  });

  test('filters by kind and namespace, and ends when it is aborted or the store closes', async () => {
    const opened = await subject.open({ clock: handClock() });
    const ending = new AbortController();
    const events = opened.store.watch({ since: 0, kind: 'Service', namespace: 'shop', signal: ending.signal })[Symbol.asyncIterator]();
    const others = opened.store.watch({ since: 0, kind: 'Service', signal: endless() })[Symbol.asyncIterator]();
    await accepted(opened.store, put(route('r')), put(service('x', {}, 'other')), put(service('a')));
    expect((await take(events, 1)).map(said)).toEqual(['put a 3 created']);
    const end = events.next();
    ending.abort();
    expect(await end).toEqual({ done: true, value: undefined });
    await take(others, 2);
    const closed = others.next();
    await opened[Symbol.asyncDispose]();
    expect((await closed).done).toBe(true);
  });

  test('bookmarks come when nothing else was said, and name a revision to resume from', async () => {
    const clock = handClock();
    await using opened = await subject.open({ clock });
    const events = opened.store.watch({ since: 0, kind: 'Service', bookmarkMs: 1_000, signal: endless() })[Symbol.asyncIterator]();
    const first = events.next();
    await accepted(opened.store, put(route('unrelated')));
    clock.advance(1_000);
    expect(said((await first).value)).toBe('bookmark 1');
    const second = events.next();
    await accepted(opened.store, put(service('a')));
    expect(said((await second).value)).toBe('put a 2 created');
  });

  test('compacted history: an old revision is gone, a watch that was too slow is told so', async () => {
    await using opened = await subject.open({ clock: handClock(), historyLimit: 10 });
    const slow = opened.store.watch({ since: 0, signal: endless() })[Symbol.asyncIterator]();
    await accepted(opened.store, put(service('a', { n: 0 })));
    await take(slow, 1);
    for (let n = 1; n < 40; n++) await accepted(opened.store, put(service('a', { n })));
    await expect(slow.next()).rejects.toMatchObject({ code: 'watch-overflow' });
    for (const open of [async () => opened.store, () => opened.reopen()]) {
      const store = await open();
      await expect(store.watch({ since: 5, signal: endless() })[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'revision-gone' });
      await expect(store.watch({ since: 4_000, signal: endless() })[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'revision-gone' });
      expect((await take(store.watch({ since: 35, signal: endless() })[Symbol.asyncIterator](), 5)).map(said)).toHaveLength(5);
    }
  });
}

function values(subject: StoreSubject): void {
  test('are set, listed, forgotten', async () => {
    await using opened = await subject.open({ clock: handClock() });
    await Promise.all([opened.store.putValue('a', 'x', '1'), opened.store.putValue('a', 'y', '2'), opened.store.putValue('b', 'x', '3')]);
    await opened.store.putValue('a', 'x', undefined);
    expect([...opened.store.listValues('a')]).toEqual([['y', '2']]);
    expect(opened.store.getValue('b', 'x')).toBe('3');
    expect((await opened.reopen()).listValues('a').size).toBe(1);
  });

  test('of concurrent claims exactly one wins, and it stays won', async () => {
    await using opened = await subject.open({ clock: handClock() });
    const claims = await Promise.all(Array.from({ length: 25 }, (_, n) => opened.store.claimValue('tokens', 'one', `by ${n}`)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await opened.store.claimValue('tokens', 'one', 'late')).toBe(false);
    const store = await opened.reopen();
    expect(await store.claimValue('tokens', 'one', 'later')).toBe(false);
    expect(store.getValue('tokens', 'one')).toBe(`by ${claims.indexOf(true)}`);
  });
}

function properties(subject: StoreSubject): void {
  const name = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), name, n: fc.nat(2), version: fc.option(fc.constantFrom('absent', 'stale'), { nil: undefined }) }),
    fc.record({ kind: fc.constant('status' as const), name, n: fc.nat(2) }),
    fc.record({ kind: fc.constant('delete' as const), name }),
    fc.record({ kind: fc.constant('restart' as const) }),
  );

  test('on random histories a watch replayed from anywhere equals the list', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(30), async (steps, from) => {
        await using opened = await subject.open({ clock: handClock() });
        let { store } = opened;
        let start = store.list();
        for (const [at, one] of steps.entries()) {
          if (at === from) start = store.list();
          if (one.kind === 'restart') store = await opened.reopen();
          else if (one.kind === 'put') await store.write([put(service(one.name, { n: one.n }), one.version)], 'test');
          else if (one.kind === 'delete') await store.write([{ kind: 'delete', key: documentKey(service(one.name)) }], 'test');
          else await store.write([{ kind: 'status', key: documentKey(service(one.name)), status: { n: one.n } }], 'test');
        }
        const replayed = new Map(start.documents.map((document) => [documentKey(document), document]));
        const events = store.watch({ since: start.revision, signal: endless() })[Symbol.asyncIterator]();
        for (const event of await take(events, store.revision - start.revision)) follow(replayed, event);
        expect([...replayed.values()].sort((a, b) => (documentKey(a) < documentKey(b) ? -1 : 1))).toEqual(store.list().documents);
      }),
      { numRuns: 25 },
    );
  });
}

function follow(replayed: Map<string, unknown>, event: StoreEvent): void {
  if (event.kind === 'put') {
    expect(replayed.has(documentKey(event.document))).toBe(!event.created);
    replayed.set(documentKey(event.document), event.document);
  } else if (event.kind === 'delete') expect(replayed.delete(documentKey(event.document))).toBe(true);
}
