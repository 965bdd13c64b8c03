import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestApi, type Reply, routeBody, SERVICES, serviceBody, type TestApi } from '../../test/kit/manage-api.ts';
import type { ProxyView } from '../api/index.ts';
import { diagnostic, SOURCE_MAP } from '../model/index.ts';
import type { MetricsPort } from './ports.ts';

const proxy: ProxyView = {
  id: 'shop/web-1',
  namespace: 'shop',
  name: 'web-1',
  role: 'sidecar',
  identity: 'spiffe://example.mesh/ns/shop/sa/web',
  connected: true,
  sync: 'in sync',
  envoyVersion: '1.40.0',
  configuredAt: 1,
  scope: { services: 1, of: 2 },
  certificateNotAfter: 2,
  refusals: [],
};

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({
    ports: {
      proxies: () => [proxy],
      metrics: { memory: async () => new Map([[proxy.id, 12_000_000]]) } as Partial<MetricsPort> as MetricsPort,
      resources: (id) => (id === proxy.id ? [] : undefined),
      analyze: (documents) => () =>
        documents
          .filter((document) => document.kind === 'HTTPRoute')
          .map((document) =>
            diagnostic(
              'WEFT1301',
              { kind: 'HTTPRoute', namespace: document.metadata.namespace, name: document.metadata.name, path: 'spec.rules[0]' },
              'no such backend',
            ),
          ),
    },
  });
});
afterAll(async () => api[Symbol.asyncDispose]());

const apply = (documents: readonly unknown[], more: object = {}): Promise<Reply> => api.call('POST', '/weft/v1/apply', { body: { documents, ...more } });
const placed = (name: string): object => serviceBody(name, {}, { namespace: 'shop' });

describe('apply', () => {
  test('says of each document whether it was created, configured or unchanged', async () => {
    const first = await apply([placed('a'), placed('b')]);
    expect(first.status).toBe(200);
    expect(first.body.applied).toEqual([
      { kind: 'Service', namespace: 'shop', name: 'a', result: 'created' },
      { kind: 'Service', namespace: 'shop', name: 'b', result: 'created' },
    ]);
    const moved = serviceBody('b', {}, { namespace: 'shop', annotations: { [SOURCE_MAP]: '{"file":"shop.yaml","line":9,"at":{}}' } });
    const second = await apply([{ ...placed('a'), spec: { ports: [{ port: 81, appProtocol: 'http' }], selector: { app: 'a' } } }, moved]);
    expect(second.body.applied).toMatchObject([{ result: 'configured' }, { result: 'unchanged' }]);
    const kept = await api.call('GET', `${SERVICES}/b`);
    expect(kept.body.metadata.annotations[SOURCE_MAP]).toContain('"line":9');
  });

  test('one mistake and nothing is applied; all of them are told, with file and line', async () => {
    const before = api.store.revision;
    const map = JSON.stringify({ file: 'shop.yaml', line: 3, at: { 'spec.ports[0]': 7 } });
    const wrong = { ...serviceBody('wrong', {}, { namespace: 'shop', annotations: { [SOURCE_MAP]: map } }), spec: { ports: [{ prot: 80 }] } };
    const reply = await apply([placed('fine'), wrong, placed('twice'), placed('twice'), { kind: 'Nothing' }]);
    expect(reply.status).toBe(422);
    expect(reply.body.message).toContain('nothing was applied:\nshop.yaml:7:1');
    const errors = reply.body.details.diagnostics.filter((each) => each.severity === 'error').map((each) => [each.code, each.at.line]);
    expect(errors).toEqual(
      expect.arrayContaining([
        ['WEFT1203', 7],
        ['WEFT1201', 7],
        ['WEFT1005', undefined],
        ['WEFT1008', undefined],
      ]),
    );
    expect(api.store.revision).toBe(before);
  });

  test('problems between documents are warnings and refuse nothing', async () => {
    const reply = await apply([routeBody('lonely')]);
    expect(reply.status).toBe(200);
    expect(reply.body.diagnostics).toMatchObject([{ code: 'WEFT1301', severity: 'warning' }]);
  });

  test('a dry run writes nothing; a taken address is an error; documents without namespace go where they are told', async () => {
    const before = api.store.revision;
    expect((await apply([placed('dry')], { dryRun: true })).body.applied).toMatchObject([{ result: 'created' }]);
    expect(api.store.revision).toBe(before);
    const { body } = await api.call('GET', `${SERVICES}/a`);
    const taken = await apply([serviceBody('thief', { clusterIP: body.spec.clusterIP })]);
    expect([taken.status, taken.body.details.diagnostics.map((each) => each.code)]).toEqual([422, ['WEFT1306']]);
    const same = await apply([serviceBody('x', { clusterIP: '240.1.1.1' }), serviceBody('y', { clusterIP: '240.1.1.1' })]);
    expect(same.status).toBe(422);
    await apply([serviceBody('roomy')], { namespace: 'room' });
    expect((await api.call('GET', '/api/v1/namespaces/room/services/roomy')).status).toBe(200);
    expect((await api.call('POST', '/weft/v1/apply', { body: { document: [] } })).status).toBe(400);
  });

  test('addresses stay when a document without one is applied again', async () => {
    const before = await api.call('GET', `${SERVICES}/a`);
    await apply([placed('a')]);
    expect((await api.call('GET', `${SERVICES}/a`)).body.spec.clusterIP).toBe(before.body.spec.clusterIP);
  });
});

