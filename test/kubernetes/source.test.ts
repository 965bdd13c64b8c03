// A cluster as documents, from a real API server. There are no nodes here: statuses of pods are written as a kubelet would.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Diagnostic } from '../../src/base/index.ts';
import { definitions } from '../../src/install/index.ts';
import type { KubeObject, ResourceType } from '../../src/kube/index.ts';
import { type Document, documentKey } from '../../src/model/index.ts';
import { kindOf } from '../../src/policy/index.ts';
import { kubernetesSource, type SourceTrouble } from '../../src/source/index.ts';
import { hasKubeApi, KubeApi } from '../kit/kube-api.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';

const core = (plural: string, kind: string, namespaced = true): ResourceType => ({ group: '', version: 'v1', plural, kind, namespaced });
const PODS = core('pods', 'Pod');
const NODES = core('nodes', 'Node', false);
const SERVICES = core('services', 'Service');
const SECRETS = core('secrets', 'Secret');
const NAMESPACES = core('namespaces', 'Namespace', false);
const SLICES: ResourceType = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices', kind: 'EndpointSlice', namespaced: true };
const DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

function kind(apiVersion: string, name: string): ResourceType {
  const found = kindOf(apiVersion, name);
  if (found === undefined) throw new Error(`no kind ${name}`);
  return found;
}
const GATEWAYS = kind('gateway.networking.k8s.io/v1', 'Gateway');
const ROUTES = kind('gateway.networking.k8s.io/v1', 'HTTPRoute');
const TIMEOUTS = kind('weft.dev/v1alpha1', 'TimeoutPolicy');

