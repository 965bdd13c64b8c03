// S4, S5 at Gateways: tokens and authorizers for a Gateway, a listener, a route, a rule; what is inside the mesh is not asked.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askPlain, edgeRoute, gatewayDocument, type Reply, startGateway } from '../kit/edge.ts';
import { appliedIn, LabCaller, startLab } from '../kit/lab.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';
import { AUDIENCE, ISSUER, jwksOf, makeKey, token } from '../kit/tokens.ts';

const mesh = TestMesh.open();
let port = 0;
let web: LabCaller;
const key = makeKey('one');
const issuer = { issuer: ISSUER, audiences: [AUDIENCE], keys: { inline: jwksOf(key) } };

const policy = (kind: string, namespace: string, target: object, spec: object, name = 'tried') => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind,
  metadata: { name, namespace },
  spec: { targetRefs: [target], ...spec },
});
const ask = (host: string, path = '/', headers: Readonly<Record<string, string>> = {}): Promise<Reply> => askPlain(port, { host, path, headers });
const bearer = { authorization: `Bearer ${token(key)}` };
const remove = (kind: string, namespace: string) => mesh.call(`/apis/weft.dev/v1alpha1/namespaces/${namespace}/${kind}/tried`, { method: 'DELETE' });
const becomes = (status: number, once: () => Promise<Reply>): Promise<Reply> =>
  eventually(`status ${status}`, async () => {
    const reply = await once();
    return reply.status === status ? reply : undefined;
  });

beforeAll(async () => {
  await mesh.up();
  port = await freePort();
  const to = (path: string, name = 'rest') => ({ name, matches: [{ path: { value: path } }], backendRefs: [{ name: 'lab', port: 80 }] });
  const ports = [
    { name: 'grpc', port: 9000, appProtocol: 'grpc' },
    { name: 'http', port: 9001, appProtocol: 'http' },
  ];
  await mesh.apply([
    serviceDocument('lab', { app: 'lab' }),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'guard', namespace: 'shop' }, spec: { selector: { app: 'guard' }, ports } },
    gatewayDocument([
      { name: 'a', port, protocol: 'HTTP', hostname: 'a.test' },
      { name: 'b', port, protocol: 'HTTP', hostname: 'b.test' },
    ]),
    edgeRoute('lab', [to('/pay', 'pay'), to('/')]),
  ]);
  await startLab(mesh, 'lab');
  const flags = ['--service', 'guard', '--namespace', 'shop', '--port', '9000', '--port', '9001'];
  const guard = mesh.weft(['run', ...flags, '--', process.execPath, join(import.meta.dirname, '../kit/authorizer.ts')]);
  await Promise.all([guard.printed(/authorizer is ready/), guard.printed(/ready in/)]);
  await startGateway(mesh);
  web = await LabCaller.start(mesh, { name: 'web' });
  await eventually('the gateway', async () => ((await ask('a.test').catch(() => undefined))?.status === 200 ? true : undefined));
  await web.until('http://lab.shop.mesh/', ({ status }) => status === 200);
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

test('S4 a token for a whole Gateway, and none for calls inside the mesh', async () => {
  await appliedIn(
    'edge',
    mesh,
    policy('RequestAuthenticationPolicy', 'edge', { kind: 'Gateway', name: 'edge' }, { requirement: 'Required', issuers: [issuer] }),
  );
  const denied = await becomes(401, () => ask('a.test'));
  expect(denied.headers['weft-reason']).toMatch(/^jwt-denied; request=/);
  await becomes(401, () => ask('b.test'));
  expect((await ask('a.test', '/', bearer)).status).toBe(200);
  const critical = await ask('a.test', '/', { authorization: `Bearer ${token(key, {}, { crit: ['exp'] })}` });
  expect([critical.status, critical.headers['weft-reason']]).toEqual([401, expect.stringMatching(/^jwt-denied; request=/)]);
  expect((await web.call('http://lab.shop.mesh/')).status).toBe(200);
  await remove('requestauthenticationpolicies', 'edge');
  await becomes(200, () => ask('a.test'));
});

test('S4 for one listener; for one rule of a route, beside another one for the whole', async () => {
  const listener = { kind: 'Gateway', name: 'edge', sectionName: 'a' };
  await appliedIn('edge', mesh, policy('RequestAuthenticationPolicy', 'edge', listener, { requirement: 'Required', issuers: [issuer] }));
  await becomes(401, () => ask('a.test'));
  expect((await ask('b.test')).status).toBe(200);
  const rule = { kind: 'HTTPRoute', name: 'lab', sectionName: 'pay' };
  const second = { ...issuer, issuer: 'https://second.example.com' };
  await appliedIn('shop', mesh, policy('RequestAuthenticationPolicy', 'shop', rule, { requirement: 'Required', issuers: [second] }));
  const other = { authorization: `Bearer ${token(key, { iss: second.issuer })}` };
  await becomes(401, () => ask('b.test', '/pay'));
  expect([(await ask('b.test', '/pay', other)).status, (await ask('b.test', '/pay', bearer)).status]).toEqual([200, 401]);
  expect((await ask('b.test', '/')).status).toBe(200);
  // Both hold there, so tokens of both are valid.
  await becomes(200, () => ask('a.test', '/pay', other));
  expect([(await ask('a.test', '/pay', bearer)).status, (await ask('a.test', '/pay')).status, (await ask('a.test', '/', other)).status]).toEqual([
    200, 401, 401,
  ]);
  await remove('requestauthenticationpolicies', 'edge');
  await remove('requestauthenticationpolicies', 'shop');
  await becomes(200, () => ask('a.test', '/pay'));
});

