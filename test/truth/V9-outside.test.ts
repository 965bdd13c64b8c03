// V9 at the edge: the world outside is told a cause and an id, and nothing of who or what is behind the gateway; the mesh knows the rest by that id.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askPlain, edgeRoute, gatewayDocument, startGateway } from '../kit/edge.ts';
import { applied, policyFor, startLab } from '../kit/lab.ts';
import { requestOf } from '../kit/reason.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const mesh = TestMesh.open();
let port = 0;
const ID = '[0-9a-f]{8}-[0-9a-f-]{27}';
const rule = (name: string, path: string) => ({ matches: [{ path: { value: path } }], backendRefs: [{ name, port: 80 }] });
const ask = (path: string, headers = {}) => askPlain(port, { host: 'shop.test', path, headers });

beforeAll(async () => {
  await mesh.up();
  port = await freePort();
  await mesh.apply([
    serviceDocument('lab', { app: 'lab' }),
    serviceDocument('empty', { app: 'empty' }),
    gatewayDocument([{ name: 'any', port, protocol: 'HTTP' }]),
    edgeRoute('shop', [rule('lab', '/'), rule('empty', '/empty'), rule('missing', '/missing')], { hostnames: ['shop.test'] }),
  ]);
  await startLab(mesh, 'lab');
  await startGateway(mesh);
  await eventually('the gateway', async () => ((await ask('/').catch(() => undefined))?.status === 200 ? true : undefined));
  await applied(mesh, policyFor('FaultPolicy', 'lab', { for: '1h', faults: [{ match: { pathPrefix: '/fault' }, abort: { status: 418 } }] }));
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

test('V9 reasons of the gateway itself, of a sidecar behind it, and of a route without a backend', async () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['/fault', 418, 'fault'],
    ['/empty', 503, 'no-healthy-upstream'],
    ['/missing', 500, 'no-backend'],
  ];
  for (const [path, status, cause] of cases) {
    const reply = await ask(path, { 'x-request-id': 'forged' });
    expect([path, reply.status, reply.headers['weft-reason'], reply.headers['weft-cause'], reply.headers['weft-retry']]).toEqual([
      path,
      status,
      expect.stringMatching(new RegExp(`^${cause}; request=${ID}$`)),
      undefined,
      undefined,
    ]);
  }
  expect((await ask('/headers')).headers['weft-reason']).toBeUndefined();
});

test('V9 the id leads to the gateway, the sidecar and the policy', async () => {
  const id = requestOf((await ask('/fault/me?token=secret')).headers);
  const told = await eventually('the records', async () => {
    const { code, stdout } = await mesh.run(['explain', '--request', id]);
    return code === 0 && stdout.includes('FaultPolicy shop/lab') ? stdout : undefined;
  });
  expect(told).toMatch(/^failed on purpose at shop\/lab \(inbound\)/);
  expect(told).toContain('GET shop.test/fault/me?token=…');
  // One in a hundred of what a gateway passes on is kept, too: then its client is known as well.
  expect(told).toContain(/^gateway +edge/m.test(told) ? 'caller  127.0.0.1 (no identity)' : 'caller  spiffe://example.mesh/ns/edge/sa/edge');
});
