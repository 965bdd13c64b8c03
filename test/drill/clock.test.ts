// the clock of a machine is set, or it was suspended. Certificates are exchanged within 30 s, nobody is lost, and what is open stays open.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProxyView } from '../../src/api/index.ts';
import { Customer } from '../kit/customer.ts';
import { type SetClock, setClock } from '../kit/set-clock.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const HOUR_S = 3600;
const URL = 'http://ledger.shop.mesh/';
let mesh: TestMesh;
let clock: SetClock;
let customer: Customer;

const expiries = async (): Promise<readonly number[]> => {
  const { items } = await mesh.call<{ readonly items: readonly ProxyView[] }>('/weft/v1/proxies');
  return items.filter(({ connected }) => connected).map(({ certificateNotAfter }) => certificateNotAfter);
};

beforeAll(async () => {
  mesh = TestMesh.open();
  clock = setClock();
  await mesh.up();
  const connections = { targetRefs: [{ kind: 'Service', name: 'ledger' }], maxRequestsPerConnection: 5 };
  await mesh.apply([
    serviceDocument('ledger', { app: 'ledger' }),
    { apiVersion: 'weft.dev/v1alpha1', kind: 'ConnectionPolicy', metadata: { name: 'ledger', namespace: 'shop' }, spec: connections },
  ]);
  await startApp(mesh, { service: 'ledger' });
  customer = await Customer.start(mesh, { namespace: 'shop' });
  await customer.until(URL, ({ status }) => status === 200);
});

afterAll(async () => {
  clock.off();
  await mesh[Symbol.asyncDispose]();
});

/** Every proxy has a certificate that begins about now and ends a lifetime later. */
async function renewed(): Promise<void> {
  await eventually(
    'certificates of this time',
    async () => {
      const now = Date.now() + clock.seconds * 1000;
      const found = await expiries();
      const lives = found.map((notAfter) => (notAfter - now) / 3_600_000);
      return found.length === 2 && lives.every((hours) => hours > 23 && hours <= 24.01) ? true : undefined;
    },
    1800,
  );
  const answer = await customer.until(URL, ({ status }) => status === 200, 600);
  expect(answer.status).toBe(200);
  // on connections that are made anew for every fifth
  const { counts } = await customer.many({ count: 50, url: URL });
  expect(counts).toEqual({ 'ledger v1': 50 });
}

test.each([
  ['a lifetime ahead', 24 * HOUR_S],
  ['two days further', 48 * HOUR_S],
  ['an hour back', -HOUR_S],
])('the clock is set %s: certificates are exchanged, new connections come about', async (_what, seconds) => {
  clock.set(clock.seconds + seconds);
  await renewed();
});
