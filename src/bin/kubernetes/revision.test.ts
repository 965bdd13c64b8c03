// Several control planes of one cluster: each writes onto objects of its own namespaces.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { KubeClient } from '../../kube/index.ts';
import type { Document } from '../../model/index.ts';
import { openSqliteStore, type Store } from '../../store/index.ts';
import { systemClock } from '../clock.ts';
import { servesOf } from './revision.ts';
import { keepStatuses } from './status-objects.ts';

const annotations = { 'weft.dev/source': 'kubernetes' };
const namespace = (labels: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', namespace: '', labels, annotations },
  spec: {},
});
const fault = { apiVersion: 'weft.dev/v1alpha1', kind: 'FaultPolicy', metadata: { name: 'fault', namespace: 'shop', uid: 'u1', annotations }, spec: {} };
const conditions = [{ type: 'Accepted', status: 'True', reason: 'Accepted', message: '' }];

const put = async (store: Store, document: object): Promise<void> => {
  const written = await store.write([{ kind: 'put', document: document as unknown as Document, mirrored: true }], 'test');
  expect(written.ok).toBe(true);
};

test('a status is written by the control plane whose namespace it is in, and by the other one once that is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-revision-'));
  await using store = openSqliteStore({ file: join(folder, 'weft.db'), clock: systemClock });
  await put(store, namespace({}));
  await put(store, { ...fault, status: { conditions } });
  const written: string[] = [];
  const stop = new AbortController();
  const run = (revision: string): Promise<void> => {
    const object = { metadata: { name: 'fault', namespace: 'shop', uid: 'u1' } };
    const apply = async () => {
      written.push(revision);
      return object;
    };
    const client = { get: async () => object, apply } as unknown as Pick<KubeClient, 'get' | 'apply'>;
    return keepStatuses({ client, store, classIsOurs: () => true, serves: servesOf(store, revision), log: () => undefined }, stop.signal);
  };
  const both = Promise.all([run(''), run('canary')]);
  const count = async (wanted: number): Promise<readonly string[]> => {
    while (written.length < wanted) await new Promise((resolve) => setTimeout(resolve, 5));
    return written;
  };
  expect(await count(1)).toEqual(['']);
  await put(store, namespace({ 'weft.dev/rev': 'canary' }));
  expect(await count(2)).toEqual(['', 'canary']);
  await put(store, namespace({}));
  expect(await count(3)).toEqual(['', 'canary', '']);
  stop.abort();
  await both;
  rmSync(folder, { recursive: true });
});
