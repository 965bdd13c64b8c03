// R6, R7 at Gateways: limits and faults for a Gateway, a listener, a route, a rule; buckets that nothing else fills; faults at callers.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askPlain, askTls, certificateFor, edgeRoute, gatewayDocument, type Reply, startGateway, tlsSecret } from '../kit/edge.ts';
import { applied, appliedIn, LabCaller, startLab } from '../kit/lab.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const mesh = TestMesh.open();
let port = 0;
let secure = 0;
let web: LabCaller;
const per = '1h';

const policy = (kind: string, namespace: string, target: object, spec: object, name = 'tried') => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind,
  metadata: { name, namespace },
  spec: { targetRefs: [target], ...spec },
});
const gateway = (sectionName?: string) => ({ kind: 'Gateway', name: 'edge', ...(sectionName === undefined ? {} : { sectionName }) });
const route = (name: string, sectionName?: string) => ({ kind: 'HTTPRoute', name, ...(sectionName === undefined ? {} : { sectionName }) });
const ask = (host: string, path = '/', headers: Readonly<Record<string, string>> = {}): Promise<Reply> => askPlain(port, { host, path, headers });
const remove = (kind: string, namespace: string, name = 'tried') =>
  mesh.call(`/apis/weft.dev/v1alpha1/namespaces/${namespace}/${kind}/${name}`, { method: 'DELETE' });

/** How many of `times` requests come through. */
async function passed(times: number, once: () => Promise<Reply>): Promise<number> {
  const replies = await Promise.all(Array.from({ length: times }, once));
  return replies.filter(({ status }) => status === 200).length;
}

