// L4: near endpoints first, failover and spill-over, without outlier detection; several zones on one machine.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectShare } from '../kit/binomial.ts';
import { Customer } from '../kit/customer.ts';
import { ownServices, setMood, startMoody } from '../kit/moody.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { taken, type Watched } from '../kit/taken.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

const CHECKOUT = 'http://checkout.shop.mesh/';
const NORTH: Watched = { proxies: 'shop/north', type: 'endpoints', name: 'outbound|80||checkout.shop.mesh' };
const SOUTH: Watched = { ...NORTH, proxies: 'shop/south' };
const CHECK = {
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'HealthCheckPolicy',
  metadata: { name: 'checkout', namespace: 'shop' },
  spec: {
    targetRefs: [{ kind: 'Service', name: 'checkout' }],
    type: 'HTTP',
    http: { path: '/live' },
    interval: '200ms',
    unhealthyInterval: '200ms',
    noTrafficInterval: '200ms',
    timeout: '200ms',
    unhealthyThreshold: 1,
  },
};
let mesh: TestMesh;
let north: Customer;
let south: Customer;
const replicas = new Map<string, Program>();

function policy(locality: Readonly<Record<string, unknown>>): unknown {
  const targetRefs = [{ kind: 'Service', name: 'checkout' }];
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'LoadBalancingPolicy', metadata: { name: 'checkout', namespace: 'shop' }, spec: { targetRefs, locality } };
}

/** Who answers a caller, in percent of nothing: just how many. */
async function who(caller: Customer, count = 60): Promise<Readonly<Record<string, number>>> {
  const { counts } = await caller.many({ count, width: 4, url: CHECKOUT });
  return Object.fromEntries(
    Object.entries(counts)
      .sort()
      .map(([said, times]) => [said.replace(' /', ''), times]),
  );
}

async function replica(version: string, zone: string): Promise<void> {
  replicas.set(version, await startMoody(mesh, 'checkout', version, ['--zone', zone]));
}

/** A replica that takes no new requests and stays. */
async function drain(version: string, watched: readonly Watched[]): Promise<void> {
  const path = `/apis/weft.dev/v1alpha1/namespaces/shop/workloads/checkout-${version}`;
  const body = { spec: { state: 'Draining' } };
  await taken(mesh, watched, () => mesh.call(path, { method: 'PATCH', body, type: 'application/merge-patch+json' }));
}

/** Ends a replica, and waits until it is out of the mesh. */
async function end(version: string): Promise<void> {
  const program = replicas.get(version);
  program?.child.kill('SIGTERM');
  await eventually(`${version} is gone`, async () =>
    (await mesh.run(['get', 'workloads', '-n', 'shop'])).stdout.includes(`checkout-${version}`) ? undefined : true,
  );
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply(ownServices(['n1', 'n2', 's1', 'e1']));
  await Promise.all([replica('n1', 'north'), replica('n2', 'north'), replica('s1', 'south'), replica('e1', 'east')]);
  [north, south] = await Promise.all([
    Customer.start(mesh, { namespace: 'shop', name: 'north', args: ['--zone', 'north'] }),
    Customer.start(mesh, { namespace: 'shop', name: 'south', args: ['--zone', 'south'] }),
  ]);
  for (const each of [north, south]) await each.until(CHECKOUT, (answer) => answer.status === 200);
});

afterAll(() => mesh[Symbol.asyncDispose]());

