import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProxyView } from '../../src/api/index.ts';
import { askPlain, certificateFor, edgeRoute, gatewayDocument, startGateway, tlsSecret } from '../kit/edge.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { freePort, type Program, TestMesh } from '../kit/test-mesh.ts';

const mesh = TestMesh.open();
let port = 0;
let first: Program;

const ask = (bind = '127.0.0.1', path = '/') => askPlain(port, { host: 'x', path, bind });

beforeAll(async () => {
  await mesh.up();
  port = await freePort();
  await mesh.apply([
    serviceDocument('web', { app: 'web' }),
    gatewayDocument([{ name: 'http', port, protocol: 'HTTP' }]),
    edgeRoute('web', [{ backendRefs: [{ name: 'web', port: 80 }] }]),
  ]);
  await startApp(mesh, { service: 'web' });
  [first] = await Promise.all([startGateway(mesh, { args: ['--instance', 'one'] }), startGateway(mesh, { bind: '127.0.0.2', args: ['--instance', 'two'] })]);
  await eventually('the gateway', async () => ((await ask().catch(() => undefined))?.status === 200 ? true : undefined));
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

test('G4 replicas: several proxies of one Gateway are told the same, and each has its own id', async () => {
  const { items } = await mesh.call<{ items: readonly ProxyView[] }>('/weft/v1/proxies');
  const gateways = items.filter(({ role }) => role === 'gateway');
  expect(gateways.map(({ id, identity, sync }) => [id, identity, sync])).toEqual(
    ['one', 'two'].map((instance) => [`edge/edge-${instance}`, 'spiffe://example.mesh/ns/edge/sa/edge', 'in sync']),
  );
});

/** A client that keeps its connection, and goes to the other replica once an answer says that it was the last one. */
async function patient(replicas: readonly string[], goOn: () => boolean, failed: (why: string) => void): Promise<number> {
  let requests = 0;
  for (const bind of replicas) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let last = false; goOn() && !last; requests++) {
      const reply = await askPlain(port, { host: 'x', bind, agent }).catch((error: Error) => failed(error.message));
      if (reply === undefined) break;
      if (reply.status !== 200) failed(String(reply.status));
      last = reply.headers['connection'] === 'close';
    }
    agent.destroy();
  }
  return requests;
}

test('G4 replicas: one of two ends under load; who heeds its last answers loses no request', async () => {
  let running = true;
  const failures: string[] = [];
  const clients = Array.from({ length: 8 }, () =>
    patient(
      ['127.0.0.1', '127.0.0.2'],
      () => running,
      (why) => failures.push(why),
    ),
  );
  first.child.kill('SIGTERM');
  await new Promise((ended) => first.child.once('exit', ended));
  running = false;
  const requests = (await Promise.all(clients)).reduce((sum, each) => sum + each, 0);
  expect([first.child.exitCode, failures]).toEqual([0, []]);
  expect(requests).toBeGreaterThan(500);
  expect((await ask('127.0.0.2')).status).toBe(200);
});

test('G4 tenancy: a Gateway of a namespace has an identity of its own, and sees its own certificates and backends only', async () => {
  const own = await freePort();
  const gateway = gatewayDocument([
    { name: 'https', port: own, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'team' }] } },
    { name: 'theirs', port: own, protocol: 'HTTPS', hostname: 'theirs.test', tls: { certificateRefs: [{ name: 'shared', namespace: 'edge' }] } },
  ]) as { readonly metadata: object };
  const pair = certificateFor(mesh, ['team.test']);
  await mesh.apply([
    tlsSecret('team', pair, 'team'),
    tlsSecret('shared', pair),
    serviceDocument('secret', { app: 'secret' }),
    { ...gateway, metadata: { name: 'edge', namespace: 'team' } },
  ]);
  await startGateway(mesh, { namespace: 'team', args: ['--instance', 'own'] });
  type Resources = { items: readonly { type: string; name: string; content: unknown }[] };
  const { items } = await mesh.call<Resources>('/weft/v1/proxies/team/edge-own/resources');
  const names = (type: string) => items.filter((each) => each.type === type).map(({ name }) => name);
  expect(names('secret')).toEqual(expect.arrayContaining(['Secret/team/team', 'bundle', 'workload']));
  expect(names('secret')).not.toContain('Secret/edge/shared');
  expect(names('cluster')).toEqual(['unresolved']);
  expect(JSON.stringify(items)).not.toContain('PRIVATE KEY');
  const grant = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ReferenceGrant',
    metadata: { name: 'team', namespace: 'edge' },
    spec: { from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'team' }], to: [{ group: '', kind: 'Secret', name: 'shared' }] },
  };
  await mesh.apply([grant]);
  await eventually('the permitted certificate', async () => {
    const { items: now } = await mesh.call<Resources>('/weft/v1/proxies/team/edge-own/resources');
    return now.some(({ type, name }) => type === 'secret' && name === 'Secret/edge/shared') ? true : undefined;
  });
  const token = (await mesh.run(['token', 'create', '--service-account', 'team/other'])).stdout.trim();
  const thief = await mesh.run(['gateway', '--name', 'edge', '-n', 'team', '--token', token]);
  expect(thief.code).not.toBe(0);
  expect(thief.stderr).toMatch(/does not allow to serve the Gateway team\/edge/);
});
