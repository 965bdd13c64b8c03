// I4: two meshes, each with its own root, that let each other's workloads in: by name, as what they are, and no longer than both want it.
import type { SecureContext } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askWith, identityOf } from '../kit/foreigner.ts';
import { eventually, startApp } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

let east: TestMesh;
let west: TestMesh;
let port: number;
let endpoint: number;
let web: SecureContext;
let admin: SecureContext;

interface PeerView {
  readonly trustDomain: string;
  readonly authorities: number;
  readonly fetchedAt?: string;
  readonly problem: string;
}

const bundleOf = async (mesh: TestMesh): Promise<string> => (await mesh.run(['bundle'])).stdout;
const peersOf = async (mesh: TestMesh): Promise<readonly PeerView[]> => (await mesh.call<{ items: readonly PeerView[] }>('/weft/v1/mesh-peers')).items;
const peer = (name: string, spec: object): unknown => ({ apiVersion: 'weft.dev/v1alpha1', kind: 'MeshPeer', metadata: { name }, spec });
const answers = (identity: SecureContext, status: number): Promise<{ readonly status: number; readonly body: string }> =>
  eventually(`the answer is ${status}`, async () => {
    const answer = await askWith(identity, port);
    return answer.status === status ? answer : undefined;
  });

beforeAll(async () => {
  [east, west] = [TestMesh.open(), TestMesh.open()];
  endpoint = await freePort();
  await Promise.all([east.up(['--trust-domain', 'east.mesh']), west.up(['--trust-domain', 'west.mesh', '--federation', `127.0.0.1:${endpoint}`])]);
  await startApp(east, { service: 'checkout', capture: 'explicit' });
  const { items } = await east.call<{ items: readonly { spec: { ports: readonly { proxyPort: number }[] } }[] }>(
    '/apis/weft.dev/v1alpha1/namespaces/shop/workloads',
  );
  port = items[0]?.spec.ports[0]?.proxyPort ?? 0;
  [web, admin] = await Promise.all([identityOf(west, 'web'), identityOf(west, 'admin')]);
});
afterAll(async () => {
  await Promise.all([east?.[Symbol.asyncDispose](), west?.[Symbol.asyncDispose]()]);
});

test('I4 a workload of another mesh is a stranger', async () => {
  expect((await answers(await identityOf(east, 'web'), 200)).body).toContain('URI=spiffe://east.mesh/ns/shop/sa/web');
  expect(await askWith(web, port)).toMatchObject({ status: 0 });
});

test('I4 a bundle that stands in a document lets it in, as what it is', async () => {
  await east.apply([peer('west.mesh', { bundle: await bundleOf(west) })]);
  expect((await answers(web, 200)).body).toContain('URI=spiffe://west.mesh/ns/shop/sa/web');
  expect(await peersOf(east)).toMatchObject([{ trustDomain: 'west.mesh', authorities: 1, problem: '' }]);
});

test('I4 a policy names workloads of the other mesh', async () => {
  const from = [{ source: { principals: ['spiffe://west.mesh/ns/shop/sa/web'] } }];
  const targetRefs = [{ kind: 'Service', name: 'checkout' }];
  await east.apply([
    {
      apiVersion: 'weft.dev/v1alpha1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'west', namespace: 'shop' },
      spec: { targetRefs, action: 'ALLOW', rules: [{ from }] },
    },
  ]);
  await answers(admin, 403);
  await answers(web, 200);
  // the same name in the own mesh is somebody else
  await answers(await identityOf(east, 'web'), 403);
});

test('I4 the endpoint of the other mesh is asked and recognised by the bundle that is known', async () => {
  const at = { url: `https://127.0.0.1:${endpoint}/`, profile: 'https_spiffe', spiffeId: 'spiffe://west.mesh/ns/weft-system/sa/control-plane' };
  await east.apply([peer('west.mesh', { bundle: await bundleOf(west), endpoint: at })]);
  await eventually('the bundle is fetched', async () => ((await peersOf(east))[0]?.fetchedAt === undefined ? undefined : true));
  await answers(web, 200);
  await east.apply([peer('west.mesh', { bundle: await bundleOf(west), endpoint: { ...at, spiffeId: 'spiffe://west.mesh/ns/shop/sa/web' } })]);
  const [wrong] = await eventually('another identity is refused', async () => {
    const found = await peersOf(east);
    return found[0]?.problem === '' ? undefined : found;
  });
  expect(wrong).toMatchObject({ authorities: 1, problem: expect.stringContaining('not spiffe://west.mesh/ns/shop/sa/web') });
  await answers(web, 200);
});

test('I4 https_web asks for a certificate of the web', async () => {
  await east.apply([peer('west.mesh', { bundle: await bundleOf(west), endpoint: { url: `https://127.0.0.1:${endpoint}/`, profile: 'https_web' } })]);
  const [found] = await eventually('it is refused', async () => {
    const all = await peersOf(east);
    return all[0]?.problem === '' ? undefined : all;
  });
  expect(found?.problem).toContain('is not who it should be');
});

test('I4 the bundle is for everybody, its endpoint says nothing else', async () => {
  const answer = await fetch(`${west.api.url}/weft/v1/bundle`);
  expect(answer.status).toBe(200);
  const bundle = (await answer.json()) as { keys: readonly Record<string, unknown>[]; spiffe_sequence: number; spiffe_refresh_hint: number };
  expect(bundle.keys).toMatchObject([{ use: 'x509-svid', kty: 'EC', crv: 'P-256', x5c: [expect.any(String)] }]);
  expect(Object.keys(bundle.keys[0] ?? {})).not.toContain('kid');
  expect([Number.isSafeInteger(bundle.spiffe_sequence), bundle.spiffe_refresh_hint]).toEqual([true, 300]);
});

test('I4 without the document it is a stranger again', async () => {
  expect((await east.run(['delete', 'meshpeer', 'west.mesh'])).code).toBe(0);
  await answers(web, 0);
  await answers(await identityOf(east, 'web'), 403);
});
