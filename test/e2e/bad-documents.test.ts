// Bad documents: everybody keeps serving, the reason stands on the document, and a proxy that starts later is ready on the last good.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { eventually, routeDocument, serviceDocument, startApp } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

interface Route {
  readonly status?: {
    readonly parents?: readonly {
      readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }[];
    }[];
  };
}

let mesh: TestMesh;
let customer: Customer;

const goodRule = {
  name: 'all',
  filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-good', value: 'yes' }] } }],
  backendRefs: [{ name: 'ledger', port: 80 }],
};
const badRule = { name: 'broken', matches: [{ path: { type: 'RegularExpression', value: '/(?=lookahead)[a' } }], backendRefs: [{ name: 'ledger', port: 80 }] };

async function condition(route: string, type: string): Promise<{ status: string; reason: string; message: string } | undefined> {
  const found = await mesh.call<Route>(`/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/${route}`);
  return found.status?.parents?.[0]?.conditions.find((one) => one.type === type);
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([serviceDocument('ledger', { app: 'ledger' }), routeDocument('ledger', 'ledger', [goodRule])]);
  await startApp(mesh, { service: 'ledger' });
  customer = await Customer.start(mesh, { namespace: 'shop', target: 'http://ledger.shop.mesh/', rate: 50 });
  await customer.until('http://ledger.shop.mesh/', (answer) => answer.headers['x-good'] === 'yes');
  await customer.report();
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

test('a regular expression that only Envoy refuses: its words are on the document, the last good content serves, also for a proxy that starts later', async () => {
  await mesh.apply([routeDocument('ledger', 'ledger', [badRule, goodRule])]);
  const programmed = await eventually(
    'Envoy’s words',
    async () => {
      const found = await condition('ledger', 'Programmed');
      return found?.status === 'False' ? found : undefined;
    },
    100,
  );
  expect(programmed.message).toMatch(/regex|perl|missing/i);
  const late = await Customer.start(mesh, { namespace: 'shop', name: 'late' });
  const answer = await late.until('http://ledger.shop.mesh/', (one) => one.status === 200);
  expect(answer.headers['x-good']).toBe('yes');
  const report = await customer.report();
  expect(report.failures).toEqual({});
  const proxies = await mesh.run(['proxies', '-A', '--server', mesh.api.url]);
  expect(proxies.stdout).toMatch(/refused/);
  expect(proxies.stdout).toMatch(/HTTPRoute shop\/ledger/);
});

test('a bad route does not hold up other routes of the same service', async () => {
  const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-second', value: 'yes' }] } }];
  await mesh.apply([
    routeDocument('second', 'ledger', [
      { matches: [{ path: { type: 'PathPrefix', value: '/second' } }], filters, backendRefs: [{ name: 'ledger', port: 80 }] },
    ]),
  ]);
  const answer = await customer.until('http://ledger.shop.mesh/second', (one) => one.headers['x-second'] === 'yes');
  expect(answer.headers['x-second']).toBe('yes');
});

test('the mended document is taken at once', async () => {
  const mended = { ...goodRule, filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-good', value: 'mended' }] } }] };
  await mesh.apply([routeDocument('ledger', 'ledger', [mended])]);
  const answer = await customer.until('http://ledger.shop.mesh/', (one) => one.headers['x-good'] === 'mended');
  expect(answer.headers['x-good']).toBe('mended');
  await eventually('Programmed', async () => ((await condition('ledger', 'Programmed'))?.status === 'True' ? true : undefined), 100);
});

test('a backend that does not exist: ResolvedRefs says so, its share is answered 500 with the reason, the rest serves', async () => {
  await mesh.apply([
    routeDocument('missing', 'ledger', [{ matches: [{ path: { type: 'PathPrefix', value: '/missing' } }], backendRefs: [{ name: 'nobody', port: 80 }] }]),
  ]);
  const refs = await eventually(
    'ResolvedRefs',
    async () => {
      const found = await condition('missing', 'ResolvedRefs');
      return found?.status === 'False' ? found : undefined;
    },
    100,
  );
  expect(refs.reason).toBe('BackendNotFound');
  expect(refs.message).toContain('nobody');
  const answer = await customer.until('http://ledger.shop.mesh/missing', (one) => one.status === 500);
  expect(answer.headers['weft-reason']).toContain('no-backend');
  expect((await customer.get('http://ledger.shop.mesh/')).status).toBe(200);
});

test('two services with one address: the older keeps it, the other one says so, nobody stops', async () => {
  const ledger = await mesh.call<{ spec: { clusterIP: string } }>('/api/v1/namespaces/shop/services/ledger');
  const twin = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'twin', namespace: 'shop' },
    spec: { clusterIP: ledger.spec.clusterIP, selector: { app: 'ledger' }, ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }] },
  };
  await expect(mesh.apply([twin])).rejects.toThrow(/422|400|409|taken|already/);
  expect((await customer.get('http://ledger.shop.mesh/')).status).toBe(200);
  const report = await customer.report();
  expect(Object.keys(report.failures)).toEqual([]);
});