beforeAll(async () => {
  await mesh.up();
  [port, secure] = [await freePort(), await freePort()];
  const to = (path: string, name = 'rest') => ({ name, matches: [{ path: { value: path } }], backendRefs: [{ name: 'lab', port: 80 }] });
  await mesh.apply([
    serviceDocument('lab', { app: 'lab' }),
    tlsSecret('tls', certificateFor(mesh, ['s.test'])),
    gatewayDocument([
      { name: 'a', port, protocol: 'HTTP', hostname: 'a.test' },
      { name: 'b', port, protocol: 'HTTP', hostname: 'b.test' },
      { name: 's', port: secure, protocol: 'HTTPS', hostname: 's.test', tls: { certificateRefs: [{ name: 'tls' }] } },
    ]),
    edgeRoute('lab', [to('/pay', 'pay'), to('/')]),
    edgeRoute('other', [to('/other')], { sections: ['a'] }),
    {
      ...(edgeRoute('inside', [to('/inside')]) as object),
      spec: { parentRefs: [{ group: '', kind: 'Service', name: 'lab' }], rules: [to('/inside'), to('/', 'else')] },
    },
    {
      apiVersion: 'weft.dev/v1alpha1',
      kind: 'ExternalService',
      metadata: { name: 'outside', namespace: 'shop' },
      spec: { hosts: ['api.outside.test'], ports: [{ name: 'http', port: 80, appProtocol: 'http' }], resolution: 'Static', addresses: ['127.0.0.1'] },
    },
  ]);
  await startLab(mesh, 'lab');
  await startGateway(mesh);
  web = await LabCaller.start(mesh, { name: 'web' });
  await eventually('the gateway', async () => ((await ask('a.test').catch(() => undefined))?.status === 200 ? true : undefined));
  await web.until('http://lab.shop.mesh/', ({ status }) => status === 200);
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

test('R7 a limit of the whole Gateway: listeners of one port count together, and calls inside the mesh do not count', async () => {
  await appliedIn(
    'edge',
    mesh,
    policy('RateLimitPolicy', 'edge', gateway(), { limits: [{ name: 'all', requests: 10, per }], response: { rateLimitHeaders: true } }),
  );
  expect((await passed(8, () => ask('a.test'))) + (await passed(8, () => ask('b.test')))).toBe(10);
  expect(await passed(15, () => askTls(secure, { host: 's.test' }))).toBe(10);
  expect((await web.many({ url: 'http://lab.shop.mesh/' }, 30, 8)).filter(({ status }) => status === 200)).toHaveLength(30);
  const answer = await ask('a.test');
  expect([answer.status, answer.headers['weft-reason'], answer.headers['x-ratelimit-remaining']]).toEqual([
    429,
    expect.stringMatching(/^rate-limited; request=/),
    '0',
  ]);
});

test('R7 no change of routes or other policies of the Gateway fills a bucket', async () => {
  await applied(mesh, edgeRoute('other', [{ matches: [{ path: { value: '/moved' } }], backendRefs: [{ name: 'lab', port: 80 }] }], { sections: ['a'] }));
  await appliedIn('edge', mesh, policy('TimeoutPolicy', 'edge', gateway(), { request: '9s' }));
  await appliedIn(
    'edge',
    mesh,
    policy('FaultPolicy', 'edge', gateway('b'), { for: '1h', faults: [{ match: { pathPrefix: '/nowhere' }, abort: { status: 418 } }] }),
  );
  await eventually('the changed route', async () => ((await ask('a.test', '/moved')).status === 429 ? true : undefined));
  expect(await passed(5, () => ask('a.test'))).toBe(0);
  await Promise.all([remove('ratelimitpolicies', 'edge'), remove('faultpolicies', 'edge'), remove('timeoutpolicies', 'edge')]);
  await eventually('no limit', async () => ((await passed(15, () => ask('a.test'))) === 15 ? true : undefined));
});

test('R7 a listener, a route, a rule: the most specific one counts, each with an answer of its own', async () => {
  const limit = (requests: number, status: number) => ({ limits: [{ name: 'all', requests, per }], response: { status } });
  await appliedIn('edge', mesh, policy('RateLimitPolicy', 'edge', gateway('b'), limit(3, 402)));
  await applied(mesh, policy('RateLimitPolicy', 'shop', route('lab', 'pay'), limit(5, 403)));
  await applied(mesh, policy('RateLimitPolicy', 'shop', route('other'), limit(4, 503), 'second'));
  expect(await passed(9, () => ask('b.test'))).toBe(3);
  expect((await passed(9, () => ask('a.test', '/pay'))) + (await passed(9, () => ask('b.test', '/pay')))).toBe(5);
  expect(await passed(9, () => ask('a.test', '/moved'))).toBe(4);
  expect(await passed(20, () => ask('a.test'))).toBe(20);
  const statuses = [await ask('b.test'), await ask('b.test', '/pay'), await ask('a.test', '/moved')].map(({ status }) => status);
  expect(statuses).toEqual([402, 403, 503]);
  await Promise.all([remove('ratelimitpolicies', 'edge'), remove('ratelimitpolicies', 'shop'), remove('ratelimitpolicies', 'shop', 'second')]);
});

test('R7 a bucket for each address that connects, which no header can change', async () => {
  await appliedIn(
    'edge',
    mesh,
    policy('RateLimitPolicy', 'edge', gateway(), { limits: [{ name: 'client', by: [{ kind: 'ClientAddress' }], requests: 6, per }] }),
  );
  const from =
    (localAddress: string, forged = '1.2.3.4') =>
    () =>
      askPlain(port, { host: 'a.test', localAddress, headers: { 'x-forwarded-for': forged } });
  expect([await passed(9, from('127.0.0.1')), await passed(9, from('127.0.0.2')), await passed(9, from('127.0.0.1', '5.6.7.8'))]).toEqual([6, 6, 0]);
  await remove('ratelimitpolicies', 'edge');
});

test('R6 faults at a Gateway: for a rule, by header; the mesh inside has none', async () => {
  const faults = [{ match: { headers: [{ name: 'x-tester' }] }, abort: { status: 418 } }];
  await applied(mesh, policy('FaultPolicy', 'shop', route('lab', 'pay'), { for: '1h', faults }));
  const tester = { 'x-tester': '1' };
  const answer = await eventually('the fault', async () => {
    const reply = await ask('a.test', '/pay', tester);
    return reply.status === 418 ? reply : undefined;
  });
  expect(answer.headers['weft-reason']).toMatch(/^fault; request=/);
  expect([(await ask('a.test', '/pay')).status, (await ask('a.test', '/', tester)).status]).toEqual([200, 200]);
  expect((await web.call('http://lab.shop.mesh/pay', { headers: tester })).status).toBe(200);
});

test('R6 faults at callers: for a rule of a Service’s route, and for a server outside', async () => {
  await applied(mesh, policy('FaultPolicy', 'shop', route('inside', 'rest'), { for: '1h', faults: [{ abort: { status: 419 } }] }));
  const answer = await web.until('http://lab.shop.mesh/inside', ({ status }) => status === 419);
  expect(answer.headers['weft-reason']).toMatch(/^fault; by=FaultPolicy shop\/tried/);
  expect((await web.call('http://lab.shop.mesh/')).status).toBe(200);
  await applied(
    mesh,
    policy('FaultPolicy', 'shop', { kind: 'ExternalService', name: 'outside' }, { for: '1h', faults: [{ abort: { status: 417 } }] }, 'outside'),
  );
  expect((await web.until('http://api.outside.test/', ({ status }) => status === 417)).headers['weft-reason']).toMatch(/^fault; by=FaultPolicy shop\/outside/);
});

test('R7 where nobody could count, the policy says what to name instead', async () => {
  const limits = [{ name: 'all', requests: 1 }];
  await expect(mesh.apply([policy('RateLimitPolicy', 'shop', { kind: 'ExternalService', name: 'outside' }, { limits })])).rejects.toThrow('WEFT1640');
  await mesh.apply([policy('RateLimitPolicy', 'shop', route('inside'), { limits })]);
  expect((await mesh.run(['describe', 'ratelimitpolicy', 'tried', '-n', 'shop'])).stdout).toMatch(/WEFT1641[\s\S]*Service shop\/lab/);
});
