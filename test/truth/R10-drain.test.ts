// R10: how a workload ends is one number, and while that lasts nobody loses anything.
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { ownServices, setMood, startMoody } from '../kit/moody.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

const URL = 'http://checkout.shop.mesh/';
let mesh: TestMesh;
let customer: Customer;

async function ended({ child }: Program): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply(ownServices(['r1', 'r2', 'r3']));
  customer = await Customer.start(mesh, { namespace: 'shop' });
});

afterAll(() => mesh[Symbol.asyncDispose]());

describe('R10 drain', () => {
  test('replicas are replaced one by one under load with slow requests in flight: none is lost', async () => {
    const old = await Promise.all(['r1', 'r2'].map((name) => startMoody(mesh, 'checkout', name)));
    const loaded = await Customer.start(mesh, { namespace: 'shop', name: 'loaded', target: URL, rate: 100 });
    await loaded.until(URL, (answer) => answer.status === 200);
    for (const name of ['r1', 'r2']) await setMood(customer, name, { delay: 500 });
    await loaded.report();
    await startMoody(mesh, 'checkout', 'r3');
    for (const each of old) await ended(each);
    const { requests, failed, failures } = await loaded.report();
    expect({ failed, failures }).toEqual({ failed: 0, failures: {} });
    expect(requests).toBeGreaterThan(100);
    loaded.program.child.kill('SIGTERM');
  });

  test('what takes longer than --drain is cut', async () => {
    const slow = await startMoody(mesh, 'till', 'r1', ['--drain', '1s', '--grace', '1s']);
    await setMood(customer, 'r1', { delay: 60_000 });
    const asked = customer.get('http://till.shop.mesh/');
    await ended(slow);
    expect((await asked).status).not.toBe(200);
  });
});
