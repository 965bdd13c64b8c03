// T12 HTTP/3 at a Gateway: on the port of UDP beside HTTPS when a policy asks for it, with the same certificates, hosts, routes and policies.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askPlain, askTls, certificateFor, edgeRoute, gatewayDocument, startGateway, tlsSecret } from '../kit/edge.ts';
import { type Http3Client, http3Client } from '../kit/http3.ts';
import { appliedIn } from '../kit/lab.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const mesh = TestMesh.open();
let port = 0;
let client: Http3Client;

const policy = (kind: string, spec: object, targetRefs: readonly object[] = [{ kind: 'Gateway', name: 'edge', sectionName: 'a' }]) => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind,
  metadata: { name: 'tried', namespace: 'edge' },
  spec: { targetRefs, ...spec },
});
const ask = (path: string, host = 'a.test') => askPlain(client.port, { host, path });
const served = (body: string): string => /^(\w+) v1/.exec(body)?.[1] ?? body.trim();

beforeAll(async () => {
  await mesh.up();
  port = await freePort();
  const pair = certificateFor(mesh, ['a.test']);
  const https = (name: string, host: string) => ({ name, port, protocol: 'HTTPS', hostname: host, tls: { certificateRefs: [{ name }] } });
  await mesh.apply([
    serviceDocument('web', { app: 'web' }),
    serviceDocument('pay', { app: 'pay' }),
    tlsSecret('a', pair),
    tlsSecret('b', certificateFor(mesh, ['b.test'])),
    gatewayDocument([https('a', 'a.test'), https('b', 'b.test'), { name: 'plain', port: await freePort(), protocol: 'HTTP' }]),
    edgeRoute('pay', [{ matches: [{ path: { value: '/pay' } }], backendRefs: [{ name: 'pay', port: 80 }] }]),
    edgeRoute('web', [{ backendRefs: [{ name: 'web', port: 80 }] }]),
  ]);
  await Promise.all([startApp(mesh, { service: 'web' }), startApp(mesh, { service: 'pay' })]);
  await startGateway(mesh);
  await eventually('the gateway', async () => ((await askTls(port, { host: 'a.test' }).catch(() => undefined))?.status === 200 ? true : undefined));
  client = await http3Client(port, 'a.test', pair.certificate);
}, 120_000);

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await mesh[Symbol.asyncDispose]();
});

test('T12 HTTP/3 is off until a policy asks for it', async () => {
  expect((await askTls(port, { host: 'a.test' })).headers['alt-svc']).toBeUndefined();
  expect((await ask('/')).status).toBe(503);
});

test('T12 HTTP/3: the same hosts and routes, bodies of any size, and answers over TCP that tell of it', async () => {
  await appliedIn('edge', mesh, policy('ConnectionPolicy', { http3: true }));
  const first = await eventually('an answer over HTTP/3', async () => {
    const reply = await ask('/x');
    return reply.status === 200 ? reply : undefined;
  });
  expect(served(first.body)).toBe('web');
  const headers = JSON.parse(/(\{.*\})$/.exec(first.body)?.[1] ?? '{}') as Record<string, string>;
  expect([headers['x-forwarded-proto'], headers['host']]).toEqual(['https', 'a.test']);
  expect(served((await ask('/pay/1')).body)).toBe('pay');
  expect((await askTls(port, { host: 'a.test' })).headers['alt-svc']).toBe(`h3=":${port}"; ma=86400`);
  // the other listener of the port was not asked for
  expect((await askTls(port, { host: 'b.test' })).headers['alt-svc']).toBeUndefined();
  const replies = await Promise.all(Array.from({ length: 100 }, (_, n) => ask(`/many/${n}`)));
  expect(replies.every(({ status }) => status === 200)).toBe(true);
});

test('T12 HTTP/3: a host of another listener is misdirected, and limits of the listener hold', async () => {
  expect((await ask('/', 'b.test')).status).toBe(421);
  await appliedIn('edge', mesh, policy('RateLimitPolicy', { limits: [{ name: 'all', requests: 5, per: '1h' }] }));
  const replies = await Promise.all(Array.from({ length: 12 }, () => ask('/limited')));
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(5);
});

test('T12 HTTP/3: what cannot have it says so; taken away, it is gone and HTTPS is not', async () => {
  await mesh.apply([policy('ConnectionPolicy', { http3: true }, [{ kind: 'Gateway', name: 'edge', sectionName: 'plain' }])]);
  expect((await mesh.run(['describe', 'connectionpolicy', 'tried', '-n', 'edge'])).stdout).toContain('WEFT1646');
  await mesh.call('/apis/weft.dev/v1alpha1/namespaces/edge/ratelimitpolicies/tried', { method: 'DELETE' });
  await eventually('no HTTP/3', async () => ((await ask('/')).status === 503 ? true : undefined));
  await eventually('HTTPS', async () => ((await askTls(port, { host: 'a.test' })).status === 200 ? true : undefined));
  expect((await askTls(port, { host: 'a.test' })).headers['alt-svc']).toBeUndefined();
});