test('proxies, one of them, its resources, and the one that is not there', async () => {
  expect((await api.call('GET', '/weft/v1/proxies')).body.items).toEqual([{ ...proxy, memoryBytes: 12_000_000 }]);
  expect((await api.call('GET', '/weft/v1/proxies/shop/web-1')).body).toEqual({ ...proxy, memoryBytes: 12_000_000 });
  expect((await api.call('GET', '/weft/v1/proxies/shop/web-1/resources')).body).toEqual({ items: [] });
  expect((await api.call('GET', '/weft/v1/proxies/shop/nobody/resources')).body.message).toBe('there is no proxy shop/nobody: `weft proxies` lists them');
  expect((await api.call('GET', '/weft/v1/proxies/shop/web-1/else')).status).toBe(404);
  expect((await api.call('DELETE', '/weft/v1/proxies/shop/web-1')).status).toBe(405);
});

test('status: who we are and how much there is', async () => {
  const { body } = await api.call('GET', '/weft/v1/status');
  expect(body).toMatchObject({
    version: '0.1.0',
    trustDomain: 'example.mesh',
    rootPem: 'ROOT',
    revision: api.store.revision,
    documents: { 'gateway.networking.k8s.io/HTTPRoute': 1 },
    proxies: { total: 1, connected: 1, inSync: 1, refused: 0 },
    counters: { pushes: 3 },
  });
});

test('explain asks what was asked, with what was left out filled in', async () => {
  const reply = await api.call('POST', '/weft/v1/explain', { body: { from: 'shop/web', to: 'checkout', method: 'post', headers: { 'x-employee': 'true' } } });
  expect(JSON.parse((reply.body as unknown as { title: string }).title)).toEqual({
    from: 'shop/web',
    to: 'checkout',
    method: 'POST',
    path: '/',
    headers: { 'x-employee': 'true' },
  });
  const wrong = await api.call('POST', '/weft/v1/explain', { body: { from: 'shop/web', path: 'x' } });
  expect([wrong.status, wrong.body.details.causes.map((cause) => cause.field)]).toEqual([400, ['to', 'path']]);
});

test('join tokens: at most a day, and what they are for', async () => {
  const made = await api.call('POST', '/weft/v1/tokens', { body: { namespace: 'shop', serviceAccount: 'checkout', ttlSeconds: 600 } });
  expect(made.body).toEqual({
    token: 'token for shop/checkout',
    expiresAt: expect.stringMatching(/^20\d\d-.*Z$/),
    namespace: 'shop',
    serviceAccount: 'checkout',
  });
  expect((await api.call('POST', '/weft/v1/tokens', { body: { serviceAccount: 'checkout', ttlSeconds: 86_401 } })).body.message).toContain('at most 86400');
  expect((await api.call('POST', '/weft/v1/tokens', { body: { serviceAccount: 'Not A Name' } })).status).toBe(400);
  expect((await api.call('GET', '/weft/v1/tokens')).status).toBe(405);
  expect((await api.call('GET', '/weft/v1/else')).status).toBe(404);
});
