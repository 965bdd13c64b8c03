// What replicas share, with an API server in memory; with a real one: test/kubernetes/together.test.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeKube } from '../../../test/kit/fake-kube.ts';
import { eventually } from '../../../test/kit/shop.ts';
import { type Document, documentKey } from '../../model/index.ts';
import { openSqliteStore, type Store } from '../../store/index.ts';
import { systemClock } from '../clock.ts';
import { openCommon } from './open.ts';
import { SECRETS } from './shared-secret.ts';

let kube: FakeKube;
let folders: string[];
let opened: AsyncDisposableStack;
beforeEach(() => {
  kube = new FakeKube();
  folders = [];
  opened = new AsyncDisposableStack();
});
afterEach(async () => {
  await opened.disposeAsync();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A replica with an empty disk. */
async function replica(): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-shared-'));
  folders.push(folder);
  const local = opened.use(openSqliteStore({ file: join(folder, 'store.db'), clock: systemClock }));
  return (await openCommon({ client: kube.client(), store: local, log: () => {} }, opened)).store;
}

const role = (name: string): Document => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name, namespace: 'shop', labels: {}, annotations: {} },
  spec: { rules: [{ apiGroups: [''], resources: ['services'], verbs: ['get'], resourceNames: [], nonResourceURLs: [] }] },
});
const bansOf = (store: Store): readonly string[] => [...store.listValues('bans').keys()].sort();
const rolesOf = (store: Store): readonly string[] => store.list({ kind: 'rbac.authorization.k8s.io/Role' }).documents.map(({ metadata }) => metadata.name);
const soon = <T>(what: string, ask: () => T | undefined): Promise<T> => eventually(what, async () => ask(), 600);

test('a value that was put at one replica is at all, and at one that begins with nothing', async () => {
  const [a, b] = [await replica(), await replica()];
  await a.putValue('bans', 'workload/shop/web', '{}');
  await b.putValue('bans', 'workload/shop/pay', '{}');
  for (const store of [a, b]) await soon('both bans', () => (bansOf(store).length === 2 ? true : undefined));
  expect(bansOf(await replica())).toEqual(['workload/shop/pay', 'workload/shop/web']);
  await b.putValue('bans', 'workload/shop/web', undefined);
  await soon('one is lifted', () => (bansOf(a).length === 1 ? true : undefined));
});

test('what is no value of all stays where it is', async () => {
  const [a, b] = [await replica(), await replica()];
  await a.putValue('quarantine', 'x', '1');
  await a.putValue('bans', 'workload/shop/web', '{}');
  await soon('the ban', () => (bansOf(b).length === 1 ? true : undefined));
  expect([a.getValue('quarantine', 'x'), b.getValue('quarantine', 'x')]).toEqual(['1', undefined]);
});

test('of many that claim a value at several replicas one succeeds', async () => {
  const stores = [await replica(), await replica(), await replica()];
  const claims = stores.flatMap((store) => [1, 2, 3].map(() => store.claimValue('join-tokens', 'jti', '1')));
  expect((await Promise.all(claims)).filter((claimed) => claimed)).toHaveLength(1);
});

test('without an API server nothing is acknowledged, and what was said holds', async () => {
  const a = await replica();
  await a.putValue('bans', 'workload/shop/web', '{}');
  kube.away = true;
  await expect(a.putValue('bans', 'workload/shop/pay', '{}')).rejects.toThrow(/without that the other replicas would not know/);
  await expect(a.write([{ kind: 'put', document: role('a') }], 'ada')).rejects.toThrow(/the other replicas cannot be told of it/);
  expect([bansOf(a), rolesOf(a)]).toEqual([['workload/shop/web'], []]);
});

test('a Secret that somebody took away is made again with what was in it', async () => {
  const a = await replica();
  await a.putValue('bans', 'workload/shop/web', '{}');
  kube.delete(SECRETS, { namespace: 'weft-system', name: 'weft-shared' });
  await soon('it is there again', () => kube.objects.get('secrets weft-system/weft-shared'));
  await a.putValue('bans', 'workload/shop/pay', '{}');
  expect(bansOf(await replica())).toEqual(['workload/shop/pay', 'workload/shop/web']);
});

test('a document that is no object of the cluster is at all replicas, until one deletes it', async () => {
  const [a, b] = [await replica(), await replica()];
  for (const name of ['x', 'y']) {
    const written = await a.write([{ kind: 'put', document: role(name), expect: 'absent' }], 'ada');
    expect(written.ok).toBe(true);
  }
  await soon('both roles', () => (rolesOf(b).length === 2 ? true : undefined));
  const c = await replica();
  await soon('both roles at the third', () => (rolesOf(c).length === 2 ? true : undefined));
  expect(await a.write([{ kind: 'put', document: role('x'), expect: 'absent' }], 'ada')).toMatchObject({ ok: false, error: { kind: 'exists' } });
  expect((await c.write([{ kind: 'delete', key: documentKey(role('x')) }], 'ada')).ok).toBe(true);
  for (const store of [a, b]) await soon('it is gone', () => (rolesOf(store).join() === 'y' ? true : undefined));
});
