import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accepted, put, realClock, route, service } from '../../../test/contract/store-kit.ts';
import { type Diagnostic, WeftError } from '../../base/index.ts';
import { type Document, documentKey } from '../../model/index.ts';
import { openSqliteStore, type Store } from '../../store/index.ts';
import { Pending, type ResourceEvent } from '../events.ts';
import { Mirror, type MirrorOptions } from './mirror.ts';

let folder = '';
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-mirror-'));
  store = openSqliteStore({ file: join(folder, 'weft.db'), clock: realClock });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A cluster that says what it is told to say. */
class Said {
  readonly #pending = new Pending();
  tell: Parameters<MirrorOptions['source']>[0] = {};

  source(told: Parameters<MirrorOptions['source']>[0]): ReturnType<MirrorOptions['source']> {
    const pending = this.#pending;
    this.tell = told;
    return {
      async *events(signal) {
        signal.addEventListener('abort', () => pending.end(), { once: true });
        for (let batch = await pending.take(); batch !== undefined; batch = await pending.take()) yield batch;
      },
    };
  }

  say(...events: readonly ResourceEvent[]): void {
    for (const event of events) this.#pending.put(event.kind === 'put' ? documentKey(event.document) : event.key, event);
  }
}

const there = (document: Document, own: object = {}): ResourceEvent => ({ kind: 'put', document: { ...document, metadata: { ...document.metadata, ...own } } });
const gone = (document: Document): ResourceEvent => ({ kind: 'delete', key: documentKey(document) });
const open = (said: Said): Mirror => Mirror.open({ source: (told) => said.source(told), store, log: () => undefined });
const names = (): readonly string[] => store.list().documents.map(({ metadata }) => metadata.name);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('an object keeps the identity it has in the cluster, and its status', async () => {
  const said = new Said();
  await using mirror = open(said);
  const own = { uid: 'u1', generation: 7, creationTimestamp: '2026-01-01T00:00:00Z' };
  said.say(there(route('a'), own));
  await until(() => mirror.fresh);
  await accepted(store, { kind: 'status', key: documentKey(route('a')), status: { parents: [] } });
  said.say(there(route('a', { hostnames: ['a.test'] }), { ...own, generation: 8 }));
  await until(() => store.get(documentKey(route('a')))?.metadata.generation === 8);
  expect(store.get(documentKey(route('a')))).toMatchObject({ metadata: { ...own, generation: 8 }, status: { parents: [] }, spec: { hostnames: ['a.test'] } });
  said.say(there(route('a'), { uid: 'u2', generation: 1 }));
  await until(() => store.get(documentKey(route('a')))?.metadata.uid === 'u2');
  expect(store.get(documentKey(route('a')))?.status).toBeUndefined();
});

test('what the first listing has not is deleted, but not what is not of the cluster, nor what cannot be read', async () => {
  {
    const said = new Said();
    await using mirror = open(said);
    said.say(...['a', 'b', 'broken'].map((name) => there(route(name))));
    await until(() => mirror.fresh);
  }
  await accepted(store, put(service('by-a-machine')));
  const said = new Said();
  await using mirror = open(said);
  expect([mirror.listed, mirror.fresh]).toEqual([true, false]);
  said.tell.problems?.('HTTPRoute shop/broken', [{} as Diagnostic]);
  said.say(there(route('a')));
  await until(() => mirror.fresh);
  expect([...names()].sort()).toEqual(['a', 'broken', 'by-a-machine']);
});

test('a document that is not of the cluster is not deleted by it', async () => {
  await accepted(store, put(route('own')));
  const said = new Said();
  await using mirror = open(said);
  said.say(there(route('a')), gone(route('own')));
  await until(() => mirror.fresh);
  said.say(gone(route('own')), gone(route('a')));
  await until(() => !names().includes('a'));
  expect(names()).toEqual(['own']);
});

test('a store that takes no writes is tried until it does', async () => {
  const said = new Said();
  let failures = 1;
  const moody: MirrorOptions['store'] = {
    get: (key) => store.get(key),
    list: (options) => store.list(options),
    getValue: (area, key) => store.getValue(area, key),
    putValue: (...value) => store.putValue(...value),
    write: async (...call) => {
      if (failures-- > 0) throw new WeftError('store-full', { retryable: true, grpc: 8, http: 507 }, 'no room');
      return store.write(...call);
    },
  };
  await using mirror = Mirror.open({ source: (told) => said.source(told), store: moody, log: () => undefined });
  said.say(there(route('a')));
  await until(() => mirror.fresh);
  expect(names()).toEqual(['a']);
});
