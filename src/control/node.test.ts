// The proxy of a node on the wire: one stream, the certificates of those whom it has proved, and nobody else's.
import { expect, test } from 'vitest';
import { openWorld, service, workload } from '../../test/kit/control-world.ts';
import { makeDocumentKey, type WorkloadKey } from '../model/index.ts';
import { NodeAdmissions } from './node-admissions.ts';

const NODE = workload('node-n1', 'node', { node: true, ports: [], proxy: { capture: { mode: 'none' } } });
const served = (name: string, app: string) =>
  workload(name, app, { proxy: { capture: { mode: 'netns', netns: `/run/netns/${name}`, resolvers: [] }, bind: '127.0.0.1', node: 'shop/node-n1' } });

const key = (name: string) => `shop/${name}` as WorkloadKey;
const admitted = (account: string) => ({ node: key('node-n1'), account: `shop/${account}` });

async function open() {
  const nodes = new NodeAdmissions();
  await nodes.admit(key('web-1'), admitted('web'));
  const documents = [service('web'), service('api'), NODE, served('web-1', 'web'), served('api-1', 'api')];
  return { nodes, world: await openWorld({ documents, nodes }) };
}

const inbound = (names: Iterable<string>): readonly string[] => [...names].filter((name) => name.startsWith('inbound/') || name.startsWith('spiffe:')).sort();

test('a node gets certificates and listeners of the workloads that it proved, as they come and go', async () => {
  const { nodes, world } = await open();
  const proxy = await world.connect('node-n1', { app: 'node' });
  expect(inbound(proxy.held.of('listener').keys())).toEqual(['inbound/shop/web-1']);
  expect(inbound(proxy.held.of('secret').keys())).toEqual(['spiffe://example.mesh/ns/shop/sa/web']);
  expect(world.plane.proxies()).toMatchObject([{ id: 'shop/node-n1', role: 'node', serves: ['shop/web-1'], connected: true, sync: 'in sync' }]);
  await world.clock.advance(100);
  expect(JSON.stringify(world.statuses.get(makeDocumentKey('weft.dev', 'Workload', 'shop', 'api-1')))).toContain('WEFT2482');
  await nodes.admit(key('api-2'), admitted('api'));
  world.source.put(served('api-2', 'api'));
  await world.settle();
  await world.settle();
  expect(inbound(proxy.held.of('listener').keys())).toEqual(['inbound/shop/api-2', 'inbound/shop/web-1']);
  expect(inbound(proxy.held.of('secret').keys())).toEqual(['spiffe://example.mesh/ns/shop/sa/api', 'spiffe://example.mesh/ns/shop/sa/web']);
  world.source.delete(makeDocumentKey('weft.dev', 'Workload', 'shop', 'web-1'));
  await world.settle();
  await world.clock.advance(6000);
  expect(inbound(proxy.held.of('listener').keys())).toEqual(['inbound/shop/api-2']);
  expect(world.plane.resources('shop/node-n1').filter(({ type, name }) => type === 'secret' && name.startsWith('spiffe:'))).toHaveLength(1);
});

test('another account under the same name is another proof', async () => {
  const { world } = await open();
  const proxy = await world.connect('node-n1', { app: 'node' });
  world.source.put(served('web-1', 'payments'));
  await world.settle();
  await world.clock.advance(6000);
  expect(inbound(proxy.held.of('listener').keys())).toEqual([]);
  expect(world.issued.count).toBe(1);
});

test('a workload of a node has no proxy of its own, and its token opens no stream', async () => {
  const { world } = await open();
  const stray = await world.connect('web-1', { app: 'web' });
  await world.clock.advance(4000);
  expect(stray.held.of('listener').size).toBe(0);
  expect(world.plane.proxies().map(({ id }) => id)).toEqual(['shop/node-n1']);
});

test('a node that comes back holds its certificates still, and gets no others', async () => {
  const { world } = await open();
  const first = await world.connect('node-n1', { app: 'node' });
  expect(world.issued.count).toBe(1);
  first.close();
  await world.settle();
  const again = await world.connect('node-n1', { app: 'node', held: first.held });
  expect(world.issued.count).toBe(1);
  expect(inbound(again.held.of('secret').keys())).toEqual(['spiffe://example.mesh/ns/shop/sa/web']);
});

/** As the mirror writes the pod of a node's agent, and one that chose it. */
const mirrored = (value: Record<string, unknown>, machine: string, mark: object = { 'weft.dev/source': 'kubernetes' }) => ({
  ...value,
  metadata: { ...(value['metadata'] as object), annotations: mark },
  spec: { ...(value['spec'] as object), machine },
});
const inPod = (name: string, app: string) =>
  workload(name, app, { proxy: { capture: { mode: 'pod', netns: `/run/weft/pods/${name}@10.0.0.1` }, node: 'shop/node-n1' } });

test('of pods it is proof that the API server says that they run on the same node, and of nobody else', async () => {
  const documents = [
    service('web'),
    service('api'),
    mirrored(NODE, 'n1'),
    mirrored(inPod('web-1', 'web'), 'n1'),
    mirrored(inPod('api-1', 'api'), 'n2'),
    mirrored(inPod('db-1', 'db'), 'n1', {}),
  ];
  const world = await openWorld({ documents });
  const proxy = await world.connect('node-n1', { app: 'node' });
  expect(inbound(proxy.held.of('listener').keys())).toEqual(['inbound/shop/web-1']);
  expect(inbound(proxy.held.of('secret').keys())).toEqual(['spiffe://example.mesh/ns/shop/sa/web']);
  world.source.put(mirrored(inPod('web-1', 'web'), 'n2'));
  await world.settle();
  await world.clock.advance(6000);
  expect(inbound(proxy.held.of('listener').keys())).toEqual([]);
});
