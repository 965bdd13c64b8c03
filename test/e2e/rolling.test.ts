// Rolling replacement: 2 -> 6 -> 2 instances with slow requests in flight. Nobody's request is lost.
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { serviceDocument, startApp } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
const SLOW_MS = 700;

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([serviceDocument('ledger', { app: 'ledger' })]);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

const start = (): Promise<Program> => startApp(mesh, { service: 'ledger', delayMs: SLOW_MS });

async function stop({ child }: Program): Promise<number | null> {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

test('2 -> 6 -> 2 under load: 0 failed', async () => {
  const old = [await start(), await start()];
  const customer = await Customer.start(mesh, { namespace: 'shop', target: 'http://ledger.shop.mesh/', rate: 60, expect: '^ledger v1 ' });
  await customer.until('http://ledger.shop.mesh/', (answer) => answer.status === 200);
  await customer.report();
  const young: Program[] = [];
  for (let n = 0; n < 4; n++) young.push(await start());
  // The old ones first, as a roll-out does, then two of the new ones, two at a time.
  expect(await Promise.all(old.map(stop))).toEqual([0, 0]);
  expect(await Promise.all(young.slice(0, 2).map(stop))).toEqual([0, 0]);
  const answer = await customer.get('http://ledger.shop.mesh/');
  expect(answer.status).toBe(200);
  const report = await customer.report();
  expect(report.failures).toEqual({});
  expect(report.requests).toBeGreaterThan(200);
});
