// certificates outlive a control plane that is away, and when they have ended nothing is sent unencrypted; when it is back all is well by itself.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProxyView } from '../../src/api/index.ts';
import { Customer } from '../kit/customer.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

/** The full drill has 120: npm run drill. */
const LEAF_S = Number(process.env['WEFT_TEST_LEAF_S'] ?? 24);
const URL = 'http://ledger.shop.mesh/';
let mesh: TestMesh;
let control: Program;
let customer: Customer;

const expiries = async (): Promise<readonly number[]> => {
  const { items } = await mesh.call<{ readonly items: readonly ProxyView[] }>('/weft/v1/proxies');
  return items.filter(({ connected }) => connected).map(({ certificateNotAfter }) => certificateNotAfter);
};
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

beforeAll(async () => {
  mesh = TestMesh.open();
  control = await mesh.up();
  const connections = { targetRefs: [{ kind: 'Service', name: 'ledger' }], maxRequestsPerConnection: 5 };
  await mesh.apply([
    { apiVersion: 'weft.dev/v1alpha1', kind: 'Mesh', metadata: { name: 'default' }, spec: { identity: { leafLifetime: `${LEAF_S}s` } } },
    serviceDocument('ledger', { app: 'ledger' }),
    { apiVersion: 'weft.dev/v1alpha1', kind: 'ConnectionPolicy', metadata: { name: 'ledger', namespace: 'shop' }, spec: connections },
  ]);
  await startApp(mesh, { service: 'ledger' });
  customer = await Customer.start(mesh, { namespace: 'shop', target: URL, rate: 50 });
  await customer.until(URL, ({ status }) => status === 200);
  // its own listener and cluster have settled
  await eventually('both proxies there', async () => ((await expiries()).length === 2 ? true : undefined));
});

afterAll(() => mesh[Symbol.asyncDispose]());

test('certificates are renewed again and again, and no request fails; not either while the control plane is away for 40 % of their life', async () => {
  await customer.report();
  const first = await expiries();
  await eventually('renewed', async () => ((await expiries()).every((at, n) => at > (first[n] ?? 0)) ? true : undefined), 3000);
  control.child.kill('SIGKILL');
  await pause(LEAF_S * 400);
  control = await mesh.up();
  const second = await eventually(
    'both proxies back',
    async () => {
      const found = await expiries();
      return found.length === 2 ? found : undefined;
    },
    1200,
  );
  await eventually('renewed again', async () => ((await expiries()).every((at, n) => at > (second[n] ?? 0)) ? true : undefined), 3000);
  const { requests, failures } = await customer.report();
  expect(failures).toEqual({});
  expect(requests).toBeGreaterThan(LEAF_S * 20);
});

test('away until they have ended, nothing goes through, neither encrypted nor not; back again all is well within a minute, with nothing restarted', async () => {
  const ends = Math.max(...(await expiries()));
  control.child.kill('SIGKILL');
  await pause(Math.max(0, ends - Date.now()) + 1000);
  const refused = await customer.until(URL, ({ status }) => status !== 200);
  expect(refused.status).toBe(503);
  // kept connections are made anew after five requests: then none is left
  const { counts } = await customer.many({ count: 40, url: URL });
  expect(Object.keys(counts).filter((answer) => answer.startsWith('ledger'))).toEqual([]);
  control = await mesh.up();
  expect((await customer.until(URL, ({ status }) => status === 200, 1200)).status).toBe(200);
  await customer.report();
  await customer.many({ count: 100, url: URL });
  expect((await customer.report()).failures).toEqual({});
});
