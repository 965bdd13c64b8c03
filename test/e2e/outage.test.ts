// The control plane dies, stays away and comes back: nobody who is being served notices, and nothing is sent again.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tree } from '../kit/cpu.ts';
import { Customer } from '../kit/customer.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

interface Counters {
  readonly counters: { readonly resourcesSent: number };
}
interface Proxies {
  readonly items: readonly { readonly connected: boolean; readonly sync: string }[];
}

const AWAY_MS = Number(process.env['WEFT_TEST_OUTAGE_S'] ?? 60) * 1000;
let mesh: TestMesh;
let control: Program;
let dying: Program;

beforeAll(async () => {
  mesh = TestMesh.open();
  control = await mesh.up();
  await mesh.apply([serviceDocument('ledger', { app: 'ledger' })]);
  await startApp(mesh, { service: 'ledger' });
  dying = await startApp(mesh, { service: 'ledger', version: 'v2' });
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

const inSync = (count: number) => async (): Promise<true | undefined> => {
  const { items } = await mesh.call<Proxies>('/weft/v1/proxies');
  return items.filter((one) => one.connected && one.sync === 'in sync').length === count ? true : undefined;
};

test('killed for a minute at 200 requests a second, new connections included: none fails; a backend that dies meanwhile is left alone after 10 s; on return nothing is resent', async () => {
  const customer = await Customer.start(mesh, { namespace: 'shop', target: 'http://ledger.shop.mesh/', rate: 200 });
  await customer.until('http://ledger.shop.mesh/', (answer) => answer.status === 200);
  await eventually('all proxies in sync', inSync(3));
  await customer.report();
  control.child.kill('SIGKILL');
  await new Promise((done) => setTimeout(done, AWAY_MS / 3));
  const before = await customer.report();
  expect(before.failures).toEqual({});
  // Nobody can say any more that it is gone: the callers find out themselves.
  for (const pid of tree(dying.pid)) process.kill(pid, 'SIGKILL');
  await new Promise((done) => setTimeout(done, 10_000));
  await customer.report();
  await new Promise((done) => setTimeout(done, Math.max(AWAY_MS - AWAY_MS / 3 - 10_000, 5_000)));
  const during = await customer.report();
  expect(during.failures).toEqual({});
  expect(before.requests + during.requests).toBeGreaterThan((AWAY_MS / 1000 - 12) * 150);

  control = await mesh.up();
  await eventually('the others back in sync', inSync(2), 600);
  const { counters } = await mesh.call<Counters>('/weft/v1/status');
  expect(counters.resourcesSent).toBe(0);
  const after = await customer.report();
  expect(after.failures).toEqual({});

  // It is really back: a change still arrives.
  await mesh.apply([serviceDocument('other', { app: 'ledger' })]);
  const answer = await customer.until('http://other.shop.mesh/', (one) => one.status === 200);
  expect(answer.status).toBe(200);
});
