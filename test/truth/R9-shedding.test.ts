// R9: what an application cannot take is refused before it gets it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { ownServices, setMood, startMoody } from '../kit/moody.ts';
import { taken, type Watched } from '../kit/taken.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const URL = 'http://checkout.shop.mesh/';
const INBOUND: Watched = { proxies: 'shop/checkout-r1', type: 'routes', name: 'inbound:8080' };
let mesh: TestMesh;
let customer: Customer;

const policy = (shedding: Readonly<Record<string, boolean>>) => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'CircuitBreakerPolicy',
  metadata: { name: 'checkout', namespace: 'shop' },
  spec: { targetRefs: [{ kind: 'Service', name: 'checkout' }], shedding },
});

const shed = (counts: Readonly<Record<string, number>>, by: string): number => counts[`503 shed; by=${by}`] ?? 0;

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply(ownServices(['r1']));
  await startMoody(mesh, 'checkout', 'r1');
  customer = await Customer.start(mesh, { namespace: 'shop' });
  await customer.until(URL, (answer) => answer.status === 200);
});

afterAll(() => mesh[Symbol.asyncDispose]());

describe('R9 load shedding', () => {
  test('without a policy the application gets everything', async () => {
    await setMood(customer, 'r1', { delay: 200 });
    expect((await customer.many({ count: 60, width: 60, url: URL })).counts).toEqual({ 'r1 /': 60 });
    expect((await setMood(customer, 'r1')).most).toBeGreaterThan(40);
  });

  test('adaptive concurrency lets through what is answered without delay, and says what it refused', async () => {
    await taken(mesh, [INBOUND], () => mesh.apply([policy({ adaptiveConcurrency: true })]));
    const { counts } = await customer.many({ count: 60, width: 60, url: URL });
    expect(shed(counts, 'adaptive-concurrency')).toBeGreaterThan(0);
    expect(shed(counts, 'adaptive-concurrency') + (counts['r1 /'] ?? 0)).toBe(60);
    expect((await setMood(customer, 'r1', { delay: 0 })).most).toBeLessThanOrEqual(30);
    // One after the other is never too much.
    expect((await customer.many({ count: 60, url: URL })).counts).toEqual({ 'r1 /': 60 });
  });

  test('admission control refuses part of what would fail, and nothing of what works', async () => {
    await taken(mesh, [INBOUND], () => mesh.apply([policy({ adaptiveConcurrency: false, admissionControl: true })]));
    expect((await customer.many({ count: 200, width: 4, url: URL })).counts).toEqual({ 'r1 /': 200 });
    await setMood(customer, 'r1', { status: 500 });
    await customer.many({ count: 400, width: 4, url: URL });
    const { counts } = await customer.many({ count: 300, width: 4, url: URL });
    expect(shed(counts, 'admission-control')).toBeGreaterThan(0);
    expect(shed(counts, 'admission-control')).toBeLessThan(300);
  });
});
