import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeClock, fakeClock } from '../../test/kit/fake-clock.ts';
import { type JoinReply, JoinReplySchema, type JoinRequest, type RenewReply, RenewReplySchema, type ReportReply, ReportReplySchema } from '../api/index.ts';
import { Tokens } from '../identity/index.ts';
import { type Document, type DocumentKey, MADE, makeDocumentKey, type TrustDomain } from '../model/index.ts';
import { openSqliteStore, type Store } from '../store/index.ts';
import type { CallInfo } from '../wire/index.ts';
import { Machines } from './machines.ts';
import { completedService, LEASED } from './machines-documents.ts';

const LEASE_MS = 30_000;
let directory: string;
let clock: FakeClock;
let store: Store;
let tokens: Tokens;
let machines: Machines;
const seenOf: [DocumentKey, number][] = [];

const start = (documents: Pick<Store, 'get' | 'list' | 'write'> = store): Machines =>
  Machines.open({
    tokens,
    documents,
    clock,
    trustDomain: () => 'example.mesh' as TrustDomain,
    rootPem: () => 'the root',
    seen: (key, generation) => {
      seenOf.push([key, generation]);
      return { seen: 2, total: 3 };
    },
    log: () => {},
  });

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weft-machines-'));
  clock = fakeClock();
  store = openSqliteStore({ file: join(directory, 'store.db'), clock });
  tokens = await Tokens.open({ directory, store, clock, fingerprints: () => ['ab'.repeat(32)] });
  machines = start();
  seenOf.length = 0;
});
afterEach(async () => {
  machines.close();
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const joinToken = (serviceAccount = 'checkout', labels: Record<string, string> = {}): Promise<string> =>
  tokens.createJoin({ namespace: 'shop', serviceAccount, labels, expiresAt: clock.now() + 600_000 });

async function call(method: string, request: unknown, token?: string): Promise<unknown> {
  const info: CallInfo = { get: () => undefined, token, peer: '127.0.0.1:1', signal: new AbortController().signal };
  const { [method]: entry } = machines.service.methods;
  if (entry?.kind !== 'unary') throw new Error(`no method ${method}`);
  return JSON.parse(Buffer.from(await entry.handle(Buffer.from(typeof request === 'string' ? request : JSON.stringify(request)), info)).toString());
}

const asked = (more: Partial<JoinRequest> = {}): Omit<JoinRequest, 'token'> => ({
  service: 'checkout',
  createService: true,
  instance: '1b9',
  labels: { version: 'v1' },
  address: '10.0.0.7',
  ports: [{ name: 'main', port: 8080, proxyPort: 18_080 }],
  zone: 'a',
  weight: 1,
  capture: { mode: 'netns', netns: '/run/netns/x', resolvers: ['10.0.0.2'] },
  bind: '0.0.0.0',
  hostLoopback: '',
  envoy: { version: '1.40.0', adminSocket: '/a', readySocket: '/r', tokenFile: '/t', tokenDirectory: '/d', tokenResource: '/s', xdsAddress: '127.0.0.1:7401' },
  ...more,
});

async function joining(more: Partial<JoinRequest> = {}, token?: string): Promise<JoinReply> {
  return JoinReplySchema.parse(await call('Join', { token: token ?? (await joinToken()), ...asked(more) }));
}
const renew = async (token: string): Promise<RenewReply> => RenewReplySchema.parse(await call('Renew', {}, token));
const report = async (token: string, body: object): Promise<ReportReply> => ReportReplySchema.parse(await call('Report', body, token));

const workload = (name = 'checkout-1b9'): Document | undefined => store.get(makeDocumentKey('weft.dev', 'Workload', 'shop', name));
const service = (name = 'checkout'): Document | undefined => store.get(makeDocumentKey('', 'Service', 'shop', name));
const put = (document: unknown): Promise<unknown> => store.write([{ kind: 'put', document: document as Document }], 'test');
const serviceLike = (name: string, selector: object): unknown => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop', labels: {}, annotations: {} },
  spec: { selector, ports: [{ name: 'http', port: 80 }] },
});

