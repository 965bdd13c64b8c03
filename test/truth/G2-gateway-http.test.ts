import { afterAll, beforeAll, expect, test } from 'vitest';
import { askPlain, edgeRoute, gatewayDocument, startGateway } from '../kit/edge.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const mesh = TestMesh.open();
let port = 0;

const to = (name: string, path = '/') => [{ matches: [{ path: { value: path } }], backendRefs: [{ name, port: 80 }] }];
const served = (body: string): string => /^(\w+) v1/.exec(body)?.[1] ?? body.trim();

beforeAll(async () => {
  await mesh.up();
  port = await freePort();
  const http = (name: string, hostname: string | undefined) => ({ name, port, protocol: 'HTTP', ...(hostname === undefined ? {} : { hostname }) });
  await mesh.apply([
    serviceDocument('web', { app: 'web' }),
    serviceDocument('pay', { app: 'pay' }),
    gatewayDocument([http('any', undefined), http('shop', '*.shop.test'), http('pay', 'pay.shop.test'), http('closed', '*.closed.test')]),
    edgeRoute('any', to('web', '/any'), { sections: ['any'] }),
    edgeRoute('shop', to('web'), { sections: ['shop'], hostnames: ['*.shop.test', 'pay.shop.test', 'a.b.shop.test'] }),
    edgeRoute('pay', to('pay', '/pay'), { sections: ['pay'] }),
    edgeRoute('exact', to('pay', '/exact'), { sections: ['any'], hostnames: ['exact.test'] }),
  ]);
  await Promise.all([startApp(mesh, { service: 'web' }), startApp(mesh, { service: 'pay' })]);
  await startGateway(mesh);
  await eventually('the gateway', async () => ((await askPlain(port, { host: 'a.shop.test' }).catch(() => undefined))?.status === 200 ? true : undefined));
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

test('G2 listener isolation: a request belongs to the most specific listener alone, also when that has no route for it', async () => {
  const cases: readonly [string, string, string | number][] = [
    ['whatever.test', '/any', 'web'],
    ['whatever.test', '/', 404],
    ['a.shop.test', '/x', 'web'],
    ['a.shop.test', '/any', 'web'],
    ['a.b.shop.test', '/x', 'web'],
    ['pay.shop.test', '/pay', 'pay'],
    // its route at listener "shop" names this host too, but the host is listener "pay"'s
    ['pay.shop.test', '/x', 404],
    ['PAY.shop.test:1234', '/pay', 'pay'],
    // shop.test itself is not below *.shop.test
    ['shop.test', '/x', 404],
    ['x.closed.test', '/any', 404],
    ['exact.test', '/exact', 'pay'],
    // the route with the more specific host name comes first; what it does not match goes on
    ['exact.test', '/any', 'web'],
  ];
  const found: (string | number)[] = [];
  for (const [host, path] of cases) {
    const reply = await askPlain(port, { host, path });
    found.push(reply.status === 200 ? served(reply.body) : reply.status);
  }
  expect(found).toEqual(cases.map(([, , wanted]) => wanted));
});

test('G1 edge: what a client forges of the mesh is taken off, its address and scheme are told, and dot segments are resolved', async () => {
  const forged = {
    'x-envoy-original-path': '/secret',
    'x-envoy-retry-on': '5xx',
    'x-envoy-upstream-rq-timeout-ms': '1',
    'weft-reason': 'forged',
    'weft-retry': 'safe',
    'x-forwarded-client-cert': 'URI=spiffe://example.mesh/ns/shop/sa/admin',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '10.9.9.9',
    'x-request-id': 'mine',
    'x-mine': 'kept',
  };
  const { body } = await askPlain(port, { host: 'a.shop.test', path: '/a/../b//c', headers: forged });
  const [, path, json] = /^web v1 (\S+) (\{.*\})$/.exec(body) ?? [];
  const seen = JSON.parse(json ?? '{}') as Record<string, string>;
  expect(path).toBe('/b/c');
  expect(Object.keys(seen).filter((name) => name.startsWith('x-envoy-') || name.startsWith('weft-'))).toEqual([]);
  expect(seen['x-forwarded-client-cert']).toMatch(/URI=spiffe:\/\/example\.mesh\/ns\/edge\/sa\/edge$/);
  expect(seen['x-forwarded-client-cert']).not.toContain('admin');
  expect(seen['x-forwarded-proto']).toBe('http');
  expect(seen['x-forwarded-for']).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  expect(seen['x-forwarded-for']).not.toBe('10.9.9.9');
  expect(seen['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(seen['x-mine']).toBe('kept');
});

test('G2 allowedRoutes: a route of a namespace or kind that the listener does not take is told so, and takes no requests', async () => {
  const own = await freePort();
  await mesh.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { tier: 'front' } } },
    gatewayDocument(
      [
        { name: 'same', port: own, protocol: 'HTTP', hostname: 'same.test', allowedRoutes: {} },
        {
          name: 'chosen',
          port: own,
          protocol: 'HTTP',
          hostname: 'chosen.test',
          allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { tier: 'front' } } } },
        },
      ],
      {},
      'second',
    ),
    edgeRoute('second', to('web'), { sections: ['same', 'chosen', 'nowhere'], parent: 'second' }),
  ]);
  await startGateway(mesh, { name: 'second' });
  const ask = async (host: string) => (await askPlain(own, { host })).status;
  await eventually('the second gateway', async () => ((await ask('chosen.test').catch(() => 0)) === 200 ? true : undefined));
  expect(await ask('same.test')).toBe(404);
  const route = await mesh.call<{ status: { parents: { conditions: { type: string; status: string; reason: string }[] }[] } }>(
    '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/second',
  );
  const accepted = route.status.parents.map(({ conditions }) => conditions.find(({ type }) => type === 'Accepted'));
  expect(accepted.map((one) => [one?.status, one?.reason])).toEqual([
    ['False', 'NotAllowedByListeners'],
    ['True', 'Accepted'],
    ['False', 'NoMatchingParent'],
  ]);
  // the namespace loses its label: nothing is restarted, the route is gone
  await mesh.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { tier: 'back' } } }]);
  await eventually('the label to count', async () => ((await ask('chosen.test')) === 404 ? true : undefined));
});