/** What the reader of a source knows. */
class Reader {
  readonly documents = new Map<string, Document>();
  readonly problems = new Map<string, readonly Diagnostic[]>();
  troubles: readonly SourceTrouble[] = [];
  batches = 0;
  events = 0;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(api: KubeApi) {
    const source = kubernetesSource({
      client: api.client,
      problems: (key, diagnostics) => void (diagnostics.length === 0 ? this.problems.delete(key) : this.problems.set(key, diagnostics)),
      troubles: (troubles) => {
        this.troubles = troubles;
      },
    });
    this.#running = (async () => {
      for await (const batch of source.events(this.#stop.signal)) {
        this.batches++;
        this.events += batch.length;
        for (const event of batch) {
          if (event.kind === 'put') this.documents.set(documentKey(event.document), event.document);
          else this.documents.delete(event.key);
        }
      }
    })();
  }

  of(name: string, at: string): Document | undefined {
    return [...this.documents.values()].find((each) => each.kind === name && `${each.metadata.namespace}/${each.metadata.name}` === at);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

describe.skipIf(needs('kube-apiserver', hasKubeApi).skip)('a cluster as documents', () => {
  let api: KubeApi;

  beforeAll(async () => {
    api = await KubeApi.start();
    const theirs = parseAllDocuments(readFileSync(join(process.env['KUBEBUILDER_ASSETS'] ?? '', 'gateway-api-standard.yaml'), 'utf8')).map(
      (each) => each.toJS() as KubeObject | null,
    );
    const gatewayApi = theirs.filter((each) => each?.kind === 'CustomResourceDefinition') as KubeObject[];
    for (const definition of [...(definitions() as unknown as KubeObject[]), ...gatewayApi])
      await api.client.apply(DEFINITIONS, definition, { fieldManager: 'weft', force: true });
    await api.client.create(NAMESPACES, { metadata: { name: 'shop' } });
    for (const [name, zone] of [
      ['n1', 'a'],
      ['n2', 'b'],
    ])
      await api.client.create(NODES, { metadata: { name: name ?? '', labels: { 'topology.kubernetes.io/zone': zone ?? '' } } });
  }, 120_000);
  afterAll(() => api[Symbol.asyncDispose]());

  async function pod(
    name: string,
    { node, address, ready = true }: { readonly node: string; readonly address: string; readonly ready?: boolean },
  ): Promise<void> {
    await api.client.create(PODS, {
      metadata: { name, namespace: 'shop', labels: { app: 'web' } },
      spec: {
        nodeName: node,
        serviceAccountName: 'web',
        terminationGracePeriodSeconds: 30,
        containers: [{ name: 'web', image: 'web', ports: [{ name: 'http', containerPort: 8080 }] }],
      },
    });
    await status(name, { phase: 'Running', podIP: address, podIPs: [{ ip: address }], conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] });
  }
  const status = (name: string, value: object) => api.client.merge(PODS, { namespace: 'shop', name }, { status: value }, 'status');
  const spec = (reader: Reader, what: string, at: string) => reader.of(what, at)?.spec as Record<string, unknown> | undefined;

  test('pods are workloads: identity, address, ports, zone, state; a deleted one drains, a finished one is none', async () => {
    await pod('before', { node: 'n1', address: '10.1.0.1' });
    await using reader = new Reader(api);
    await eventually('the first batch', async () => (reader.batches > 0 ? true : undefined));
    expect(spec(reader, 'Workload', 'shop/before')).toMatchObject({
      serviceAccount: 'web',
      address: '10.1.0.1',
      zone: 'a',
      state: 'Ready',
      ports: [{ name: 'http', port: 8080 }],
    });
    await pod('later', { node: 'n2', address: '10.1.0.2', ready: false });
    await eventually('later', async () => (spec(reader, 'Workload', 'shop/later')?.['state'] === 'Starting' ? true : undefined));
    await status('later', { conditions: [{ type: 'Ready', status: 'True' }] });
    await eventually('ready', async () => (spec(reader, 'Workload', 'shop/later')?.['state'] === 'Ready' ? true : undefined));
    await api.client.merge(NODES, { name: 'n2' }, { metadata: { labels: { 'topology.kubernetes.io/zone': 'c' } } });
    await eventually('another zone', async () => (spec(reader, 'Workload', 'shop/later')?.['zone'] === 'c' ? true : undefined));
    await api.client.delete(PODS, { namespace: 'shop', name: 'later' });
    await eventually('draining', async () => (spec(reader, 'Workload', 'shop/later')?.['state'] === 'Draining' ? true : undefined));
    await status('before', { phase: 'Succeeded' });
    await eventually('finished', async () => (reader.of('Workload', 'shop/before') === undefined ? true : undefined));
  });

  test('a status that changes nothing of a mesh is no event', async () => {
    await pod('still', { node: 'n1', address: '10.1.0.3' });
    await using reader = new Reader(api);
    await eventually('the first batch', async () => (reader.batches > 0 ? true : undefined));
    const before = reader.events;
    for (let n = 0; n < 5; n++) await status('still', { message: `beat ${n}` });
    await pod('mark', { node: 'n1', address: '10.1.0.4' });
    await eventually('the mark', async () => (reader.of('Workload', 'shop/mark')?.spec['state'] === 'Ready' ? true : undefined));
    // starting and ready, at most
    expect(reader.events - before).toBeLessThanOrEqual(2);
  });

  test('a Service with a selector is itself; one without has the endpoints that somebody writes', async () => {
    await using reader = new Reader(api);
    await api.client.create(SERVICES, {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    });
    await api.client.create(SERVICES, { metadata: { name: 'old', namespace: 'shop' }, spec: { ports: [{ name: 'http', port: 80 }] } });
    await eventually('web', async () => reader.of('Service', 'shop/web'));
    expect(spec(reader, 'Service', 'shop/web')).toMatchObject({ selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] });
    const slice = {
      metadata: { name: 'old-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'old' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 9000, protocol: 'TCP' }],
      endpoints: [{ addresses: ['192.0.2.1'] }, { addresses: ['192.0.2.2'], conditions: { ready: false } }],
    };
    await api.client.create(SLICES, slice);
    await eventually('its endpoints', async () => reader.of('Workload', 'shop/old-1-192-0-2-2'));
    expect(spec(reader, 'Service', 'shop/old')).toMatchObject({ selector: { 'weft.dev/endpoints-of': 'old' }, ports: [{ port: 80, targetPort: 9000 }] });
    expect([spec(reader, 'Workload', 'shop/old-1-192-0-2-1')?.['state'], spec(reader, 'Workload', 'shop/old-1-192-0-2-2')?.['state']]).toEqual([
      'Ready',
      'Starting',
    ]);
    await api.client.merge(SLICES, { namespace: 'shop', name: 'old-1' }, { endpoints: [{ addresses: ['192.0.2.2'] }] });
    await eventually('one left', async () => (reader.of('Workload', 'shop/old-1-192-0-2-1') === undefined ? true : undefined));
    await api.client.delete(SLICES, { namespace: 'shop', name: 'old-1' });
    await eventually('none left', async () => (reader.of('Workload', 'shop/old-1-192-0-2-2') === undefined ? true : undefined));
  });

  test('only Secrets that a document names are read', async () => {
    const secret = (name: string): KubeObject => ({ metadata: { name, namespace: 'shop' }, type: 'Opaque', data: { a: 'YQ==' } });
    for (const name of ['named', 'private']) await api.client.create(SECRETS, secret(name));
    const gateway = (name: string): KubeObject => ({
      metadata: { name: 'edge', namespace: 'shop' },
      spec: { gatewayClassName: 'weft', listeners: [{ name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name }] } }] },
    });
    await api.client.create(GATEWAYS, gateway('named'));
    await using reader = new Reader(api);
    await eventually('the first batch', async () => (reader.batches > 0 ? true : undefined));
    // What is named is part of everything there is.
    expect([reader.batches, reader.of('Secret', 'shop/named') !== undefined, reader.of('Secret', 'shop/private')]).toEqual([1, true, undefined]);
    await api.client.apply(GATEWAYS, gateway('private'), { fieldManager: 'test', force: true });
    await eventually('the other', async () =>
      reader.of('Secret', 'shop/private') !== undefined && reader.of('Secret', 'shop/named') === undefined ? true : undefined,
    );
  });

  test('what is wrong is named, and the last good state holds', async () => {
    await using reader = new Reader(api);
    const policy = (value: object): KubeObject => ({
      metadata: { name: 'slow', namespace: 'shop' },
      spec: { targetRefs: [{ kind: 'Service', name: 'web' }], ...value },
    });
    await api.client.create(TIMEOUTS, policy({ request: '2s' }));
    await eventually('good', async () => (spec(reader, 'TimeoutPolicy', 'shop/slow')?.['request'] !== undefined ? true : undefined));
    await api.client.apply(TIMEOUTS, policy({ reqest: '1s' }), { fieldManager: 'test', force: true });
    const said = await eventually('a problem', async () => reader.problems.get('TimeoutPolicy shop/slow'));
    expect(said).toMatchObject([{ code: 'WEFT1203', message: expect.stringContaining('reqest') }]);
    expect(reader.of('TimeoutPolicy', 'shop/slow')).toBeDefined();
    await api.client.merge(TIMEOUTS, { namespace: 'shop', name: 'slow' }, { spec: { reqest: null } });
    await eventually('mended', async () => (reader.problems.has('TimeoutPolicy shop/slow') ? undefined : true));
  });

  test('a server that is killed takes nothing away, and what changed meanwhile appears', async () => {
    await api.client.create(ROUTES, {
      metadata: { name: 'r', namespace: 'shop' },
      spec: { parentRefs: [{ group: '', kind: 'Service', name: 'web' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
    });
    await using reader = new Reader(api);
    await eventually('the route', async () => reader.of('HTTPRoute', 'shop/r'));
    const held = [...reader.documents.keys()].sort();
    await api.stopApi();
    await eventually('troubles', async () => (reader.troubles.length > 10 ? true : undefined));
    expect([...reader.documents.keys()].sort()).toEqual(held);
    await api.startApi();
    await api.client.delete(ROUTES, { namespace: 'shop', name: 'r' });
    await eventually('the deletion', async () => (reader.of('HTTPRoute', 'shop/r') === undefined ? true : undefined), 800);
    expect([...reader.documents.keys()].sort()).toEqual(held.filter((key) => !key.endsWith('shop/r')));
  });
});
