// What is made for a Gateway, at a real API server. There are no controllers of Kubernetes here: who owns what is looked at, not garbage collection.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { GatewayController } from '../../src/gateways/index.ts';
import type { KubeObject, ResourceType } from '../../src/kube/index.ts';
import { apply, type Document, type Mesh } from '../../src/model/index.ts';
import { emptyMesh, kindOf, parseDocument } from '../../src/policy/index.ts';
import { hasKubeApi, KubeApi } from '../kit/kube-api.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';

const type = (group: string, plural: string, kind: string, namespaced = true): ResourceType => ({ group, version: 'v1', plural, kind, namespaced });
const SERVICES = type('', 'services', 'Service');
const ACCOUNTS = type('', 'serviceaccounts', 'ServiceAccount');
const DEPLOYMENTS = type('apps', 'deployments', 'Deployment');
const BUDGETS = type('policy', 'poddisruptionbudgets', 'PodDisruptionBudget');
const NAMESPACES = type('', 'namespaces', 'Namespace', false);
const EVENTS = type('events.k8s.io', 'events', 'Event');
const DEFINITIONS = type('apiextensions.k8s.io', 'customresourcedefinitions', 'CustomResourceDefinition', false);
const GATEWAYS = kindOf('gateway.networking.k8s.io/v1', 'Gateway') as ResourceType;

const CLASS = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: 'weft' },
  spec: { controllerName: 'weft.dev/gateway-controller' },
};
const FOREIGN = { ...CLASS, metadata: { name: 'other' }, spec: { controllerName: 'example.com/other' } };

const http = (port: number, name = `l${port}`) => ({ name, port, protocol: 'HTTP' });
const gateway = (name: string, spec: object) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name, namespace: 'edge' },
  spec: { gatewayClassName: 'weft', listeners: [http(80)], ...spec },
});

/** Documents as a mirror keeps them. */
class Documents {
  readonly #all = new Map<string, object>([
    ['weft', CLASS],
    ['other', FOREIGN],
  ]);
  mesh: Mesh = this.#made();

  put(object: { readonly kind: string; readonly metadata: { readonly name: string } }): void {
    this.#all.set(`${object.kind} ${object.metadata.name}`, object);
    this.mesh = this.#made();
  }

  #made(): Mesh {
    const events = [...this.#all.values()].map((value) => ({ kind: 'put' as const, document: parseDocument(value).document as Document }));
    return apply(emptyMesh(), events).mesh;
  }
}

