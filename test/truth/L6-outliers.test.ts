// L5, L6, L7, L3: checks, detectors, limits and slow start, seen in which of three replicas answer.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { ownServices, setMood, startMoody } from '../kit/moody.ts';
import { eventually } from '../kit/shop.ts';
import { taken, type Watched } from '../kit/taken.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

const URL = 'http://checkout.shop.mesh/';
const CLUSTER: Watched = { proxies: 'shop/customer', type: 'cluster', name: 'outbound|80||checkout.shop.mesh' };
const REPLICAS = ['r1', 'r2', 'r3'];
const WELL = { live: 200, status: 200, delay: 0, load: '', reset: '' };
let mesh: TestMesh;
let customer: Customer;
const programs = new Map<string, Program>();

function policy(kind: string, spec: Readonly<Record<string, unknown>>): unknown {
  const targetRefs = [{ kind: 'Service', name: 'checkout' }];
  return { apiVersion: 'weft.dev/v1alpha1', kind, metadata: { name: 'checkout', namespace: 'shop' }, spec: { targetRefs, ...spec } };
}

const apply = (kind: string, spec: Readonly<Record<string, unknown>>) => taken(mesh, [CLUSTER], () => mesh.apply([policy(kind, spec)]));
const remove = (plural: string) => taken(mesh, [CLUSTER], () => mesh.call(`/apis/weft.dev/v1alpha1/namespaces/shop/${plural}/checkout`, { method: 'DELETE' }));

/** Who answers well; everything else by status. */
async function who(count = 30, headers: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { counts } = await customer.many({ count, url: URL, headers });
  return Object.keys(counts).sort();
}

const ALL = ['r1 /', 'r2 /', 'r3 /'];
const becomes = (what: readonly string[]) => eventually(`answers of ${what.join()}`, async () => ((await who()).join() === what.join() ? true : undefined));

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([...ownServices(REPLICAS), policy('LoadBalancingPolicy', { algorithm: 'RoundRobin' }), policy('RetryPolicy', { attempts: 0 })]);
  await Promise.all(REPLICAS.map(async (name) => programs.set(name, await startMoody(mesh, 'checkout', name))));
  customer = await Customer.start(mesh, { namespace: 'shop' });
  await becomes(ALL);
});

afterAll(() => mesh[Symbol.asyncDispose]());

describe('L6 outlier detection in a service of three', () => {
  const ejecting = { interval: '500ms', baseEjectionTime: '1m', maxEjectionTime: '1m' };

  test('by default an application that answers with errors is not ejected: its answers are its own', async () => {
    await setMood(customer, 'r1', { status: 500 });
    await customer.many({ count: 60, url: URL });
    expect(await who()).toEqual(['500 r1 /', 'r2 /', 'r3 /'].map((each) => (each.startsWith('500') ? expect.stringMatching(/^500 r1/) : each)));
    await setMood(customer, 'r1', WELL);
  });

  test.each([
    ['5xx in a row', { consecutive5xx: 3 }, { status: 500 }],
    ['gateway errors in a row', { consecutiveGatewayErrors: 3 }, { status: 502 }],
    ['share of failures', { failurePercentage: { threshold: 50, minimumRequests: 5 } }, { status: 500 }],
    ['success rate against the others', { successRate: { deviations: 1, minimumRequests: 5 } }, { status: 500 }],
  ])('%s', async (_words, detector, mood) => {
    await apply('CircuitBreakerPolicy', { outlierDetection: { ...ejecting, consecutive5xx: 0, ...detector } });
    await setMood(customer, 'r1', mood);
    await becomes(['r2 /', 'r3 /']);
    // A second one is not ejected: half of three at most.
    await setMood(customer, 'r2', mood);
    await customer.many({ count: 60, url: URL });
    expect(await who()).toEqual([expect.stringMatching(/^50\d r2/), 'r3 /']);
    for (const name of ['r1', 'r2']) await setMood(customer, name, WELL);
    await remove('circuitbreakerpolicies');
    await becomes(ALL);
  });

  test('local errors in a row, without any policy: nobody listens where an endpoint should be', async () => {
    const spec = { address: '127.0.0.1', ports: [{ name: 'port-80', port: 8080, proxyPort: 1 }], serviceAccount: 'checkout' };
    const metadata = { name: 'ghost', namespace: 'shop', labels: { app: 'checkout' } };
    const endpoints: Watched = { ...CLUSTER, type: 'endpoints' };
    await taken(mesh, [endpoints], () => mesh.apply([{ apiVersion: 'weft.dev/v1alpha1', kind: 'Workload', metadata, spec }]));
    const { counts } = await customer.many({ count: 40, url: URL });
    expect(Object.keys(counts).filter((said) => said.startsWith('503 upstream-connect'))).not.toEqual([]);
    await becomes(ALL);
    await taken(mesh, [endpoints], () => mesh.call('/apis/weft.dev/v1alpha1/namespaces/shop/workloads/ghost', { method: 'DELETE' }));
  });

  test('an endpoint that ends is not asked; the only one of a service is never ejected', async () => {
    const gone = programs.get('r1');
    await taken(mesh, [{ ...CLUSTER, type: 'endpoints' }], async () => gone?.child.kill('SIGTERM'));
    await becomes(['r2 /', 'r3 /']);
    expect((await customer.many({ count: 5, url: 'http://r2.shop.mesh/' })).counts).toEqual({ 'r2 /': 5 });
    programs.set('r1', await startMoody(mesh, 'checkout', 'r1'));
    await becomes(ALL);
  });
});

