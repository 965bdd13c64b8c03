// T13: a client stays with one endpoint, by cookie or header, until that is gone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { ownServices, startMoody } from '../kit/moody.ts';
import { eventually } from '../kit/shop.ts';
import { taken, type Watched } from '../kit/taken.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

const URL = 'http://checkout.shop.mesh/';
const TABLE: Watched = { proxies: 'shop/customer', type: 'routes', name: 'checkout.shop.mesh:80' };
let mesh: TestMesh;
let customer: Customer;
const programs = new Map<string, Program>();

function sessions(session: Readonly<Record<string, unknown>>): Promise<void> {
  const targetRefs = [{ kind: 'Service', name: 'checkout' }];
  const spec = { targetRefs, algorithm: 'RoundRobin', session };
  const policy = { apiVersion: 'weft.dev/v1alpha1', kind: 'LoadBalancingPolicy', metadata: { name: 'checkout', namespace: 'shop' }, spec };
  return taken(mesh, [TABLE], () => mesh.apply([policy]));
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply(ownServices(['r1', 'r2', 'r3']));
  await Promise.all(['r1', 'r2', 'r3'].map(async (name) => programs.set(name, await startMoody(mesh, 'checkout', name))));
  customer = await Customer.start(mesh, { namespace: 'shop' });
  await eventually('all three answer', async () => (Object.keys((await customer.many({ count: 30, url: URL })).counts).length === 3 ? true : undefined));
});

afterAll(() => mesh[Symbol.asyncDispose]());

describe('T13 stickiness', () => {
  test('by a cookie, whatever the algorithm, and elsewhere when the endpoint is gone', async () => {
    await sessions({ type: 'Cookie', name: 'till', ttl: '1h' });
    const first = await customer.get(URL);
    const cookie = /till="?([^";]+)"?;/.exec(String(first.headers['set-cookie']))?.[1] ?? '';
    expect(cookie, String(first.headers['set-cookie'])).not.toBe('');
    const name = first.body.split(' ')[0] ?? '';
    const headers = { cookie: `till="${cookie}"` };
    expect((await customer.many({ count: 30, url: URL, headers })).counts).toEqual({ [`${name} /`]: 30 });
    // Without it requests go round.
    expect(Object.keys((await customer.many({ count: 30, url: URL })).counts)).toHaveLength(3);
    await taken(mesh, [{ ...TABLE, type: 'endpoints', name: 'outbound|80||checkout.shop.mesh' }], async () => programs.get(name)?.child.kill('SIGTERM'));
    const { counts } = await customer.many({ count: 30, url: URL, headers });
    expect(Object.keys(counts).sort()).toEqual(['r1 /', 'r2 /', 'r3 /'].filter((each) => each !== `${name} /`));
  });

  test('by a header', async () => {
    await sessions({ type: 'Header', name: 'x-till' });
    const first = await customer.get(URL);
    const till = String(first.headers['x-till']);
    const { counts } = await customer.many({ count: 30, url: URL, headers: { 'x-till': till } });
    expect(counts).toEqual({ [`${first.body.split(' ')[0]} /`]: 30 });
  });
});
