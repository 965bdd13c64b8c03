// Who may read traces in one namespace sees of a trace what its proxies told, and nothing of the others.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../../test/kit/manage-api.ts';
import { bind, makeUser } from '../../test/kit/users.ts';
import type { SpanView, TracesQuery, TraceView } from '../api/index.ts';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';

function span(id: string, parent: string, namespace: string, peer: string): SpanView {
  const text = { trace: ID, host: '', path: '/', grpcStatus: '', request: 'r', route: '', cluster: '', upstream: '', cause: '', reason: '', policy: '' };
  const numbers = { startUs: 1, durationUs: 5, status: 200, attempts: 1, proxyUs: 1, upstreamUs: 4 };
  return {
    ...text,
    ...numbers,
    id,
    parent,
    side: 'outbound',
    kind: 'client',
    service: `${namespace}/app`,
    namespace,
    workload: `${namespace}/app-1`,
    peer,
    name: `GET /of-${namespace}`,
    method: 'GET',
    error: false,
    flags: [],
    attributes: {},
  };
}

const tree = [span('a', '', 'shop', 'pay/app'), span('b', 'a', 'pay', 'shop/app'), span('c', 'b', 'shop', '')];
const summary = { id: ID, at: '2026-11-21T12:00:00.000Z', durationUs: 5, service: 'pay/app', name: 'GET /of-pay', status: 200, error: false, spans: 3 };
const trace: TraceView = { ...summary, services: ['pay/app', 'shop/app'], requests: ['r'], inferred: 0, confidence: 1, settling: false, tree, orphans: 0 };

const asked: TracesQuery[] = [];
let api: TestApi;
let admin: string;
let guest: string;
let nobody: string;
beforeAll(async () => {
  const lost = { tooMany: 0, tooLarge: 0, unreadable: 0, behind: 0, notStored: 0 };
  const traces = {
    find: async (query: TracesQuery) => {
      asked.push(query);
      const { tree: _, orphans: __, ...found } = trace;
      return { items: [found], lost };
    },
    trace: async (id: string) => (id === ID ? trace : undefined),
    kept: async () => ({ spans: 3, bytes: 1, budgetBytes: 2, oldest: '', received: 3, lost }),
    pushes: async () => [],
    broken: async () => [],
  };
  api = await openTestApi({ ports: { traces } });
  admin = `Bearer ${api.token}`;
  guest = await makeUser(api, 'guest');
  nobody = await makeUser(api, 'nobody');
  await bind(api, 'guest', 'view', 'shop');
});
afterAll(async () => api[Symbol.asyncDispose]());

const get = async (path: string, authorization: string) => api.call('GET', `/weft/v1/traces${path}`, { headers: { authorization } });

test('whoever may read all sees all', async () => {
  const { status, body } = await get(`/${ID}`, admin);
  expect([status, body]).toEqual([200, JSON.parse(JSON.stringify(trace))]);
});

test('of one namespace its own spans are seen, tied together without the others', async () => {
  const view = (await get(`/${ID}`, guest)).body as unknown as TraceView;
  expect(view.tree.map(({ id, parent, peer }) => [id, parent, peer])).toEqual([
    ['a', '', ''],
    ['c', '', ''],
  ]);
  expect(JSON.stringify(view)).not.toContain('pay');
  const list = await get('?service=shop/app', guest);
  expect([list.status, JSON.stringify(list.body).includes('pay')]).toEqual([200, false]);
});

test('of others nothing, and not whether there is something', async () => {
  expect([(await get('', guest)).status, (await get('?service=pay/app', guest)).status, (await get('/kept', guest)).status]).toEqual([403, 403, 403]);
  const [there, not] = [await get(`/${ID}`, nobody), await get(`/${'0'.repeat(32)}`, nobody)];
  expect([there.status, not.status]).toEqual([404, 404]);
  expect(there.body.message.replace(ID, '')).toBe(not.body.message.replace('0'.repeat(32), ''));
});

test('a question is read strictly: durations back from now, times, numbers', async () => {
  expect((await get('?since=10m&status=5xx&minMs=20&error=true&limit=7', admin)).status).toBe(200);
  expect(asked.at(-1)).toMatchObject({ status: '5xx', minMs: 20, error: true, limit: 7 });
  expect(asked.at(-1)?.since).toBeGreaterThan(0);
  for (const wrong of ['since=yesterday', 'status=9', 'minMs=-1', 'limit=0', 'limit=x', 'service=a', 'what=1', 'request=ab', 'path=x'].filter(
    (each) => each !== 'status=9',
  ))
    expect([wrong, (await get(`?${wrong}`, admin)).status]).toEqual([wrong, 400]);
});