describe('L5 active health checks', () => {
  const often = { interval: '200ms', unhealthyInterval: '200ms', noTrafficInterval: '200ms', timeout: '200ms', unhealthyThreshold: 1 };

  test('switched on and off under load they cost no request: the cluster waits for the first answers', async () => {
    const loaded = await Customer.start(mesh, { namespace: 'shop', name: 'loaded', target: URL, rate: 200 });
    await loaded.until(URL, (answer) => answer.status === 200);
    await loaded.report();
    for (const path of ['/live', '/live?again']) {
      await apply('HealthCheckPolicy', { type: 'HTTP', http: { path }, ...often });
      await customer.many({ count: 100, url: URL });
    }
    await remove('healthcheckpolicies');
    const { requests, failed, failures } = await loaded.report();
    expect({ failed, failures }).toEqual({ failed: 0, failures: {} });
    expect(requests).toBeGreaterThan(50);
    loaded.program.child.kill('SIGTERM');
  });

  test('HTTP: what does not say what is expected gets nothing, until it does', async () => {
    await apply('HealthCheckPolicy', { type: 'HTTP', http: { path: '/live', expectedStatuses: ['200-299'] }, ...often });
    await setMood(customer, 'r2', { live: 503 });
    await becomes(['r1 /', 'r3 /']);
    await setMood(customer, 'r2', { live: 204 });
    await becomes(ALL);
    await remove('healthcheckpolicies');
  });

  test('an endpoint that fails is never asked, however many do (panic threshold 0)', async () => {
    await apply('HealthCheckPolicy', { type: 'HTTP', http: { path: '/live' }, ...often });
    for (const name of REPLICAS) await setMood(customer, name, { live: 500 });
    await becomes(['503 no-healthy-upstream; cluster=outbound|80||checkout.shop.mesh']);
    for (const name of REPLICAS) await setMood(customer, name, WELL);
    await becomes(ALL);
    await remove('healthcheckpolicies');
  });
});

describe('L7 limits', () => {
  test('outbound: what is more is answered at once with overflow', async () => {
    await apply('CircuitBreakerPolicy', { limits: { requests: 2 } });
    for (const name of REPLICAS) await setMood(customer, name, { delay: 100 });
    const { counts } = await customer.many({ count: 40, width: 8, url: URL });
    expect(
      Object.keys(counts)
        .filter((said) => said.startsWith('503 '))
        .join(),
    ).toContain('circuit-open');
    await remove('circuitbreakerpolicies');
    const { counts: free } = await customer.many({ count: 40, width: 8, url: URL });
    expect(Object.keys(free).sort()).toEqual(ALL);
    for (const name of REPLICAS) await setMood(customer, name, WELL);
  });

  test('inbound: an application is never asked more at a time, whoever asks', async () => {
    const inbound: readonly Watched[] = REPLICAS.map((name) => ({ proxies: `shop/checkout-${name}`, type: 'cluster', name: 'inbound|8080' }));
    await taken(mesh, inbound, () => mesh.apply([policy('CircuitBreakerPolicy', { inbound: { requests: 3, connections: 3, pendingRequests: 1 } })]));
    for (const name of REPLICAS) await setMood(customer, name, { delay: 200 });
    const { counts } = await customer.many({ count: 120, width: 40, url: URL });
    expect(Object.keys(counts).some((said) => said.startsWith('503'))).toBe(true);
    for (const name of REPLICAS) expect((await setMood(customer, name, WELL)).most).toBeLessThanOrEqual(4);
    await taken(mesh, inbound, () => mesh.call('/apis/weft.dev/v1alpha1/namespaces/shop/circuitbreakerpolicies/checkout', { method: 'DELETE' }));
  });
});

describe('L1 by what endpoints report', () => {
  test('ClientSideWeighted: who says that it is busy gets less', async () => {
    await setMood(customer, 'r1', { load: '0.9' });
    for (const name of ['r2', 'r3']) await setMood(customer, name, { load: '0.1' });
    await apply('LoadBalancingPolicy', { algorithm: 'ClientSideWeighted', clientSideWeighted: { blackoutPeriod: '0s', updatePeriod: '100ms' } });
    await eventually('the busy one gets less', async () => {
      const { counts } = await customer.many({ count: 120, width: 4, url: URL });
      return (counts['r1 /'] ?? 0) * 3 < (counts['r2 /'] ?? 0) ? true : undefined;
    });
    for (const name of REPLICAS) await setMood(customer, name, WELL);
    await apply('LoadBalancingPolicy', { algorithm: 'RoundRobin' });
  });

  test('LeastRequest: a slow one gets less without saying anything', async () => {
    await setMood(customer, 'r1', { delay: 300 });
    await apply('LoadBalancingPolicy', { algorithm: 'LeastRequest', leastRequest: { choiceCount: 3 } });
    const { counts } = await customer.many({ count: 400, width: 12, url: URL });
    expect((counts['r1 /'] ?? 0) * 3).toBeLessThan(counts['r2 /'] ?? 0);
    await setMood(customer, 'r1', WELL);
    await apply('LoadBalancingPolicy', { algorithm: 'RoundRobin' });
  });
});

describe('L3 slow start', () => {
  test('a new replica begins with little', async () => {
    // A changed cluster has only new endpoints, so all of them are slow at first.
    await apply('LoadBalancingPolicy', { algorithm: 'RoundRobin', slowStart: { window: '12s', minimumWeightPercent: 10 } });
    const over = performance.now() + 12_000;
    await eventually('the window of the others is over', async () => (performance.now() > over ? true : undefined), 400);
    programs.set('r4', await startMoody(mesh, 'checkout', 'r4'));
    await eventually('the new one is asked', async () => ((await who(20)).includes('r4 /') ? true : undefined));
    const { counts } = await customer.many({ count: 90, url: URL });
    expect((counts['r4 /'] ?? 0) * 2).toBeLessThan(counts['r1 /'] ?? 0);
  });
});