describe('L4 locality', () => {
  test('without a policy zones do not matter', async () => {
    const counts = await who(north, 400);
    expect(Object.keys(counts).sort()).toEqual(['e1', 'n1', 'n2', 's1']);
  });

  test('a Service says it in its own words: trafficDistribution, sessionAffinity', async () => {
    const own = (name: string, more: Readonly<Record<string, string>>) => {
      const document = serviceDocument(name, { app: 'checkout' }) as { readonly spec: Readonly<Record<string, unknown>> };
      return { ...document, spec: { ...document.spec, ...more } };
    };
    await mesh.apply([own('near', { trafficDistribution: 'PreferSameZone' }), own('affine', { sessionAffinity: 'ClientIP' })]);
    for (const host of ['near', 'affine']) await north.until(`http://${host}.shop.mesh/`, (answer) => answer.status === 200);
    expect(Object.keys((await north.many({ count: 60, url: 'http://near.shop.mesh/' })).counts).sort()).toEqual(['n1 /', 'n2 /']);
    expect(Object.keys((await north.many({ count: 60, width: 4, url: 'http://affine.shop.mesh/' })).counts)).toHaveLength(1);
  });

  test('switched on under load it costs no request, closes no listener', async () => {
    const loaded = await Customer.start(mesh, { namespace: 'shop', name: 'loaded', target: CHECKOUT, rate: 200, args: ['--zone', 'north'] });
    await loaded.until(CHECKOUT, (answer) => answer.status === 200);
    await loaded.report();
    for (const mode of ['Prefer', 'None', 'Require', 'Prefer'])
      await taken(mesh, [NORTH], () => mesh.apply([policy({ mode, failover: [{ from: 'north', to: ['south'] }] })]));
    const { requests, failed, failures } = await loaded.report();
    expect({ failed, failures }).toEqual({ failed: 0, failures: {} });
    expect(requests).toBeGreaterThan(20);
    loaded.program.child.kill('SIGTERM');
  });

  test('Prefer: each caller its own zone', async () => {
    expect(Object.keys(await who(north)).sort()).toEqual(['n1', 'n2']);
    expect(await who(south)).toEqual({ s1: 60 });
  });

  test('spill-over: while half of the zone fails its checks, the share that is missing goes to the next zone, and explain says the order', async () => {
    const clusters = [NORTH, SOUTH].map((each) => ({ ...each, type: 'cluster' }) as const);
    await taken(mesh, [NORTH, SOUTH], () => mesh.apply([policy({ mode: 'Prefer', failover: [{ from: 'north', to: ['south'] }], spillOverBelowPercent: 100 })]));
    await setMood(north, 'n2', { live: 503 });
    await taken(mesh, clusters, () => mesh.apply([CHECK]));
    const { counts } = await eventually('n2 gets nothing', async () => {
      const tally = await north.many({ count: 20, url: CHECKOUT });
      return tally.counts['n2 /'] === undefined ? north.many({ count: 400, width: 4, url: CHECKOUT }) : undefined;
    });
    expect(Object.keys(counts).sort()).toEqual(['n1 /', 's1 /']);
    expectShare(counts['n1 /'] ?? 0, 400, 0.5);
    const { stdout } = await mesh.run(['explain', '--from', 'shop/north', '--to', 'shop/checkout']);
    expect(stdout).toContain('2 of 2 in north first, below 100 % healthy also 1 of 1 in south, then 1 of 1 in east');
    await setMood(north, 'n2', { live: 200 });
    await eventually('all is well again', async () => (Object.keys(await who(north, 40)).join() === 'n1,n2' ? true : undefined));
  });

  test('failover: without the zone its stand-in, and without that any other', async () => {
    await drain('n2', [NORTH]);
    expect(await who(north)).toEqual({ n1: 60 });
    await drain('n1', [NORTH]);
    expect(await who(north)).toEqual({ s1: 60 });
    await end('n1');
    await end('n2');
    await end('s1');
    expect(await who(north)).toEqual({ e1: 60 });
    expect(await who(south)).toEqual({ e1: 60 });
  });

  test('Require: rather no answer than one from elsewhere', async () => {
    await taken(mesh, [NORTH, SOUTH], () => mesh.apply([policy({ mode: 'Require' })]));
    expect(await who(north, 4)).toEqual({ '503 no-healthy-upstream; cluster=outbound|80||checkout.shop.mesh': 4 });
  });
});