describe('Join', () => {
  test('makes the workload and the service of its flags, and gives identity, token and bootstrap', async () => {
    const reply = await joining();
    expect(reply).toMatchObject({
      workload: 'shop/checkout-1b9',
      identity: 'spiffe://example.mesh/ns/shop/sa/checkout',
      leaseMs: LEASE_MS,
      renewAfterMs: 10_000,
      createdService: 'shop/checkout',
    });
    expect(JSON.parse(reply.bootstrap)).toMatchObject({
      node: { id: 'shop/checkout-1b9', locality: { zone: 'a' } },
      admin: { address: { pipe: { path: '/a' } } },
    });
    expect(reply.bootstrap).toContain('"inline_string": "the root"');
    expect(await tokens.authenticate(reply.proxyToken)).toMatchObject({ proxy: 'shop/checkout-1b9', workload: 'shop/checkout-1b9', id: reply.identity });
    expect(workload()).toMatchObject({
      metadata: { labels: { app: 'checkout', version: 'v1' }, annotations: { [LEASED]: 'checkout' } },
      spec: {
        serviceAccount: 'checkout',
        address: '10.0.0.7',
        ports: [{ name: 'main', port: 8080, proxyPort: 18_080 }],
        zone: 'a',
        weight: 1,
        state: 'Starting',
        proxy: { capture: { mode: 'netns', netns: '/run/netns/x', resolvers: ['10.0.0.2'] }, bind: '0.0.0.0', hostLoopback: '' },
      },
    });
    expect(service()).toMatchObject({
      metadata: { annotations: { [MADE]: 'weft run' } },
      spec: { selector: { app: 'checkout' }, ports: [{ name: 'main', port: 8080, targetPort: 'main' }] },
    });
  });

  test('a declared HTTP port is also port 80; a mapped one is what the user said', async () => {
    await joining({ ports: [{ name: 'main', port: 8080, proxyPort: 1, protocol: 'http' }] });
    expect(service()?.spec['ports']).toMatchObject([
      { name: 'main', port: 8080, targetPort: 'main', appProtocol: 'http' },
      { name: 'http', port: 80, targetPort: 'main', appProtocol: 'http' },
    ]);
    await joining({ service: 'pay', ports: [{ name: 'tls', port: 8443, proxyPort: 2, servicePort: 443, protocol: 'h2c' }] }, await joinToken('pay'));
    expect(service('pay')?.spec['ports']).toMatchObject([{ name: 'tls', port: 443, targetPort: 'tls', appProtocol: 'kubernetes.io/h2c' }]);
  });

  test('leaves a Service that is there alone, and makes none when not asked', async () => {
    await put(serviceLike('checkout', { app: 'checkout' }));
    const before = service();
    expect((await joining()).createdService).toBe('');
    expect(service()).toBe(before);
    await joining({ service: 'pay', createService: false }, await joinToken('pay'));
    expect(service('pay')).toBeUndefined();
    expect(workload('pay-1b9')).toBeDefined();
  });

  test('of two instances at once one makes the service', async () => {
    const replies = await Promise.all([joining({ instance: 'a' }), joining({ instance: 'b' })]);
    expect(replies.map((reply) => reply.createdService).sort()).toEqual(['', 'shop/checkout']);
    expect([workload('checkout-a'), workload('checkout-b')]).toEqual([expect.anything(), expect.anything()]);
  });

  test('a token joins once, and each bad token says why', async () => {
    const token = await joinToken();
    await joining({}, token);
    await expect(joining({}, token)).rejects.toMatchObject({
      code: 'not-signed-in',
      class: { grpc: 16 },
      message: expect.stringContaining('already been used'),
    });
    await expect(joining({}, 'garbage')).rejects.toMatchObject({ code: 'not-signed-in', details: { reason: 'malformed' } });
    const late = await joinToken();
    await clock.advance(600_000);
    await expect(joining({}, late)).rejects.toMatchObject({ details: { reason: 'expired' } });
  });

  test('100 uses of one token at once: one workload', async () => {
    const token = await joinToken();
    const results = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => joining({ instance: `i${i}` }, token)));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    expect(store.list({ kind: 'weft.dev/Workload' }).documents.length).toBe(1);
  });

  test('a mistake costs no token', async () => {
    const token = await joinToken();
    await expect(joining({ address: 'nonsense' }, token)).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('spec.address') });
    await expect(joining({ instance: 'Not A Name' }, token)).rejects.toMatchObject({ code: 'bad-request' });
    await expect(joining({ service: 'payments' }, token)).rejects.toMatchObject({ code: 'not-allowed' });
    expect(store.list().documents).toEqual([]);
    await joining({}, token);
  });

  test('a request that is not as agreed says where', async () => {
    await expect(call('Join', '{')).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('not JSON') });
    await expect(call('Join', { ...asked(), token: 't', ports: [{ name: 'x', port: 0, proxyPort: 1 }] })).rejects.toMatchObject({
      message: expect.stringContaining('ports[0].port'),
    });
    await expect(call('Join', { ...asked(), token: 't', more: 1 })).rejects.toMatchObject({ message: expect.stringContaining('more') });
  });
});

