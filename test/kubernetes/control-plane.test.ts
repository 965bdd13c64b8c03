// A control plane whose documents are objects of a cluster.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasKubeApi, type KubeApi } from '../kit/kube-api.ts';
import { type KubePlane, openPlane, PODS, podToken, runPod, SERVICES, startCluster, typeOf } from '../kit/kube-world.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';

const ROUTES = typeOf('gateway.networking.k8s.io/v1', 'HTTPRoute');
const ready = (plane: KubePlane): Promise<true> => eventually('ready', async () => ((await plane.ask('/readyz')).status === 200 ? true : undefined));
const shown = (plane: KubePlane, path: string, status = 200): Promise<string> =>
  eventually(`${path} answers ${status}`, async () => {
    const answer = await plane.ask(path);
    return answer.status === status ? answer.text : undefined;
  });
const WORKLOADS = '/apis/weft.dev/v1alpha1/namespaces/shop/workloads';
const route = (name: string) => ({
  metadata: { name, namespace: 'shop' },
  spec: { parentRefs: [{ group: '', kind: 'Service', name: 'web' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
});

describe.skipIf(needs('kube-apiserver', hasKubeApi).skip)('a control plane of a cluster', () => {
  let api: KubeApi;
  let plane: KubePlane;
  let uid = '';

  beforeAll(async () => {
    api = await startCluster();
    uid = await runPod(api, 'web-1', '10.1.0.1');
    const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
    await api.client.create(SERVICES, { metadata: { name: 'web', namespace: 'shop' }, spec: { selector: { app: 'web' }, ports } });
    plane = await openPlane(api);
  }, 120_000);
  afterAll(async () => {
    await plane[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  test('its objects are the documents, with the identity they have there', async () => {
    await ready(plane);
    const pod = JSON.parse(await shown(plane, `${WORKLOADS}/web-1`)) as { metadata: { uid: string; annotations: Record<string, string> }; spec: unknown };
    expect(pod).toMatchObject({ metadata: { uid, annotations: { 'weft.dev/source': 'kubernetes' } }, spec: { address: '10.1.0.1', state: 'Ready' } });
    const made = await api.client.create(ROUTES, route('kept'));
    const seen = JSON.parse(await shown(plane, '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/kept')) as { metadata: object };
    const { generation, creationTimestamp } = made.metadata;
    expect(seen.metadata).toMatchObject({ uid: made.metadata.uid, generation, creationTimestamp });
  });

  test('users write them in the cluster', async () => {
    const document = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', ...route('by-weft') };
    const body = JSON.stringify({ documents: [document] });
    const refused = await plane.ask('/weft/v1/apply', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(refused).toMatchObject({ status: 422, text: expect.stringMatching(/WEFT2400.*kubectl apply/s) });
    const gone = await plane.ask(`${WORKLOADS}/web-1`, { method: 'DELETE' });
    expect(gone).toMatchObject({ status: 422, text: expect.stringContaining('kubectl') });
  });

  test("a pod's token opens a stream as the pod that it is bound to, whatever else is said", async () => {
    const client = plane.proxy(await podToken(api, { pod: { name: 'web-1', uid } }));
    await eventually('configured', async () => (client.updates.length > 0 ? true : undefined));
    const proxies = JSON.parse((await plane.ask('/weft/v1/proxies')).text) as { items?: unknown };
    expect(JSON.stringify(proxies)).toMatch(/shop\/web-1/);
    expect(JSON.stringify(proxies)).toContain('/ns/shop/sa/web');
    client.close();
  });

  test.each([
    ['for somebody else', { audience: 'other' }],
    ['of an account alone', {}],
  ])('a token %s opens nothing', async (_, ask) => {
    const token = await podToken(api, 'audience' in ask ? { ...ask, pod: { name: 'web-1', uid } } : ask);
    const client = plane.proxy(token);
    const over = await eventually('refused', async () => client.over);
    expect(over.code).toBe(16);
  });

  test('the stream of a pod that is gone ends, and its token is no good for its successor of that name', async () => {
    const first = await runPod(api, 'set-0', '10.1.0.9');
    await shown(plane, `${WORKLOADS}/set-0`);
    const token = await podToken(api, { pod: { name: 'set-0', uid: first } });
    const client = plane.proxy(token);
    await eventually('configured', async () => (client.updates.length > 0 ? true : undefined));
    await api.client.delete(PODS, { namespace: 'shop', name: 'set-0' });
    await eventually('ended', async () => client.over);
    await runPod(api, 'set-0', '10.1.0.10');
    await shown(plane, `${WORKLOADS}/set-0`);
    const again = plane.proxy(token);
    expect((await eventually('refused', async () => again.over)).code).toBe(16);
  });

  test('without an API server nothing is taken away, proxies reconnect, a restart has the last mesh, and what changed meanwhile appears', async () => {
    const token = await podToken(api, { pod: { name: 'web-1', uid } });
    const before = plane.proxy(token);
    await eventually('configured', async () => (before.updates.length > 0 ? true : undefined));
    await api.stopApi();
    await eventually('troubles', async () => (plane.said.some((line) => line.includes('the API server cannot be followed')) ? true : undefined), 400);
    const { folder } = plane;
    await plane[Symbol.asyncDispose]();
    plane = await openPlane(api, folder);
    await ready(plane);
    expect((await plane.ask(`${WORKLOADS}/web-1`)).status).toBe(200);
    const after = plane.proxy(token);
    await eventually('configured by the last mesh', async () => (after.updates.length > 0 ? true : undefined));
    await api.startApi();
    await api.client.create(ROUTES, route('meanwhile'));
    await api.client.delete(ROUTES, { namespace: 'shop', name: 'kept' });
    await shown(plane, '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/meanwhile');
    await shown(plane, '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/kept', 404);
    expect(after.over).toBeUndefined();
  });
});
