// R7 limits of TCP ports: how many connections there are at a time, and how many new ones.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let caller: LabCaller;
let names = 0;

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  const ports = [{ name: 'raw', port: 90, targetPort: 8080, appProtocol: 'tcp' }];
  await mesh.apply([{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'raw', namespace: 'shop' }, spec: { selector: { app: 'raw' }, ports } }]);
  await startLab(mesh, 'raw', { protocol: 'tcp', source: join(import.meta.dirname, '../kit/lab-tcp.js') });
  caller = await LabCaller.start(mesh, { name: 'caller' });
  for (let open = false; !open; ) {
    const name = `c${names++}`;
    open = (await caller.dial(name, 'raw.shop.mesh', 90)).open;
    await caller.hangUp(name);
  }
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

/** Opens connections one after the other; names of those that the server spoke on. */
async function opened(times: number): Promise<readonly string[]> {
  const open: string[] = [];
  for (let n = 0; n < times; n++) {
    const name = `c${names++}`;
    if ((await caller.dial(name, 'raw.shop.mesh', 90)).open) open.push(name);
  }
  return open;
}

test('R7 TCP: silence ends a connection, for each that begins under the policy', async () => {
  await applied(mesh, policyFor('ConnectionPolicy', 'raw', { tcpIdle: '1s' }));
  // The first may still have begun before, and then ends with the chain that it came by; the others end by their silence.
  for (let n = 0; n < 3; n++) {
    const [name] = await opened(1);
    expect((await caller.closed(name ?? '')).closed).toBe(true);
  }
  await mesh.call('/apis/weft.dev/v1alpha1/namespaces/shop/connectionpolicies/raw', { method: 'DELETE' });
});

test('R7 TCP: so many connections at a time; the policy closes none that is open', async () => {
  const before = await opened(1);
  await applied(mesh, policyFor('RateLimitPolicy', 'raw', { tcp: { maxConnections: 3 } }));
  const open = await opened(6);
  expect(open.length).toBe(3);
  await caller.hangUp(open[0] ?? '');
  for (let n = 0; n < 100 && (await opened(1)).length === 0; n++);
  expect((await opened(3)).length).toBe(0);
  expect(before.length).toBe(1);
  await Promise.all([...open.slice(1), ...before].map((name) => caller.hangUp(name)));
});

test('R7 TCP: so many new connections in a time, and no other change gives more', async () => {
  await applied(mesh, policyFor('RateLimitPolicy', 'raw', { tcp: { newConnections: { connections: 4, per: '1h' } } }));
  expect((await opened(8)).length).toBe(4);
  await mesh.apply([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'other', namespace: 'shop' },
      spec: { selector: { app: 'raw' }, ports: [{ port: 91, targetPort: 8080 }] },
    },
  ]);
  await applied(mesh, policyFor('RateLimitPolicy', 'raw', { tcp: { newConnections: { connections: 4, per: '1h' } }, response: { status: 503 } }));
  expect((await opened(4)).length).toBe(0);
});