describe('what a token allows', () => {
  test('a service of another name is refused, unless it exists and selects this workload', async () => {
    await expect(joining({ service: 'payments' })).rejects.toMatchObject({
      code: 'not-allowed',
      class: { grpc: 7 },
      message: expect.stringMatching(/allows the service checkout, not payments: make one with weft token create --service-account shop\/payments/),
    });
    await put(serviceLike('payments', { app: 'payments' }));
    await expect(joining({ service: 'payments' })).rejects.toMatchObject({ message: expect.stringContaining('selects app=payments') });
    await put(serviceLike('checkout-v2', { app: 'checkout', version: 'v2' }));
    await expect(joining({ service: 'checkout-v2' })).rejects.toMatchObject({ message: expect.stringContaining('run it with the missing labels') });
    expect((await joining({ service: 'checkout-v2', labels: { version: 'v2' } })).workload).toBe('shop/checkout-v2-1b9');
    await put(serviceLike('nobody', {}));
    await expect(joining({ service: 'nobody' })).rejects.toMatchObject({ message: expect.stringContaining('has no selector') });
  });

  test('the label app and the labels of the grant are fixed', async () => {
    await expect(joining({ labels: { app: 'payments' } })).rejects.toMatchObject({ code: 'not-allowed', message: expect.stringContaining('app=checkout') });
    await expect(joining({ labels: { tier: 'back' } }, await joinToken('checkout', { tier: 'front' }))).rejects.toMatchObject({ code: 'not-allowed' });
    await joining({ labels: { tier: 'front', zone: 'x' } }, await joinToken('checkout', { tier: 'front', canary: 'yes' }));
    expect(workload()?.metadata.labels).toEqual({ app: 'checkout', tier: 'front', canary: 'yes', zone: 'x' });
  });

  test('app may be another than the service account when the grant says so', async () => {
    await joining({ service: 'web' }, await joinToken('frontend', { app: 'web' }));
    expect(service('web')?.spec['selector']).toEqual({ app: 'web' });
    expect(workload('web-1b9')?.spec['serviceAccount']).toBe('frontend');
  });

  test('a workload written by hand, or of another account, keeps its name', async () => {
    await put({
      apiVersion: 'weft.dev/v1alpha1',
      kind: 'Workload',
      metadata: { name: 'checkout-1b9', namespace: 'shop', labels: {}, annotations: {} },
      spec: { address: '10.0.0.9' },
    });
    await expect(joining()).rejects.toMatchObject({ code: 'name-taken', message: expect.stringContaining('written by hand') });
    await joining({ instance: 'b' });
    await expect(joining({ service: 'checkout', instance: 'b' }, await joinToken('other', { app: 'checkout' }))).rejects.toMatchObject({
      code: 'name-taken',
      message: expect.stringContaining('service account checkout'),
    });
    expect((await joining({ instance: 'b', weight: 5 })).workload).toBe('shop/checkout-b');
    expect(workload('checkout-b')?.spec['weight']).toBe(5);
  });
});

