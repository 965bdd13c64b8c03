// R7 rate limits of each proxy: by caller, path, method, header; cost, overrides, dry run; and buckets that nothing else fills.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { toldBy } from '../kit/reason.ts';
import { serviceDocument } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let web: LabCaller;
let batch: LabCaller;
const AT = 'http://lab.shop.mesh';
/** So long that nothing flows back while a test runs. */
const per = '1h';

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([serviceDocument('lab', { app: 'lab' })]);
  await startLab(mesh, 'lab');
  web = await LabCaller.start(mesh, { name: 'web' });
  batch = await LabCaller.start(mesh, { name: 'batch', namespace: 'jobs' });
  await web.until(`${AT}/`, ({ status }) => status === 200);
  await batch.until(`${AT}/`, ({ status }) => status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

const limit = (spec: object) => applied(mesh, policyFor('RateLimitPolicy', 'lab', spec));

/** How many of `times` requests come through. */
async function passed(caller: LabCaller, times: number, call: object = {}, path = '/'): Promise<number> {
  return (await caller.many({ url: `${AT}${path}`, ...call }, times, 8)).filter(({ status }) => status === 200).length;
}

test('R7 so many requests, from everybody together; the answer says who refused', async () => {
  await limit({ limits: [{ name: 'all', requests: 20, per }], response: { rateLimitHeaders: true } });
  expect((await passed(web, 15)) + (await passed(batch, 15))).toBe(20);
  const answer = await web.call(`${AT}/`);
  expect([answer.status, toldBy(answer.headers), answer.headers['x-ratelimit-limit'], answer.headers['x-ratelimit-remaining']]).toEqual([
    429,
    'rate-limited; by=RateLimitPolicy shop/lab',
    expect.stringContaining('20'),
    '0',
  ]);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
});

test('R7 no other change fills a bucket', async () => {
  // The bucket of the test before is empty. These are changes of the same proxy, the same routes, the same port.
  await applied(mesh, policyFor('FaultPolicy', 'lab', { for: '1h', faults: [{ match: { pathPrefix: '/nowhere' }, abort: { status: 418 } }] }));
  await applied(mesh, policyFor('TimeoutPolicy', 'lab', { request: '9s' }));
  await mesh.apply([serviceDocument('other', { app: 'lab' }), serviceDocument('more', { app: 'nobody' })]);
  await limit({ limits: [{ name: 'all', requests: 20, per }], response: { rateLimitHeaders: true } });
  expect(await passed(web, 10)).toBe(0);
  // Another content of its own is another bucket, and a full one.
  await limit({ limits: [{ name: 'all', requests: 5, per }] });
  expect(await passed(web, 10)).toBe(5);
});

test('R7 a burst is what a full bucket has', async () => {
  await limit({ limits: [{ name: 'all', requests: 1, per, burst: 7 }] });
  expect(await passed(web, 20)).toBe(7);
});

test('R7 a bucket for each caller, and another one for some of them', async () => {
  await limit({ limits: [{ name: 'each', by: [{ kind: 'ServiceAccount' }], requests: 6, per }] });
  expect([await passed(web, 20), await passed(batch, 20)]).toEqual([6, 6]);
  const overrides = [{ from: [{ namespace: 'shop', serviceAccount: 'web' }], requests: 12, per }];
  await limit({ limits: [{ name: 'each', by: [{ kind: 'ServiceAccount' }], requests: 6, per, overrides }] });
  expect([await passed(web, 20), await passed(batch, 20)]).toEqual([12, 6]);
});

test('R7 a bucket for each namespace', async () => {
  await limit({ limits: [{ name: 'each', by: [{ kind: 'Namespace' }], requests: 4, per }] });
  expect([await passed(web, 10), await passed(batch, 10)]).toEqual([4, 4]);
});

test('R7 a header cannot say who calls', async () => {
  const overrides = [{ from: [{ namespace: 'shop' }], requests: 50, per }];
  await limit({ limits: [{ name: 'each', by: [{ kind: 'Namespace' }], requests: 3, per, overrides }] });
  const forged = {
    headers: { 'x-forwarded-client-cert': 'By=x;Hash=y;URI=spiffe://example.mesh/ns/shop/sa/web', 'x-weft-peer': 'spiffe://example.mesh/ns/shop/sa/web' },
  };
  expect(await passed(batch, 20, forged)).toBe(3);
});

test('R7 by header, query, method, path', async () => {
  await limit({ limits: [{ name: 'tenant', by: [{ kind: 'Header', name: 'X-Tenant' }, { kind: 'Method' }], requests: 3, per }] });
  const of = (tenant: string, method = 'GET') => ({ method, headers: { 'x-tenant': tenant } });
  expect([await passed(web, 9, of('a')), await passed(web, 9, of('b')), await passed(web, 9, of('a', 'PUT')), await passed(web, 9)]).toEqual([3, 3, 3, 9]);
  await limit({ limits: [{ name: 'user', by: [{ kind: 'Query', name: 'user' }, { kind: 'Path' }], requests: 2, per }] });
  expect([await passed(web, 9, {}, '/x?user=1'), await passed(web, 9, {}, '/x?user=2'), await passed(web, 9, {}, '/y?user=1')]).toEqual([2, 2, 2]);
});

test('R7 for some requests only, and several limits beside each other', async () => {
  await limit({
    limits: [
      { name: 'pay', match: { pathPrefix: '/pay', methods: ['POST', 'PUT'] }, requests: 2, per },
      { name: 'beta', match: { headers: [{ name: 'x-beta' }], query: [{ name: 'v', value: '2' }] }, requests: 3, per },
    ],
  });
  expect([await passed(web, 5, { method: 'POST' }, '/pay/1'), await passed(web, 5, { method: 'POST' }, '/payment'), await passed(web, 5, {}, '/pay')]).toEqual([
    2, 5, 5,
  ]);
  const beta = { headers: { 'x-beta': 'yes' } };
  expect([await passed(web, 5, beta, '/?v=2'), await passed(web, 5, beta, '/?v=1'), await passed(web, 5, {}, '/?v=2')]).toEqual([3, 5, 5]);
});

test('R7 cost: a number, or what a header says', async () => {
  await limit({ limits: [{ name: 'all', requests: 20, per, cost: { number: 5 } }] });
  expect(await passed(web, 10)).toBe(4);
  await limit({ limits: [{ name: 'all', requests: 30, per, cost: { header: 'x-cost' } }] });
  expect(await passed(web, 10, { headers: { 'x-cost': '10' } })).toBe(3);
});

test('R7 another status and headers of its own', async () => {
  await limit({ limits: [{ name: 'all', requests: 0, per }], response: { status: 503, headers: [{ name: 'x-why', value: '100% full' }], retryAfter: false } });
  const answer = await web.call(`${AT}/`);
  expect([answer.status, answer.headers['x-why'], answer.headers['retry-after']]).toEqual([503, '100% full', undefined]);
});

test('R7 dry run lets everybody in', async () => {
  await limit({ limits: [{ name: 'all', requests: 1, per }], enforcement: 'DryRun' });
  expect(await passed(web, 20)).toBe(20);
});

test('R7 a limit that is taken away is away', async () => {
  await limit({ limits: [{ name: 'all', requests: 0, per }] });
  expect(await passed(web, 5)).toBe(0);
  await mesh.call('/apis/weft.dev/v1alpha1/namespaces/shop/ratelimitpolicies/lab', { method: 'DELETE' });
  await web.until(`${AT}/`, ({ status }) => status === 200);
  expect(await passed(web, 20)).toBe(20);
});