describe.skipIf(needs('kube-apiserver', hasKubeApi).skip)('what is made for a Gateway', () => {
  let api: KubeApi;
  const stop = new AbortController();
  const documents = new Documents();
  let running: Promise<void> = Promise.resolve();

  beforeAll(async () => {
    api = await KubeApi.start();
    const theirs = parseAllDocuments(readFileSync(join(process.env['KUBEBUILDER_ASSETS'] ?? '', 'gateway-api-standard.yaml'), 'utf8'))
      .map((each) => each.toJS() as KubeObject | null)
      .filter((each) => each?.kind === 'CustomResourceDefinition' && each.metadata.name.startsWith('gateways.')) as KubeObject[];
    for (const definition of theirs) await api.client.apply(DEFINITIONS, definition, { fieldManager: 'weft', force: true });
    await api.client.create(NAMESPACES, { metadata: { name: 'edge', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } });
    const settings = { image: 'weft/proxy:1', bootstrap: '{"admin":{}}', cpu: '10m' };
    const controller = new GatewayController({ client: api.client, mesh: () => documents.mesh, settings, instance: 'test', log: () => undefined });
    running = controller.run(stop.signal);
  }, 120_000);
  afterAll(async () => {
    stop.abort();
    await running;
    await api[Symbol.asyncDispose]();
  });

  const at = (name: string) => ({ namespace: 'edge', name });
  async function write(object: ReturnType<typeof gateway>): Promise<KubeObject> {
    await eventually('the definition', () => api.client.apply(GATEWAYS, object, { fieldManager: 'test', force: true }).catch(() => undefined));
    documents.put(object);
    return (await api.client.get(GATEWAYS, at(object.metadata.name))) as KubeObject;
  }
  const made = (of: ResourceType, name: string, what: (object: KubeObject) => boolean = () => true): Promise<KubeObject> =>
    eventually(`${of.kind} ${name}`, async () => {
      const found = await api.client.get(of, at(name));
      return found !== undefined && what(found) ? found : undefined;
    });
  const portsOf = (object: KubeObject): string[] =>
    ((object['spec'] as { ports?: { port: number; protocol: string }[] }).ports ?? []).map(({ port, protocol }) => `${protocol} ${port}`);

  test('an account, a Service with its ports, a Deployment, a budget: owned by it, with its labels and annotations', async () => {
    const udp = { name: 'dns', port: 53, protocol: 'UDP' };
    const owner = await write(gateway('edge', { listeners: [http(80), udp], infrastructure: { labels: { team: 'a' }, annotations: { note: 'b' } } }));
    const service = await made(SERVICES, 'edge-weft');
    expect(portsOf(service)).toEqual(['UDP 53', 'TCP 80']);
    expect(service['spec']).toMatchObject({ type: 'LoadBalancer', selector: { 'gateway.networking.k8s.io/gateway-name': 'edge' } });
    const all = [service, await made(ACCOUNTS, 'edge-weft'), await made(DEPLOYMENTS, 'edge-weft'), await made(BUDGETS, 'edge-weft')];
    for (const { metadata } of all) {
      expect(metadata.ownerReferences).toMatchObject([{ kind: 'Gateway', name: 'edge', uid: owner.metadata.uid, controller: true }]);
      expect(metadata.labels).toMatchObject({
        team: 'a',
        'gateway.networking.k8s.io/gateway-name': 'edge',
        'gateway.networking.k8s.io/gateway-class-name': 'weft',
      });
      expect(metadata.annotations).toMatchObject({ note: 'b' });
    }
    const { template } = (all[2] as KubeObject)['spec'] as { template: { metadata: object; spec: { containers: object[] } } };
    expect(template.metadata).toMatchObject({ labels: { team: 'a', 'weft.dev/inject': 'disabled' }, annotations: { note: 'b', 'weft.dev/proxy': 'gateway' } });
    expect(template.spec).toMatchObject({ serviceAccountName: 'edge-weft', automountServiceAccountToken: false });
    expect(template.spec.containers).toMatchObject([{ image: 'weft/proxy:1', resources: { requests: { cpu: '10m' } } }]);
    // What a kubelet would be given under PodSecurity "restricted" is accepted by the API server's own check.
    const pods = type('', 'pods', 'Pod');
    await api.client.apply(pods, { metadata: { name: 'try', namespace: 'edge' }, spec: template.spec }, { fieldManager: 'test', dryRun: true });
  });

  test('listeners come and go with the ports of its Service, which keeps its place when none is left', async () => {
    await write(gateway('ports', { listeners: [http(80), http(8080)] }));
    const before = await made(SERVICES, 'ports-weft', (each) => portsOf(each).length === 2);
    await write(gateway('ports', { listeners: [http(8081)] }));
    await made(SERVICES, 'ports-weft', (each) => portsOf(each).join() === 'TCP 8081');
    await write(gateway('ports', { listeners: [{ ...http(80), protocol: 'example.com/X' }] }));
    await write(gateway('after', {}));
    await made(SERVICES, 'after-weft');
    const after = await made(SERVICES, 'ports-weft');
    expect([after.metadata.uid, portsOf(after)]).toEqual([before.metadata.uid, ['TCP 8081']]);
  });

  test('what somebody changes or deletes is put right', async () => {
    await write(gateway('drift', {}));
    const { metadata } = await made(SERVICES, 'drift-weft');
    await api.client.merge(SERVICES, at('drift-weft'), { spec: { selector: { 'gateway.networking.k8s.io/gateway-name': 'wrong' } } });
    await made(SERVICES, 'drift-weft', ({ spec }) => JSON.stringify(spec).includes('"gateway.networking.k8s.io/gateway-name":"drift"'));
    await api.client.delete(SERVICES, at('drift-weft'));
    await made(SERVICES, 'drift-weft', (each) => each.metadata.uid !== metadata.uid);
  });

  test('parameters: size, kind of Service, address; a mistake changes nothing, and Services that were given replace its own', async () => {
    const map = (data: object) => documents.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'size', namespace: 'edge' }, data } as never);
    const sized = gateway('sized', { addresses: [{ value: '10.0.0.9' }], infrastructure: { parametersRef: { group: '', kind: 'ConfigMap', name: 'size' } } });
    map({ replicas: '3', cpu: '2', memoryLimit: '1Gi', externalTrafficPolicy: 'Local' });
    await write(sized);
    const found = await made(DEPLOYMENTS, 'sized-weft');
    expect(found['spec']).toMatchObject({
      replicas: 3,
      template: { spec: { containers: [{ resources: { requests: { cpu: '2' }, limits: { memory: '1Gi' } } }] } },
    });
    expect((await made(SERVICES, 'sized-weft'))['spec']).toMatchObject({ loadBalancerIP: '10.0.0.9', externalTrafficPolicy: 'Local' });
    map({ replicas: 'many' });
    await write(gateway('later', {}));
    await made(DEPLOYMENTS, 'later-weft');
    expect((await made(DEPLOYMENTS, 'sized-weft'))['spec']).toMatchObject({ replicas: 3 });
    map({ services: 'mine' });
    await eventually('its Service gone', async () => ((await api.client.get(SERVICES, at('sized-weft'))) === undefined ? true : undefined));
  });

  test('what belongs to somebody else is left alone, and a Gateway of another class has nothing', async () => {
    await api.client.create(SERVICES, { metadata: at('taken-weft'), spec: { ports: [{ port: 1 }] } });
    await write(gateway('taken', {}));
    await eventually('an event', async () => {
      const { items } = await api.client.page(EVENTS, { namespace: 'edge' });
      return items.find((each) => each['reason'] === 'NameTaken' && String(each['note']).includes('taken-weft'));
    });
    expect(portsOf(await made(SERVICES, 'taken-weft'))).toEqual(['TCP 1']);
    await write(gateway('moved', {}));
    await made(DEPLOYMENTS, 'moved-weft');
    await write(gateway('moved', { gatewayClassName: 'other' }));
    for (const each of [DEPLOYMENTS, SERVICES, ACCOUNTS])
      await eventually('nothing left', async () => ((await api.client.get(each, at('moved-weft'))) === undefined ? true : undefined));
  });
});