describe('Renew', () => {
  test('keeps lease and token; the token is replaced in its second half', async () => {
    const { proxyToken } = await joining();
    for (let i = 0; i < 179; i++) {
      await clock.advance(10_000);
      expect((await renew(proxyToken)).proxyToken).toBe(proxyToken);
    }
    await clock.advance(10_000);
    const next = (await renew(proxyToken)).proxyToken;
    expect(next).not.toBe(proxyToken);
    expect(workload()).toBeDefined();
    expect(await tokens.authenticate(next)).toMatchObject({ workload: 'shop/checkout-1b9' });
  });

  test('needs a proxy token', async () => {
    await expect(renew('garbage')).rejects.toMatchObject({ code: 'not-signed-in' });
    await expect(call('Renew', {})).rejects.toMatchObject({ code: 'not-signed-in', message: expect.stringContaining('Bearer') });
    const token = await joinToken();
    await expect(renew(token)).rejects.toMatchObject({ code: 'not-signed-in' });
  });
});

describe('leases', () => {
  test('an end removes the workload and leaves its service', async () => {
    await joining();
    await clock.advance(LEASE_MS - 1);
    expect(workload()).toBeDefined();
    await clock.advance(1);
    await store.write([], 'after');
    expect([workload(), service()]).toEqual([undefined, expect.anything()]);
  });

  test('a machine that wakes up with a token that is still valid comes back as it was', async () => {
    const { proxyToken } = await joining();
    await report(proxyToken, { state: 'Ready' });
    const before = workload();
    await clock.advance(LEASE_MS);
    await store.write([], 'after');
    expect(workload()).toBeUndefined();
    await renew(proxyToken);
    expect(workload()).toMatchObject({ spec: before?.spec, metadata: { labels: before?.metadata.labels } });
    await clock.advance(LEASE_MS - 1);
    expect(workload()).toBeDefined();
  });

  test('a renewal that crosses the removal wins', async () => {
    const { proxyToken } = await joining();
    const advancing = clock.advance(LEASE_MS);
    await renew(proxyToken);
    await advancing;
    await store.write([], 'after');
    await store.write([], 'after');
    expect(workload()).toBeDefined();
    await clock.advance(LEASE_MS - 1);
    expect(workload()).toBeDefined();
  });

  test('a removal that the store refuses is tried again', async () => {
    await joining();
    machines.close();
    let failures = 1;
    const documents = {
      get: store.get.bind(store),
      list: store.list.bind(store),
      write: (...args: Parameters<Store['write']>) => (failures-- > 0 ? Promise.reject(new Error('no space')) : store.write(...args)),
    };
    machines = start(documents);
    await clock.advance(LEASE_MS);
    expect(workload()).toBeDefined();
    await clock.advance(LEASE_MS);
    await store.write([], 'after');
    expect(workload()).toBeUndefined();
  });

  test('one that was deleted, or left, must join again', async () => {
    const { proxyToken } = await joining();
    await store.write([{ kind: 'delete', key: makeDocumentKey('weft.dev', 'Workload', 'shop', 'checkout-1b9') }], 'test');
    await expect(renew(proxyToken)).rejects.toMatchObject({ code: 'workload-gone', class: { grpc: 5 } });
  });

  test('after a restart every lease has a full new period', async () => {
    await joining();
    await clock.advance(LEASE_MS - 1);
    machines.close();
    machines = start();
    await clock.advance(LEASE_MS - 1);
    expect(workload()).toBeDefined();
    await clock.advance(1);
    await store.write([], 'after');
    expect(workload()).toBeUndefined();
  });

  test('a workload written by hand has none, also after a restart', async () => {
    await put({
      apiVersion: 'weft.dev/v1alpha1',
      kind: 'Workload',
      metadata: { name: 'old', namespace: 'shop', labels: {}, annotations: {} },
      spec: { address: '10.0.0.9' },
    });
    machines.close();
    machines = start();
    await clock.advance(10 * LEASE_MS);
    await store.write([], 'after');
    expect(workload('old')).toBeDefined();
  });

  test('closing removes nothing and stops every wait', async () => {
    await joining();
    machines.close();
    expect(clock.pending).toBe(0);
    await clock.advance(10 * LEASE_MS);
    expect(workload()).toBeDefined();
  });
});

