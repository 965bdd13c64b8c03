// L1, L2, L5, L6, L7 at Gateways: how a gateway connects to what is behind it, while callers inside the mesh keep what they have.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askPlain, edgeRoute, gatewayDocument, startGateway } from '../kit/edge.ts';
import { appliedIn, LabCaller, startLab } from '../kit/lab.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const mesh = TestMesh.open();
let port = 0;
let web: LabCaller;
const INSIDE = 'http://lab.shop.mesh';

const ask = (path = '/', headers: Readonly<Record<string, string>> = {}) => askPlain(port, { host: 'x', path, headers });
const policy = (kind: string, spec: object) => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind,
  metadata: { name: 'tried', namespace: 'edge' },
  spec: { targetRefs: [{ kind: 'Gateway', name: 'edge' }], ...spec },
});
const hold = (kind: string, spec: object) => appliedIn('edge', mesh, policy(kind, spec));
const drop = (plural: string) => mesh.call(`/apis/weft.dev/v1alpha1/namespaces/edge/${plural}/tried`, { method: 'DELETE' });

beforeAll(async () => {
  await mesh.up();
  port = await freePort();
  await mesh.apply([
    serviceDocument('lab', { app: 'lab' }),
    gatewayDocument([{ name: 'http', port, protocol: 'HTTP' }]),
    edgeRoute('lab', [{ backendRefs: [{ name: 'lab', port: 80 }] }]),
  ]);
  await Promise.all(['v1', 'v2'].map((version) => startLab(mesh, 'lab', { version })));
  await startGateway(mesh);
  web = await LabCaller.start(mesh, { name: 'web' });
  await eventually('both instances', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask('/unless/none/500').catch(() => undefined)));
    return new Set(answers.map((answer) => (answer?.status === 200 ? answer.body : ''))).size === 2 && answers.every((answer) => answer?.status === 200)
      ? true
      : undefined;
  });
  await web.until(`${INSIDE}/`, ({ status }) => status === 200);
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

test('L7 a limit of the Gateway: one request at a time to a service; workloads that call it have none', async () => {
  await hold('CircuitBreakerPolicy', { limits: { requests: 1 } });
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => ask('/delay/700')));
  const refused = outcomes.filter(({ status }) => status === 503);
  expect(outcomes.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers['weft-reason']).toMatch(/^circuit-open;/);
  expect((await web.many({ url: `${INSIDE}/delay/300` }, 6, 6)).map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200));
  await drop('circuitbreakerpolicies');
  await eventually('no limit', async () =>
    (await Promise.all(Array.from({ length: 6 }, () => ask('/delay/200')))).every(({ status }) => status === 200) ? true : undefined,
  );
});

test('L6 outliers: an instance that fails is left alone by the gateway, and by it alone', async () => {
  await hold('CircuitBreakerPolicy', { outlierDetection: { consecutive5xx: 3, interval: '100ms', baseEjectionTime: '10m', maxEjectionPercent: 100 } });
  const failing = await eventually('v2 to be left alone', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/unless/v2/500')));
    return answers.every(({ status }) => status === 200) ? answers : undefined;
  });
  expect(failing.every(({ body }) => body.endsWith('v1'))).toBe(true);
  const inside = await web.many({ url: `${INSIDE}/unless/none/500` }, 40, 4);
  expect(new Set(inside.map(({ body }) => body)).size).toBe(2);
  await drop('circuitbreakerpolicies');
});

test('L1, L2 balancing: by a header of the client, and in turn', async () => {
  await hold('LoadBalancingPolicy', { algorithm: 'Maglev', hashOn: [{ header: 'x-user' }] });
  const at = async (user: string) =>
    new Set((await Promise.all(Array.from({ length: 12 }, () => ask('/unless/none/500', { 'x-user': user })))).map(({ body }) => body));
  const users = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't'].map(at));
  expect(users.every((found) => found.size === 1)).toBe(true);
  expect(new Set(users.flatMap((found) => [...found])).size).toBe(2);
});

test('T13 a session of the Gateway: its cookie leads back to one instance', async () => {
  await hold('LoadBalancingPolicy', { session: { type: 'Cookie', name: 'edge-session' } });
  const answer = await ask('/unless/none/500');
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  expect(cookie).toMatch(/^edge-session=/);
  const again = await Promise.all(Array.from({ length: 20 }, () => ask('/unless/none/500', { cookie })));
  expect(new Set(again.map(({ body }) => body))).toEqual(new Set([answer.body]));
  await drop('loadbalancingpolicies');
});

test('L5 health checks of the gateway: an instance that does not pass them gets nothing', async () => {
  await hold('HealthCheckPolicy', { type: 'HTTP', http: { path: '/unless/v1/500' }, interval: '200ms', noTrafficInterval: '200ms', unhealthyThreshold: 1 });
  await eventually('v1 to be left alone', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/unless/none/500')));
    return answers.every(({ status, body }) => status === 200 && body.endsWith('v2')) ? true : undefined;
  });
  expect(new Set((await web.many({ url: `${INSIDE}/unless/none/500` }, 40, 4)).map(({ body }) => body)).size).toBe(2);
  await drop('healthcheckpolicies');
});

test('what cannot be for one listener says so, and fates tell where a policy holds', async () => {
  const one = policy('ConnectionPolicy', { connectTimeout: '700ms', targetRefs: [{ kind: 'Gateway', name: 'edge', sectionName: 'http' }] });
  await mesh.apply([one]);
  expect((await mesh.run(['describe', 'connectionpolicy', 'tried', '-n', 'edge'])).stdout).toMatch(/WEFT1645/);
  await hold('ConnectionPolicy', { connectTimeout: '700ms' });
  expect((await mesh.run(['describe', 'connectionpolicy', 'tried', '-n', 'edge'])).stdout).toMatch(/2 of 2 applied/);
  const everything = (await mesh.run(['get', 'all', '-n', 'edge'])).stdout;
  for (const name of ['gateway/edge', 'connectionpolicy/tried', 'workload/edge']) expect(everything).toContain(name);
  expect((await mesh.run(['get', 'gatewayclasses'])).stdout).toMatch(/^weft +weft\.dev\/controller +True/m);
});