test('S5 an authorizer for a Gateway and one for a route, and none for calls inside the mesh', async () => {
  const grpc = { protocol: 'GRPC', service: { name: 'guard', namespace: 'shop', port: 9000 } };
  await appliedIn('edge', mesh, policy('ExternalAuthorizationPolicy', 'edge', { kind: 'Gateway', name: 'edge' }, grpc));
  const denied = await becomes(409, () => ask('a.test', '/', { 'x-grpc': 'no' }));
  expect([denied.body, denied.headers['weft-reason']]).toEqual(['no, says gRPC', expect.stringMatching(/^ext-authz-denied; request=/)]);
  expect((await ask('a.test')).status).toBe(200);
  expect((await web.call('http://lab.shop.mesh/', { headers: { 'x-grpc': 'no' } })).status).toBe(200);
  const http = { protocol: 'HTTP', service: { name: 'guard', port: 9001 }, http: { allowedHeaders: ['x-http'] } };
  await appliedIn('shop', mesh, policy('ExternalAuthorizationPolicy', 'shop', { kind: 'HTTPRoute', name: 'lab', sectionName: 'pay' }, http));
  await becomes(401, () => ask('a.test', '/pay', { 'x-http': 'no' }));
  expect([(await ask('a.test', '/', { 'x-http': 'no' })).status, (await ask('a.test', '/pay', { 'x-grpc': 'no' })).status]).toEqual([200, 409]);
});

test('S5 the filter ExternalAuth of a rule, at a Gateway and between workloads; an authorizer that is not there lets nobody pass', async () => {
  for (const kind of ['edge', 'shop'] as const) await remove('externalauthorizationpolicies', kind);
  await becomes(200, () => ask('a.test', '/pay', { 'x-http': 'no', 'x-grpc': 'no' }));
  const externalAuth = (protocol: string, port: number, more: object = {}) => ({
    type: 'ExternalAuth',
    externalAuth: { protocol, backendRef: { name: 'guard', port }, ...more },
  });
  const rule = (path: string, filters: readonly object[] = []) => ({
    name: 'rule',
    matches: [{ path: { value: path } }],
    backendRefs: [{ name: 'lab', port: 80 }],
    filters,
  });
  const http = externalAuth('HTTP', 9001, { http: { allowedHeaders: ['x-http'] } });
  const rules = [rule('/grpc', [externalAuth('GRPC', 9000)]), rule('/http', [http]), rule('/gone', [externalAuth('GRPC', 9999)]), rule('/')].map(
    (each, at) => ({ ...each, name: `r${at}` }),
  );
  const parents = [
    { name: 'edge', namespace: 'edge' },
    { group: '', kind: 'Service', name: 'lab' },
  ];
  await mesh.apply([{ ...(edgeRoute('lab', rules) as object), spec: { parentRefs: parents, rules } }]);
  const denied = await becomes(409, () => ask('a.test', '/grpc', { 'x-grpc': 'no' }));
  expect(denied.body).toBe('no, says gRPC');
  await becomes(401, () => ask('a.test', '/http', { 'x-http': 'no' }));
  await becomes(403, () => ask('a.test', '/gone'));
  for (const path of ['/grpc', '/http', '/']) expect((await ask('a.test', path)).status, path).toBe(200);
  const inside = (path: string, headers: Readonly<Record<string, string>> = {}) => web.call(`http://lab.shop.mesh${path}`, { headers });
  await web.until('http://lab.shop.mesh/grpc', ({ status }) => status === 409, { headers: { 'x-grpc': 'no' } });
  expect([(await inside('/http', { 'x-http': 'no' })).status, (await inside('/gone')).status, (await inside('/grpc')).status]).toEqual([401, 403, 200]);
  expect((await inside('/', { 'x-http': 'no', 'x-grpc': 'no' })).status).toBe(200);
});

test('S5 a policy of a route has the Gateway of another namespace ask a third one only with its grant', async () => {
  const api = { apiVersion: 'gateway.networking.k8s.io/v1' };
  const grant = (name: string, from: object) => ({
    ...api,
    kind: 'ReferenceGrant',
    metadata: { name, namespace: 'shop' },
    spec: { from: [{ ...from, namespace: 'third' }], to: [{ group: '', kind: 'Service' }] },
  });
  const rules = [{ name: 'third', matches: [{ path: { value: '/third' } }], backendRefs: [{ name: 'lab', namespace: 'shop', port: 80 }] }];
  const route = {
    ...api,
    kind: 'HTTPRoute',
    metadata: { name: 'third', namespace: 'third' },
    spec: { parentRefs: [{ name: 'edge', namespace: 'edge' }], rules },
  };
  await mesh.apply([grant('routes', { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }), route]);
  await becomes(200, () => ask('a.test', '/third', { 'x-grpc': 'no' }));
  const grpc = { protocol: 'GRPC', service: { name: 'guard', namespace: 'shop', port: 9000 } };
  await appliedIn('third', mesh, policy('ExternalAuthorizationPolicy', 'third', { kind: 'HTTPRoute', name: 'third' }, grpc));
  const refused = await becomes(403, () => ask('a.test', '/third'));
  expect(refused.headers['weft-reason']).toMatch(/^ext-authz-unavailable/);
  await mesh.apply([grant('asking', { group: 'weft.dev', kind: 'ExternalAuthorizationPolicy' })]);
  await becomes(200, () => ask('a.test', '/third'));
  expect((await becomes(409, () => ask('a.test', '/third', { 'x-grpc': 'no' }))).body).toBe('no, says gRPC');
});
