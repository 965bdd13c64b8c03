// 200 random edits of routes, weights and services under load: no request fails.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { eventually, routeDocument, serviceDocument, startApp } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([
    serviceDocument('ledger', { app: 'ledger' }),
    serviceDocument('ledger-v1', { app: 'ledger', version: 'v1' }),
    serviceDocument('ledger-v2', { app: 'ledger', version: 'v2' }),
  ]);
  await startApp(mesh, { service: 'ledger', version: 'v1' });
  await startApp(mesh, { service: 'ledger', version: 'v2' });
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

const dice = (sides: number): number => Math.floor(Math.random() * sides);

/** Rules that always lead to a living backend, in random shape: order, names, matches, weights, headers, timeouts. */
function randomRules(): unknown[] {
  const weight = dice(101);
  const split = [
    { name: 'ledger-v1', port: 80, weight },
    { name: 'ledger-v2', port: 80, weight: 100 - weight },
  ];
  const extra = Array.from({ length: dice(4) }, (_, n) => ({
    name: `extra-${n}`,
    matches: [{ path: { type: 'PathPrefix', value: `/x${dice(5)}` } }],
    filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-edit', value: String(dice(1000)) }] } }],
    timeouts: { request: `${1 + dice(9)}s` },
    backendRefs: [{ name: dice(2) === 0 ? 'ledger-v1' : 'ledger', port: 80 }],
  }));
  return [...extra, { name: 'rest', backendRefs: dice(3) === 0 ? [{ name: 'ledger-v2', port: 80 }] : split }];
}

/** One edit: mostly the route; sometimes a service comes and the route moves to it, and later the service goes. */
async function randomEdit(n: number): Promise<void> {
  if (n % 10 !== 9) return mesh.apply([routeDocument('ledger', 'ledger', randomRules())]);
  const name = `ledger-n${n}`;
  await mesh.apply([serviceDocument(name, { app: 'ledger' }), routeDocument('ledger', 'ledger', [{ backendRefs: [{ name, port: 80 }] }])]);
  await mesh.apply([routeDocument('ledger', 'ledger', randomRules())]);
  await mesh.call(`/api/v1/namespaces/shop/services/${name}`, { method: 'DELETE' });
}

test('200 random edits under load fail no request', async () => {
  await mesh.apply([routeDocument('ledger', 'ledger', randomRules())]);
  const customer = await Customer.start(mesh, { namespace: 'shop', target: 'http://ledger.shop.mesh/x1/y', rate: 150 });
  await customer.until('http://ledger.shop.mesh/', (answer) => answer.status === 200);
  await customer.report();
  for (let n = 0; n < 200; n++) {
    await randomEdit(n);
    await new Promise((done) => setTimeout(done, dice(60)));
  }
  const last = `final-${dice(1e6)}`;
  const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-edit', value: last }] } }];
  await mesh.apply([routeDocument('ledger', 'ledger', [{ filters, backendRefs: [{ name: 'ledger', port: 80 }] }])]);
  await eventually('the last edit', async () => ((await customer.get('http://ledger.shop.mesh/')).headers['x-edit'] === last ? true : undefined));
  const report = await customer.report();
  expect(report.failures).toEqual({});
  expect(report.requests).toBeGreaterThan(500);
});
