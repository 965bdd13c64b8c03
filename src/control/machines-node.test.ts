// Nodes join for applications: with the join token of the one and the proxy token of the other.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeClock } from '../../test/kit/fake-clock.ts';
import { joinRequest } from '../../test/kit/join-request.ts';
import { type JoinReply, JoinReplySchema, type JoinRequest } from '../api/index.ts';
import { Tokens } from '../identity/index.ts';
import { type Document, makeDocumentKey, type TrustDomain, type WorkloadKey } from '../model/index.ts';
import { openSqliteStore, type Store } from '../store/index.ts';
import { Machines } from './machines.ts';
import { type Admitted, NodeAdmissions } from './node-admissions.ts';

let directory: string;
let store: Store;
let tokens: Tokens;
let machines: Machines;
const kept = new Map<WorkloadKey, Admitted>();
const clock = fakeClock();

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weft-nodes-'));
  store = openSqliteStore({ file: join(directory, 'store.db'), clock });
  tokens = await Tokens.open({ directory, store, clock, fingerprints: () => ['ab'.repeat(32)] });
  kept.clear();
  const nodes = new NodeAdmissions({ load: () => kept, save: async (key, one) => void (one === undefined ? kept.delete(key) : kept.set(key, one)) });
  machines = Machines.open({
    tokens,
    documents: store,
    clock,
    nodes,
    trustDomain: () => 'example.mesh' as TrustDomain,
    rootPem: () => 'the root',
    seen: () => ({ seen: 0, total: 0 }),
    log: () => {},
  });
});
afterEach(async () => {
  machines.close();
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

async function call(method: string, request: unknown, token?: string): Promise<unknown> {
  const { [method]: entry } = machines.service.methods;
  if (entry?.kind !== 'unary') throw new Error(`no method ${method}`);
  const info = { get: () => undefined, token, peer: '127.0.0.1:1', signal: new AbortController().signal };
  return JSON.parse(Buffer.from(await entry.handle(Buffer.from(JSON.stringify(request)), info)).toString());
}

async function joining(account: string, more: Partial<JoinRequest>, token?: string): Promise<JoinReply> {
  const [namespace = '', serviceAccount = ''] = account.split('/');
  const joinToken = await tokens.createJoin({ namespace, serviceAccount, labels: {}, expiresAt: clock.now() + 600_000 });
  const request = joinRequest(joinToken, serviceAccount, {
    instance: 'a',
    address: '10.0.0.7',
    bind: '10.0.0.7',
    ports: [{ name: 'main', port: 8080, proxyPort: 18_080 }],
    capture: { mode: 'netns', netns: '/proc/7/ns/net', resolvers: [] },
    ...more,
  });
  return JoinReplySchema.parse(await call('Join', request, token));
}

const node = (): Promise<JoinReply> =>
  joining('weft-system/node', { node: 'proxy', instance: 'n1', ports: [], createService: false, capture: { mode: 'none' }, bind: '' });
const workload = (namespace: string, name: string): Document | undefined => store.get(makeDocumentKey('weft.dev', 'Workload', namespace, name));

test('a node is a workload without an application; what it joins for names it, and is recorded', async () => {
  const { proxyToken, workload: key } = await node();
  expect(key).toBe('weft-system/node-n1');
  expect(workload('weft-system', 'node-n1')?.spec).toMatchObject({ node: true, serviceAccount: 'node', ports: [] });
  const web = await joining('shop/web', { node: 'served' }, proxyToken);
  expect(web).toMatchObject({ workload: 'shop/web-a', identity: 'spiffe://example.mesh/ns/shop/sa/web', createdService: 'shop/web' });
  expect(workload('shop', 'web-a')?.spec['proxy']).toMatchObject({ node: 'weft-system/node-n1' });
  expect([...kept]).toEqual([['shop/web-a', { node: 'weft-system/node-n1', account: 'shop/web' }]]);
  // The workload keeps its lease and leaves by itself.
  await call('Leave', {}, web.proxyToken);
  expect(workload('shop', 'web-a')).toBeUndefined();
  expect(kept.size).toBe(0);
});

test('who is no node joins for nobody, and a token for an application makes no node', async () => {
  await expect(joining('shop/web', { node: 'served' })).rejects.toThrow('a proxy token is needed');
  const { proxyToken } = await joining('shop/web', {});
  await expect(joining('shop/api', { node: 'served' }, proxyToken)).rejects.toThrow('shop/web-a is no node');
  expect(workload('shop', 'api-a')).toBeUndefined();
  await expect(joining('shop/web', { node: 'proxy', service: 'node' })).rejects.toThrow('a node’s is'.replace('’', "'"));
});

test('a node needs the token of each application: its own opens nothing', async () => {
  const { proxyToken } = await node();
  await expect(joining('shop/web', { node: 'served', token: proxyToken }, proxyToken)).rejects.toThrow('no join token');
  expect(kept.size).toBe(0);
});
