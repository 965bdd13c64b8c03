// What must hold for every mesh, on random ones: small name spaces, so that documents really meet.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { fingerprint, fullSet, meshOf, proxiedWorkloads, sha256, sidecarOf } from '../../test/kit/compiled.ts';
import { Table } from '../base/index.ts';
import { decodeResource, type Resource } from '../envoy/index.ts';
import { apply, type Document, type DocumentKey, documentKey, type Mesh, type ModelEvent, type ServiceKey } from '../model/index.ts';
import { emptyMesh } from '../policy/index.ts';
import { affected, documentDiagnostics, emitProxy, emitService, explain, neighbours, planProxy, planService, scopeOf, viewOf } from './index.ts';

const NAMESPACES = ['a', 'b'];
const NAMES = ['s1', 's2', 's3'];
const namespace = fc.constantFrom(...NAMESPACES);
const name = fc.constantFrom(...NAMES);
const age = fc.constantFrom('', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z');

interface Meta {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
}

function document(apiVersion: string, kind: string, meta: Meta, spec: Readonly<Record<string, unknown>>): Document {
  const { creationTimestamp = '', ...rest } = meta;
  return { apiVersion, kind, metadata: { labels: {}, annotations: {}, ...rest, ...(creationTimestamp === '' ? {} : { creationTimestamp }) }, spec };
}

const service = fc
  .record({
    namespace,
    name,
    age,
    app: fc.constantFrom('x', 'y'),
    ports: fc.uniqueArray(fc.constantFrom(80, 81, 90), { minLength: 1 }),
    protocol: fc.constantFrom('http', 'grpc', 'tcp', undefined),
    headless: fc.boolean(),
    publish: fc.boolean(),
    near: fc.constantFrom(...[{}, {}, {}, { trafficDistribution: 'PreferClose' }, { trafficDistribution: 'PreferSameNode' }, { sessionAffinity: 'ClientIP' }]),
  })
  .map((it) =>
    document(
      'v1',
      'Service',
      { namespace: it.namespace, name: it.name, creationTimestamp: it.age },
      {
        ...it.near,
        selector: { app: it.app },
        ...(it.headless ? { clusterIP: 'None' } : {}),
        ...(it.publish ? { publishNotReadyAddresses: true } : {}),
        ports: it.ports.map((port) => ({
          name: `p${port}`,
          port,
          targetPort: port === 90 ? 'named' : 8080,
          ...(it.protocol === undefined ? {} : { appProtocol: it.protocol }),
        })),
      },
    ),
  );

const capture = fc.oneof(
  fc.constant({ mode: 'netns', netns: '/run/netns/x', resolvers: ['10.0.0.53', 'nonsense'] }),
  fc.constant({ mode: 'relay', directory: '/run/relay', resolvers: [] }),
  fc.constant({ mode: 'explicit', httpPort: 11010, upstreams: [{ service: 's1', port: 80, localPort: 11011 }] }),
  fc.constant({ mode: 'none' }),
  fc.constant({ mode: 'fallback' }),
);
const workload = fc
  .record({
    namespace,
    name: fc.constantFrom('w1', 'w2', 'w3'),
    app: fc.constantFrom('x', 'y', 'z'),
    state: fc.constantFrom('Ready', 'Draining', 'Starting'),
    account: fc.constantFrom('one', 'two'),
    address: fc.constantFrom('10.0.0.1', '127.0.0.1'),
    zone: fc.constantFrom('', 'north', 'south'),
    proxy: fc.option(fc.record({ capture, bind: fc.constantFrom('0.0.0.0', ''), hostLoopback: fc.constantFrom('', '10.200.0.1') }), { nil: undefined }),
    weight: fc.integer({ min: 1, max: 3 }),
    speaks: fc.constantFrom('http', 'h2c', 'tcp', undefined),
  })
  .map(({ namespace: ns, name: own, app, account, speaks, ...spec }) => {
    const { proxy, ...rest } = spec;
    const ports = [
      { name: 'named', port: 8080, proxyPort: 20_001, ...(speaks === undefined ? {} : { speaks }) },
      { name: 'other', port: 9090, proxyPort: 20_002 },
    ];
    return document(
      'weft.dev/v1alpha1',
      'Workload',
      { namespace: ns, name: own, labels: { app } },
      { ...rest, serviceAccount: account, ports, ...(proxy === undefined ? {} : { proxy }) },
    );
  });

const route = fc
  .record({
    namespace,
    name: fc.constantFrom('r1', 'r2'),
    age,
    parent: fc.record({ namespace, name, port: fc.option(fc.constantFrom(80, 81), { nil: undefined }) }),
    grpc: fc.constantFrom(false, false, false, true),
    rules: fc.array(
      fc.record({
        path: fc.constantFrom('/', '/a', '/a/b'),
        header: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
        backends: fc.array(fc.record({ namespace, name, weight: fc.constantFrom(0, 1, 9), kind: fc.constantFrom('', '', 'ExternalService', 'Subset') }), {
          maxLength: 2,
        }),
        filter: fc.constantFrom('', '', 'f1', 'f2'),
        mirror: fc.option(fc.record({ namespace, name }), { nil: undefined, freq: 4 }),
        timeout: fc.option(fc.constantFrom('1s', '0s'), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map((it) =>
    document(
      'gateway.networking.k8s.io/v1',
      it.grpc ? 'GRPCRoute' : 'HTTPRoute',
      { namespace: it.namespace, name: it.name, creationTimestamp: it.age },
      {
        parentRefs: [
          {
            group: '',
            kind: 'Service',
            namespace: it.parent.namespace,
            name: it.parent.name,
            ...(it.parent.port === undefined ? {} : { port: it.parent.port }),
          },
        ],
        rules: it.rules.map((rule) => ({
          matches: [
            {
              ...(it.grpc ? {} : { path: { type: 'PathPrefix', value: rule.path } }),
              ...(rule.header === undefined ? {} : { headers: [{ name: 'x-a', value: rule.header }] }),
            },
          ],
          filters: [
            ...(rule.filter === '' ? [] : [{ type: 'ExtensionRef', extensionRef: { group: 'weft.dev', kind: 'RouteFilter', name: rule.filter } }]),
            ...(rule.mirror === undefined ? [] : [{ type: 'RequestMirror', requestMirror: { backendRef: { ...rule.mirror, port: 80 } } }]),
          ],
          backendRefs: rule.backends.map(({ kind, ...backend }) => ({ ...backend, port: 80, ...(kind === '' ? {} : { group: 'weft.dev', kind }) })),
          ...(rule.timeout === undefined || it.grpc ? {} : { timeouts: { request: rule.timeout } }),
        })),
      },
    ),
  );

const connectionRoute = fc
  .record({
    namespace,
    name: fc.constantFrom('r1', 'r2'),
    age,
    parent: fc.record({ namespace, name, port: fc.option(fc.constantFrom(80, 81), { nil: undefined }) }),
    backends: fc.array(
      fc.record({
        namespace,
        name,
        weight: fc.constantFrom(0, 1, 9),
        kind: fc.constantFrom('', '', 'ExternalService', 'Subset'),
        port: fc.constantFrom(80, 81),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ parent: { port, ...parent }, backends, age: creationTimestamp, ...metadata }) =>
    document(
      'gateway.networking.k8s.io/v1',
      'TCPRoute',
      { ...metadata, creationTimestamp },
      {
        parentRefs: [{ group: '', kind: 'Service', ...parent, ...(port === undefined ? {} : { port }) }],
        rules: [{ backendRefs: backends.map(({ kind, ...backend }) => ({ ...backend, ...(kind === '' ? {} : { group: 'weft.dev', kind }) })) }],
      },
    ),
  );

/** What belongs to routes: filters (some ask for the caller), parts of services, grants. */
const routeKind = fc.oneof(
  fc
    .record({
      namespace,
      name: fc.constantFrom('f1', 'f2'),
      match: fc.constantFrom<Readonly<Record<string, unknown>>>(
        { source: { namespaces: ['a'] } },
        { source: { labels: { app: 'x' }, not: true } },
        { headers: [{ name: 'x-b', type: 'Present' }] },
      ),
      respond: fc.boolean(),
    })
    .map(({ match, respond, ...metadata }) =>
      document('weft.dev/v1alpha1', 'RouteFilter', metadata, { match, ...(respond ? { directResponse: { statusCode: 418 } } : {}) }),
    ),
  fc
    .record({ namespace, name, service: name, app: fc.constantFrom('x', 'y') })
    .map(({ service: whole, app, ...metadata }) => document('weft.dev/v1alpha1', 'Subset', metadata, { service: whole, selector: { app } })),
  fc
    .record({ namespace, name: fc.constant('g'), from: namespace, kind: fc.constantFrom('HTTPRoute', 'GRPCRoute', 'TCPRoute') })
    .map(({ from, kind, ...metadata }) =>
      document('gateway.networking.k8s.io/v1', 'ReferenceGrant', metadata, {
        from: [{ group: 'gateway.networking.k8s.io', kind, namespace: from }],
        to: [
          { group: '', kind: 'Service' },
          { group: 'weft.dev', kind: 'Subset' },
        ],
      }),
    ),
);

const external = fc
  .record({
    namespace,
    name: fc.constantFrom('s1', 'e1'),
    age,
    hosts: fc.uniqueArray(fc.constantFrom('x.example', 'y.example', 'z.example'), { minLength: 1 }),
    ports: fc.uniqueArray(fc.constantFrom(80, 443), { minLength: 1 }),
    protocol: fc.constantFrom('http', 'tcp', 'grpc'),
    resolution: fc.constantFrom('Static', 'DNS'),
    tls: fc.boolean(),
  })
  .map((it) =>
    document(
      'weft.dev/v1alpha1',
      'ExternalService',
      { namespace: it.namespace, name: it.name, creationTimestamp: it.age },
      {
        hosts: it.hosts,
        ports: it.ports.map((port) => ({ name: `p${port}`, port, appProtocol: it.protocol })),
        resolution: it.resolution,
        ...(it.resolution === 'Static' ? { addresses: ['192.0.2.1', '127.0.0.1'] } : { dns: { mode: 'Strict' } }),
        ...(it.tls ? { tls: {} } : {}),
      },
    ),
  );

const policy = fc
  .record({
    namespace,
    name: fc.constantFrom('p1', 'p2'),
    age,
    kind: fc.constantFrom('TimeoutPolicy', 'RetryPolicy'),
    target: fc.oneof(
      fc.constant({ kind: 'Mesh', name: 'default' }),
      namespace.map((it) => ({ kind: 'Namespace', name: it })),
      fc.record({ kind: fc.constant('Service'), namespace, name, sectionName: fc.constantFrom('80', 'http') }),
      fc.record({ kind: fc.constant('Service'), namespace, name }),
      fc.record({ kind: fc.constant('ExternalService'), namespace, name: fc.constantFrom('s1', 'e1') }),
      fc.record({ kind: fc.constant('HTTPRoute'), name: fc.constantFrom('r1', 'r2') }),
      fc.record({ kind: fc.constant('HTTPRoute'), name: fc.constantFrom('r1', 'r2'), sectionName: fc.constantFrom('0', '1') }),
    ),
    request: fc.constantFrom('3s', '0s'),
    attempts: fc.constantFrom(0, 5),
  })
  .map(({ kind, target, request, attempts, age: creationTimestamp, ...metadata }) =>
    document(
      'weft.dev/v1alpha1',
      kind,
      { ...metadata, creationTimestamp },
      { targetRefs: [target], ...(kind === 'TimeoutPolicy' ? { request } : { attempts }) },
    ),
  );

const connecting = fc
  .record({
    namespace,
    name: fc.constantFrom('p1', 'p2'),
    age,
    target: fc.oneof(
      fc.constant({ kind: 'Mesh', name: 'default' }),
      namespace.map((it) => ({ kind: 'Namespace', name: it })),
      fc.record({ kind: fc.constant('Service'), namespace, name, sectionName: fc.constantFrom('80', 'p80') }),
      fc.record({ kind: fc.constant('Service'), namespace, name }),
    ),
    said: fc.constantFrom<readonly [string, Readonly<Record<string, unknown>>]>(
      ['RetryPolicy', { attempts: 1, on: ['5xx'], methods: ['POST'], budget: { percent: 5 } }],
      ['RetryPolicy', { on: ['gateway-error'], methods: ['*'], hedge: { onPerTryTimeout: true } }],
      ['RateLimitPolicy', { limits: [{ name: 'x', requests: 1, by: [{ kind: 'ServiceAccount' }] }], tcp: { maxConnections: 1 } }],
      ['RateLimitPolicy', { enforcement: 'DryRun', tcp: { newConnections: { connections: 2 } } }],
      ['FaultPolicy', { until: '2030-01-01T00:00:00Z', faults: [{ abort: { status: 503 } }] }],
      ['FaultPolicy', { for: '1h', faults: [{ from: [{ namespace: 'a' }], delay: { fixed: '1s' } }] }],
      ['LoadBalancingPolicy', { algorithm: 'RoundRobin' }],
      ['LoadBalancingPolicy', { algorithm: 'Maglev', hashOn: [{ source: true }] }],
      ['LoadBalancingPolicy', { locality: { mode: 'Prefer' } }],
      ['LoadBalancingPolicy', { locality: { mode: 'Require', nearest: 'Node', failover: [{ from: 'north', to: ['south'] }] } }],
      ['LoadBalancingPolicy', { locality: { mode: 'None' } }],
      ['CircuitBreakerPolicy', { limits: { requests: 7 }, inbound: { requests: 3 } }],
      ['HealthCheckPolicy', { type: 'HTTP', http: { path: '/live' } }],
      ['ConnectionPolicy', { maxAge: '1m', application: { proxyProtocol: 'V2' } }],
    ),
  })
  .map(({ said: [kind, spec], target, age: creationTimestamp, ...metadata }) =>
    document('weft.dev/v1alpha1', kind, { ...metadata, creationTimestamp }, { targetRefs: [target], ...spec }),
  );

const scope = fc
  .record({
    namespace,
    name: fc.constantFrom('c1', 'c2'),
    app: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
    services: fc.array(fc.constantFrom('s1', 'a/s2', 'b/e1', 'b/*', '*', 'nobody'), { maxLength: 3 }),
  })
  .map((it) =>
    document(
      'weft.dev/v1alpha1',
      'Scope',
      { namespace: it.namespace, name: it.name },
      { selector: it.app === undefined ? {} : { app: it.app }, services: it.services },
    ),
  );

const settings = fc
  .record({
    trustDomain: fc.constantFrom('one.example', 'two.example'),
    mode: fc.constantFrom('AllowAny', 'RegisteredOnly'),
    attempts: fc.constantFrom(0, 2),
    timeout: fc.constantFrom('3s', '15s'),
    connect: fc.constantFrom('1s', '2s'),
    scoping: fc.constantFrom({ mode: 'All' }, {}, { fallback: { namespace: 'a', name: 's3' } }),
  })
  .map((it) =>
    document(
      'weft.dev/v1alpha1',
      'Mesh',
      { namespace: '', name: 'default' },
      {
        trustDomain: it.trustDomain,
        scoping: it.scoping,
        outbound: { mode: it.mode },
        traffic: { requestTimeout: it.timeout, connectTimeout: it.connect, retries: { attempts: it.attempts } },
      },
    ),
  );

const learned = fc
  .record({ namespace, account: fc.constantFrom('one', 'two'), services: fc.uniqueArray(fc.constantFrom('a/s1', 'a/s2', 'b/s1', 'b/gone'), { maxLength: 3 }) })
  .map(({ namespace: ns, account, services }) =>
    document('weft.dev/v1alpha1', 'LearnedScope', { namespace: ns, name: account }, { serviceAccount: account, services }),
  );

const anyDocument = fc.oneof(
  { weight: 4, arbitrary: service },
  { weight: 4, arbitrary: workload },
  { weight: 4, arbitrary: route },
  { weight: 3, arbitrary: routeKind },
  { weight: 2, arbitrary: connectionRoute },
  { weight: 2, arbitrary: external },
  { weight: 1, arbitrary: scope },
  { weight: 2, arbitrary: learned },
  { weight: 3, arbitrary: policy },
  { weight: 3, arbitrary: connecting },
  { weight: 1, arbitrary: settings },
);
const documents = fc.uniqueArray(anyDocument, { selector: documentKey, minLength: 4, maxLength: 18 });

function everything(mesh: Mesh): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(proxiedWorkloads(mesh).map((key) => [key, fingerprint(fullSet(mesh, sidecarOf(key)).resources)]));
}

describe('every mesh', () => {
  test('gives the same bytes, whatever the order of its documents', () => {
    fc.assert(
      fc.property(documents, fc.infiniteStream(fc.nat()), (list, random) => {
        const shuffled = list.map((each) => ({ each, at: random.next().value as number })).sort((a, b) => a.at - b.at);
        expect(everything(meshOf(shuffled.map(({ each }) => each)))).toEqual(everything(meshOf(list)));
      }),
      { numRuns: 30 },
    );
  });

  test('keeps a service as it is when another one changes', () => {
    fc.assert(
      fc.property(documents, service, (list, other) => {
        const mesh = meshOf(list);
        const next = apply(mesh, [
          {
            kind: 'put',
            document: { ...other, metadata: { ...other.metadata, name: 'unrelated', namespace: 'a' }, spec: { ...other.spec, selector: { app: 'unrelated' } } },
          },
        ]).mesh;
        for (const key of mesh.services.keys()) expect(serviceBytes(next, key as ServiceKey)).toEqual(serviceBytes(mesh, key as ServiceKey));
      }),
      { numRuns: 40 },
    );
  });

  test('refers to nothing that is not there', () => {
    fc.assert(
      fc.property(documents, (list) => {
        const mesh = meshOf(list);
        for (const key of proxiedWorkloads(mesh)) {
          const { resources, diagnostics } = fullSet(mesh, sidecarOf(key));
          expect(diagnostics.filter((one) => one.code.startsWith('WEFT150') && one.code !== 'WEFT1505')).toEqual([]);
          expect(dangling(resources)).toEqual([]);
        }
      }),
      { numRuns: 15 },
    );
  });

  test('is compiled anew only where `affected` says so', () => {
    const event: fc.Arbitrary<ModelEvent> = fc.oneof(
      { weight: 4, arbitrary: anyDocument.map((each) => ({ kind: 'put', document: each }) as const) },
      { weight: 1, arbitrary: anyDocument.map((each) => ({ kind: 'delete', key: documentKey(each) }) as const) },
    );
    fc.assert(
      fc.property(documents, fc.array(fc.array(event, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 }), (list, history) => {
        let mesh = meshOf(list);
        const cache = new Cache();
        cache.fill(mesh);
        for (const events of history) {
          const { mesh: next, changes } = apply(mesh, events);
          cache.update(mesh, next, affected(mesh, next, changes));
          expect(cache.shown(next)).toEqual(everything(next));
          mesh = next;
        }
      }),
      { numRuns: Number(process.env['WEFT_RUNS'] ?? 40) },
    );
  }, 60_000);
});

test('every mesh: what is said of a document changes only with it, or where `neighbours` says so', () => {
  fc.assert(
    fc.property(fc.array(anyDocument, { maxLength: 12 }), fc.array(fc.tuple(anyDocument, fc.boolean()), { maxLength: 8 }), (documents, history) => {
      let mesh = meshOf(documents);
      for (const [it, gone] of history) {
        const event: ModelEvent = gone ? { kind: 'delete', key: documentKey(it) } : { kind: 'put', document: it };
        const { mesh: next, changes } = apply(mesh, [event]);
        const named = new Set([...changes.map((change) => change.key), ...neighbours(mesh, next, changes)]);
        for (const key of next.documents.keys() as Iterable<DocumentKey>) {
          if (!named.has(key)) expect(documentDiagnostics(next, key), key).toEqual(documentDiagnostics(mesh, key));
        }
        mesh = next;
      }
    }),
    { numRuns: Number(process.env['WEFT_RUNS'] ?? 40) * 3 },
  );
});

test('regression: a consumer route of a service that is only a backend in scope names the proxies of its namespace', () => {
  const http = (ns: string, own: string) =>
    document('v1', 'Service', { namespace: ns, name: own }, { selector: { app: 'x' }, ports: [{ port: 80, appProtocol: 'http' }] });
  const to = (ns: string, own: string, parent: string, backend: string) => {
    const [parentNamespace, parentName] = parent.split('/');
    const [backendNamespace, backendName] = backend.split('/');
    return document(
      'gateway.networking.k8s.io/v1',
      'HTTPRoute',
      { namespace: ns, name: own },
      {
        parentRefs: [{ group: '', kind: 'Service', namespace: parentNamespace, name: parentName }],
        rules: [{ backendRefs: [{ namespace: backendNamespace, name: backendName, port: 80 }] }],
      },
    );
  };
  const caller = document('weft.dev/v1alpha1', 'Workload', { namespace: 'a', name: 'w1' }, { address: '10.0.0.1', proxy: { capture: { mode: 'none' } } });
  const only = document('weft.dev/v1alpha1', 'Scope', { namespace: 'a', name: 'c1' }, { services: ['s2'] });
  const mesh = meshOf([http('a', 's2'), http('b', 's1'), to('a', 'r1', 'a/s2', 'b/s1'), caller, only]);
  const { mesh: next, changes } = apply(mesh, [{ kind: 'put', document: to('a', 'r2', 'b/s1', 'b/s1') }]);
  expect(affected(mesh, next, changes).proxies).toEqual(new Set(['a/w1']));
});

/** What a control plane keeps: service resources per view, own resources and scope per proxy; renewed only as told. */
class Cache {
  readonly #services = new Map<string, readonly Resource[]>();
  readonly #proxies = new Map<string, { readonly own: readonly Resource[]; readonly seen: readonly string[] }>();

  fill(mesh: Mesh): void {
    for (const key of proxiedWorkloads(mesh)) this.#renew(mesh, key);
  }

  update(_before: Mesh, mesh: Mesh, { services, proxies }: ReturnType<typeof affected>): void {
    for (const [key, parts] of services) {
      for (const id of [...this.#services.keys()].filter((each) => each.startsWith(`${key}#`))) {
        const view = this.#views.get(id);
        if (view === undefined) continue;
        const kept = (this.#services.get(id) ?? []).filter((resource) => !isPart(resource, parts));
        const fresh = emitService(planService(mesh, key, view), sha256, parts).resources;
        const names = new Set(emitService(planService(mesh, key, view), sha256).resources.map((resource) => `${resource.type} ${resource.name}`));
        this.#services.set(id, [...kept.filter((resource) => names.has(`${resource.type} ${resource.name}`)), ...fresh]);
      }
    }
    const wanted = proxies === 'all' ? proxiedWorkloads(mesh) : [...proxies].filter((id) => mesh.workloads.get(id)?.proxy !== undefined);
    for (const key of wanted) this.#renew(mesh, key);
  }

  readonly #views = new Map<string, ReturnType<typeof viewOf>>();

  #renew(mesh: Mesh, key: string): void {
    const proxy = sidecarOf(key);
    const own = emitProxy(planProxy(mesh, proxy), sha256).resources;
    const workloadOfProxy = mesh.workloads.get(key);
    const seen = scopeOf(mesh, proxy).services.flatMap((each) => {
      if (workloadOfProxy === undefined) return [];
      const view = viewOf(mesh, workloadOfProxy, each);
      const id = `${each}#${view.key}`;
      this.#views.set(id, view);
      if (!this.#services.has(id)) this.#services.set(id, emitService(planService(mesh, each, view), sha256).resources);
      return [id];
    });
    this.#proxies.set(key, { own, seen });
  }

  shown(mesh: Mesh): Readonly<Record<string, readonly string[]>> {
    const entries = proxiedWorkloads(mesh).map((key) => {
      const { own, seen } = this.#proxies.get(key) ?? { own: [], seen: [] };
      const found = new Map<string, Resource>();
      for (const resource of [...seen.flatMap((id) => this.#services.get(id) ?? []), ...own]) found.set(`${resource.type} ${resource.name}`, resource);
      return [key, fingerprint([...found.values()])] as const;
    });
    return Object.fromEntries(entries);
  }
}

function isPart({ type }: Resource, parts: { readonly clusters: boolean; readonly endpoints: boolean; readonly routes: boolean }): boolean {
  return type === 'cluster' ? parts.clusters : type === 'endpoints' ? parts.endpoints : parts.routes;
}

function serviceBytes(mesh: Mesh, key: ServiceKey): readonly string[] {
  const view = { key: '', relayDirectory: '', hostLoopback: '', consumerNamespace: '', connectionNamespace: '', identity: '', zone: '', node: '', sources: [] };
  return fingerprint(emitService(planService(mesh, key, view), sha256).resources);
}

/** Names that a resource refers to and that no resource has. Secrets come from elsewhere, with two fixed names. */
function dangling(resources: readonly Resource[]): readonly string[] {
  const has = new Set(resources.map((resource) => `${resource.type} ${resource.name}`));
  const missing = new Set<string>();
  const need = (type: string, wanted: unknown): void => {
    if (typeof wanted === 'string' && !has.has(`${type} ${wanted}`)) missing.add(`${type} ${wanted}`);
  };
  for (const resource of resources) {
    if (resource.type === 'endpoints') {
      need('cluster', resource.name);
      continue;
    }
    const content = contentOf(resource);
    if (resource.type === 'cluster' && JSON.stringify(content).includes('"type":"EDS"')) need('endpoints', resource.name);
    visit(content, (key, value) => {
      if (key === 'route_config_name') need('routes', value);
      if (key === 'cluster') need('cluster', value);
      if (key === 'weighted_clusters') for (const each of (value as { clusters: { name: string }[] }).clusters) need('cluster', each.name);
    });
  }
  return [...missing];
}

const CONTENT = new Map<string, unknown>();

function contentOf(resource: Resource): unknown {
  const known = CONTENT.get(resource.version) ?? decodeResource(resource);
  CONTENT.set(resource.version, known);
  return known;
}

function visit(value: unknown, each: (key: string, value: unknown) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, each);
  else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      each(key, item);
      visit(item, each);
    }
  }
}

describe('whatever a user writes', () => {
  test('nothing throws', () => {
    const spoiled = fc.tuple(
      anyDocument,
      fc.constantFrom('ports', 'rules', 'parentRefs', 'selector', 'services', 'proxy', 'address', 'traffic'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(documents, fc.array(spoiled, { maxLength: 4 }), fc.string(), (list, bad, text) => {
        const events = [...list, ...bad.map(([each, field, value]) => ({ ...each, spec: { ...each.spec, [field]: value } }))].map(
          (each) => ({ kind: 'put', document: each }) as const,
        );
        const { mesh } = apply(emptyMesh(), events);
        for (const key of mesh.documents.keys()) documentDiagnostics(mesh, key as DocumentKey);
        for (const key of proxiedWorkloads(mesh)) fullSet(mesh, sidecarOf(key));
        explain(mesh, { from: 'a/w1', to: 's1', method: 'GET', path: `/${text}`, headers: { 'x-a': text } });
        explain(mesh, { from: text, to: text, method: text, path: text, headers: {} });
      }),
      { numRuns: 50 },
    );
  });
});

describe('the work of a change', () => {
  /** A mesh of `size` services, each with a workload and a route, and what changing one route and one endpoint names. */
  function workOf(size: number): unknown {
    const list = Array.from({ length: size }, (_, at) => {
      const own = `s${at}`;
      return [
        document('v1', 'Service', { namespace: 'a', name: own }, { selector: { app: own }, ports: [{ port: 80, targetPort: 8080, appProtocol: 'http' }] }),
        document(
          'weft.dev/v1alpha1',
          'Workload',
          { namespace: 'a', name: own, labels: { app: own } },
          { address: '10.0.0.1', ports: [{ port: 8080 }], proxy: { capture: { mode: 'netns', netns: '/n', resolvers: [] }, bind: '10.0.0.1' } },
        ),
        document(
          'gateway.networking.k8s.io/v1',
          'HTTPRoute',
          { namespace: 'a', name: own },
          { parentRefs: [{ group: '', kind: 'Service', name: own }], rules: [{ backendRefs: [{ name: own, port: 80 }] }] },
        ),
      ];
    }).flat();
    const mesh = meshOf(list);
    const change = (each: Document, spec: Readonly<Record<string, unknown>>) => {
      const { mesh: next, changes } = apply(mesh, [{ kind: 'put', document: { ...each, spec: { ...each.spec, ...spec } } }]);
      const { services, proxies } = affected(mesh, next, changes);
      const bytes = [...services].flatMap(
        ([key, parts]) => emitService(planService(next, key, viewOf(next, next.workloads.get('a/s1') as never, key)), sha256, parts).resources,
      );
      return {
        services: [...services],
        proxies: proxies === 'all' ? 'all' : [...proxies],
        encoded: bytes.map((resource) => `${resource.type} ${resource.version}`),
      };
    };
    const route1 = list.find((each) => each.kind === 'HTTPRoute' && each.metadata.name === 's7') as Document;
    const workload1 = list.find((each) => each.kind === 'Workload' && each.metadata.name === 's7') as Document;
    return [change(route1, { rules: [{ timeouts: { request: '1s' }, backendRefs: [{ name: 's7', port: 80 }] }] }), change(workload1, { state: 'Draining' })];
  }

  /** Reads of table entries that finding out what changes of one service touch takes, in a mesh of `size` workloads, each with a Scope of its own. */
  function readsOf(size: number): { readonly reads: readonly number[]; readonly proxies: unknown } {
    const http = (own: string, port: number) =>
      document('v1', 'Service', { namespace: 'a', name: own }, { selector: { app: own }, ports: [{ port, targetPort: 8080, appProtocol: 'http' }] });
    const list = Array.from({ length: size }, (_, at) => [
      http(`s${at}`, 80),
      document(
        'weft.dev/v1alpha1',
        'Workload',
        { namespace: 'a', name: `w${at}`, labels: { app: `s${at}`, tier: 'web' } },
        { address: '10.0.0.1', proxy: { capture: { mode: 'none' } } },
      ),
      document('weft.dev/v1alpha1', 'Scope', { namespace: 'a', name: `c${at}` }, { selector: { app: `s${at}` }, services: [`s${at + 1}`, 'a/s3', 'b/*'] }),
    ]).flat();
    const mesh = meshOf(list.filter((each) => each.metadata.name !== 'c9'));
    const changed = (each: Document): { readonly reads: number; readonly found: unknown } => {
      const { mesh: next, changes } = apply(mesh, [{ kind: 'put', document: each }]);
      affected(mesh, next, changes); // what is found once per set of workloads is found
      const spies = (['get', 'has', 'keys', 'values', 'entries'] as const).map((method) => vi.spyOn(Table.prototype, method));
      const { proxies } = affected(mesh, next, changes);
      const reads = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
      vi.restoreAllMocks();
      return { reads, found: proxies === 'all' ? 'all' : [...proxies].sort() };
    };
    const all = [http('s5', 81), http('new', 80)].map(changed);
    return { reads: all.map((each) => each.reads), proxies: all.map((each) => each.found) };
  }

  test('of a service looks only at the scopes that name it', () => {
    const small = readsOf(20);
    // Its own workload, the one whose Scope names it, and the one that has no Scope.
    expect(small.proxies).toEqual([['a/w4', 'a/w5', 'a/w9'], ['a/w9']]);
    expect(readsOf(2000)).toEqual(small);
    for (const reads of small.reads) expect(reads).toBeLessThan(40);
  });

  test('is the same in a mesh of 100 services and in one of 10,000', () => {
    const small = workOf(100);
    expect(small).toMatchObject([
      { services: [['a/s7', { clusters: false, endpoints: false, routes: true }]], proxies: [], encoded: [expect.any(String)] },
      { services: [['a/s7', { clusters: false, endpoints: true, routes: false }]], proxies: [], encoded: [expect.any(String)] },
    ]);
    expect(workOf(10_000)).toEqual(small);
  });
});
