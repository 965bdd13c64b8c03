// L1, L2: every algorithm and every key, seen in which of three replicas answer.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binomialRange, expectShare } from '../kit/binomial.ts';
import { Customer } from '../kit/customer.ts';
import { startApp } from '../kit/shop.ts';
import { taken } from '../kit/taken.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const URL = 'http://checkout.shop.mesh/';
let mesh: TestMesh;
let customer: Customer;
let neighbour: Customer;

const CLUSTER = 'outbound|80||checkout.shop.mesh';
const BOTH = ['shop/customer', 'app/neighbour'];

/** Applies a policy about checkout and waits until the proxies of those it is for run it. */
async function balance(spec: Readonly<Record<string, unknown>>, name = 'checkout', namespace = 'shop'): Promise<void> {
  const targetRefs = [{ kind: 'Service', name: 'checkout', namespace: 'shop' }];
  const policy = { apiVersion: 'weft.dev/v1alpha1', kind: 'LoadBalancingPolicy', metadata: { name, namespace }, spec: { targetRefs, ...spec } };
  const proxies = namespace === 'shop' ? BOTH : ['app/neighbour'];
  await taken(
    mesh,
    proxies.map((each) => ({ proxies: each, type: 'cluster', name: CLUSTER })),
    () => mesh.apply([policy]),
  );
}

/** Replicas by how many of the answers are theirs. */
function shares(counts: Readonly<Record<string, number>>): readonly number[] {
  expect(Object.keys(counts).sort()).toEqual(['checkout r1', 'checkout r2', 'checkout r3']);
  return Object.values(counts);
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await Promise.all(['r1', 'r2', 'r3'].map((version) => startApp(mesh, { service: 'checkout', version })));
  [customer, neighbour] = await Promise.all([
    Customer.start(mesh, { namespace: 'shop', name: 'customer' }),
    Customer.start(mesh, { namespace: 'app', name: 'neighbour' }),
  ]);
  for (const each of [customer, neighbour]) await each.until(URL, (answer) => answer.status === 200);
});

afterAll(() => mesh[Symbol.asyncDispose]());

describe('L1 algorithms', () => {
  test('RoundRobin is an exact rotation', async () => {
    await balance({ algorithm: 'RoundRobin' });
    const { order } = await customer.many({ count: 30, url: URL });
    for (let at = 0; at < order.length; at += 3) expect(new Set(order.slice(at, at + 3)).size, order.join(' ')).toBe(3);
  });

  test('Random has no memory', async () => {
    await balance({ algorithm: 'Random' });
    const { counts, order } = await customer.many({ count: 390, url: URL });
    for (const count of shares(counts)) expectShare(count, 390, 1 / 3);
    // The next one is the same as this one in a third of the cases; a rotation would never repeat.
    expectShare(order.slice(1).filter((said, at) => said === order[at]).length, 389, 1 / 3);
  });

  test('RingHash and Maglev keep equal keys together, and spread the others', async () => {
    for (const spec of [
      { algorithm: 'RingHash', ringHash: { minimumSize: 4096, function: 'MurmurHash2' } },
      { algorithm: 'Maglev', maglev: { tableSize: 1009 } },
    ]) {
      await balance({ ...spec, hashOn: [{ header: 'x-user' }] });
      for (const user of ['ann', 'bob', 'eve']) {
        const { counts } = await customer.many({ count: 40, width: 4, url: URL, headers: { 'x-user': user } });
        expect(Object.keys(counts), user).toHaveLength(1);
        // Another caller, another proxy: the same replica.
        expect((await neighbour.many({ count: 5, url: URL, headers: { 'x-user': user } })).counts).toEqual({ [Object.keys(counts)[0] ?? '']: 5 });
      }
      const { counts } = await customer.many({ count: 300, width: 8, url: URL, headers: { 'x-user': 'user-{n}' } });
      for (const count of shares(counts)) expect(count).toBeGreaterThan(20);
    }
  });

  test('a consumer’s own policy holds for its callers alone', async () => {
    await balance({ algorithm: 'Maglev', hashOn: [{ header: 'x-user' }] });
    await balance({ algorithm: 'RoundRobin' }, 'mine', 'app');
    const theirs = await neighbour.many({ count: 30, url: URL, headers: { 'x-user': 'ann' } });
    expect(theirs.counts).toEqual({ 'checkout r1': 10, 'checkout r2': 10, 'checkout r3': 10 });
    expect(Object.keys((await customer.many({ count: 30, url: URL, headers: { 'x-user': 'ann' } })).counts)).toHaveLength(1);
    const there = { proxies: 'app/neighbour', type: 'cluster', name: CLUSTER } as const;
    await taken(mesh, [there], () => mesh.call('/apis/weft.dev/v1alpha1/namespaces/app/loadbalancingpolicies/mine', { method: 'DELETE' }));
  });
});

describe('L2 hash keys', () => {
  test('a query parameter', async () => {
    await balance({ algorithm: 'RingHash', hashOn: [{ query: 'cart' }] });
    expect(Object.keys((await customer.many({ count: 40, url: `${URL}?x={n}&cart=7` })).counts)).toHaveLength(1);
    shares((await customer.many({ count: 200, width: 8, url: `${URL}?cart={n}` })).counts);
  });

  test('a cookie, set when it is not there yet', async () => {
    await balance({ algorithm: 'RingHash', hashOn: [{ cookie: { name: 'who', path: '/', ttl: '1h' } }] });
    const { headers, body } = await customer.get(URL);
    const cookie = /who="?([0-9a-f]+)"?;/.exec(String(headers['set-cookie']))?.[1];
    expect(cookie, String(headers['set-cookie'])).toBeDefined();
    const { counts } = await customer.many({ count: 40, width: 4, url: URL, headers: { cookie: `who=${cookie}` } });
    expect(counts).toEqual({ [body.split(' ').slice(0, 2).join(' ')]: 40 });
  });

  test('who calls: each caller has its replica', async () => {
    await balance({ algorithm: 'Maglev', hashOn: [{ source: true }] });
    for (const each of [customer, neighbour]) expect(Object.keys((await each.many({ count: 60, width: 6, url: URL })).counts)).toHaveLength(1);
  });

  test('a terminal key comes first, a later one counts where it is missing', async () => {
    await balance({ algorithm: 'RingHash', hashOn: [{ header: 'x-cart', terminal: true }, { header: 'x-user' }] });
    expect(Object.keys((await customer.many({ count: 40, url: URL, headers: { 'x-cart': 'c', 'x-user': 'user-{n}' } })).counts)).toHaveLength(1);
    expect(Object.keys((await customer.many({ count: 40, url: URL, headers: { 'x-user': 'ann' } })).counts)).toHaveLength(1);
    shares((await customer.many({ count: 200, width: 8, url: URL, headers: { 'x-user': 'user-{n}' } })).counts);
  });

  test('without any key requests go anywhere', async () => {
    await balance({ algorithm: 'RingHash', hashOn: [{ header: 'x-user' }] });
    const { counts } = await customer.many({ count: 300, url: URL });
    const { low } = binomialRange(300, 0.2);
    for (const count of shares(counts)) expect(count).toBeGreaterThan(low / 2);
  });
});