describe('Report', () => {
  test('writes the state once and says who has seen it', async () => {
    const { proxyToken } = await joining();
    expect(await report(proxyToken, { state: 'Ready' })).toEqual({ seen: 2, total: 3 });
    const after = workload();
    expect(after?.spec['state']).toBe('Ready');
    expect(seenOf).toEqual([['weft.dev/Workload/shop/checkout-1b9', after?.metadata.generation]]);
    const { revision } = store;
    await report(proxyToken, { state: 'Ready' });
    expect(store.revision).toBe(revision);
  });

  test('found protocols complete the service that was made, and add port 80 for HTTP', async () => {
    const { proxyToken } = await joining({
      ports: [
        { name: 'main', port: 8080, proxyPort: 1 },
        { name: 'db', port: 5432, proxyPort: 2 },
      ],
    });
    await report(proxyToken, { state: 'Ready', protocols: { main: 'http', '5432': 'tcp' } });
    expect(service()?.spec['ports']).toMatchObject([
      { name: 'main', port: 8080, appProtocol: 'http' },
      { name: 'db', port: 5432, appProtocol: 'tcp' },
      { name: 'http', port: 80, targetPort: 'main', appProtocol: 'http' },
    ]);
    const { revision } = store;
    await report(proxyToken, { state: 'Ready', protocols: { main: 'http', '5432': 'tcp' } });
    expect(store.revision).toBe(revision);
  });

  test('a service that the user has applied since is the user’s', async () => {
    const { proxyToken } = await joining();
    await put(serviceLike('checkout', { app: 'checkout' }));
    const before = service();
    await report(proxyToken, { state: 'Ready', protocols: { main: 'http' } });
    expect(service()).toBe(before);
  });

  test('a declared protocol is not changed by what was found; a mapped port gets no 80', () => {
    const made = (ports: readonly object[]): Document => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a', namespace: 'b', labels: {}, annotations: { [MADE]: 'weft run' } },
      spec: { ports },
    });
    const own = {
      apiVersion: 'x',
      kind: 'Workload',
      metadata: { name: 'a', namespace: 'b', labels: {}, annotations: {} },
      spec: { ports: [{ name: 'main', port: 8443, proxyPort: 1 }] },
    };
    expect(completedService(made([{ name: 'main', port: 443, targetPort: 'main', appProtocol: 'tcp' }]), own, { main: 'http' })).toBeUndefined();
    expect(completedService(made([{ name: 'main', port: 443, targetPort: 'main' }]), own, { main: 'http' })?.spec['ports']).toEqual([
      { name: 'main', port: 443, targetPort: 'main', appProtocol: 'http' },
    ]);
  });

  test('survives that the status of the workload is written at the same time', async () => {
    const { proxyToken } = await joining();
    const key = makeDocumentKey('weft.dev', 'Workload', 'shop', 'checkout-1b9');
    await Promise.all([
      report(proxyToken, { state: 'Ready' }),
      ...Array.from({ length: 3 }, (_, n) => store.write([{ kind: 'status', key, status: { n } }], 'control')),
    ]);
    expect(workload()).toMatchObject({ spec: { state: 'Ready' }, status: { n: 2 } });
  });
});

describe('Leave', () => {
  test('removes the workload and nothing else, once and again', async () => {
    const { proxyToken } = await joining();
    await joining({ instance: 'b' });
    expect(await call('Leave', {}, proxyToken)).toEqual({});
    expect([workload(), workload('checkout-b'), service()]).toEqual([undefined, expect.anything(), expect.anything()]);
    expect(await call('Leave', {}, proxyToken)).toEqual({});
    await expect(renew(proxyToken)).rejects.toMatchObject({ code: 'workload-gone' });
    await expect(report(proxyToken, { state: 'Ready' })).rejects.toMatchObject({ code: 'workload-gone' });
    expect(workload()).toBeUndefined();
  });
});
