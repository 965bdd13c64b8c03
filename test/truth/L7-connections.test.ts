// L7: how connections to the application are made and kept, seen by the ports they come from.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { startMoody } from '../kit/moody.ts';
import { taken, type Watched } from '../kit/taken.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const URL = 'http://checkout.shop.mesh/';
const INBOUND: Watched = { proxies: 'shop/checkout-r1', type: 'cluster', name: 'inbound|8080' };
let mesh: TestMesh;
let customer: Customer;

const policy = (spec: Readonly<Record<string, unknown>>) => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'ConnectionPolicy',
  metadata: { name: 'checkout', namespace: 'shop' },
  spec: { targetRefs: [{ kind: 'Service', name: 'checkout' }], ...spec },
});

/** The ports of the connections on which the application got so many requests, one after the other. */
async function ports(count: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (let n = 0; n < count; n++) found.push((await customer.get(URL)).body.split(' ')[2] ?? '');
  return found;
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await startMoody(mesh, 'checkout', 'r1');
  customer = await Customer.start(mesh, { namespace: 'shop' });
  await customer.until(URL, (answer) => answer.status === 200);
});

afterAll(() => mesh[Symbol.asyncDispose]());

describe('L7 connections', () => {
  test('to the application they are kept, and replaced after so many requests', async () => {
    await taken(mesh, [INBOUND], () => mesh.apply([policy({ application: { idle: '30s' } })]));
    expect(new Set(await ports(12)).size).toBe(1);
    await taken(mesh, [INBOUND], () => mesh.apply([policy({ application: { idle: '30s', maxRequestsPerConnection: 3 } })]));
    const found = await ports(12);
    expect(new Set(found).size).toBe(4);
    expect(found.filter((port) => port === found[0])).toHaveLength(3);
  });

  test('between proxies a change under load costs no request', async () => {
    const loaded = await Customer.start(mesh, { namespace: 'shop', name: 'loaded', target: URL, rate: 200 });
    await loaded.until(URL, (answer) => answer.status === 200);
    await loaded.report();
    const out: Watched = { proxies: 'shop/loaded', type: 'cluster', name: 'outbound|80||checkout.shop.mesh' };
    for (const spec of [{ maxRequestsPerConnection: 20 }, { connectTimeout: '2s', idle: '5m' }, { http2: { maxConcurrentStreams: 50 } }, { maxAge: '1s' }])
      await taken(mesh, [out], () => mesh.apply([policy(spec)]));
    for (const algorithm of ['RoundRobin', 'RingHash', 'Maglev', 'Random', 'ClientSideWeighted', 'LeastRequest']) {
      const balancing = { ...policy({ algorithm, slowStart: { window: '1s' } }), kind: 'LoadBalancingPolicy' };
      await taken(mesh, [out], () => mesh.apply([balancing]));
    }
    await customer.many({ count: 300, url: URL });
    const { requests, failed, failures } = await loaded.report();
    expect({ failed, failures }).toEqual({ failed: 0, failures: {} });
    expect(requests).toBeGreaterThan(50);
  });
});
