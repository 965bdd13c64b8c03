import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Draft } from './draft.ts';
import {
  addressFor,
  apply,
  CORE_KINDS,
  type Document,
  documentKey,
  emptyMesh,
  type Mesh,
  type ModelEvent,
  makeDocumentKey,
  makeKinds,
  originOf,
  parseDocument,
  routesOfBackend,
  routesOfService,
  SOURCE_MAP,
  scopesNaming,
  scopesOfWorkload,
  selects,
  serviceKey,
  servicesOfWorkload,
  workloadKey,
  workloadsOfScope,
  workloadsOfService,
} from './index.ts';

const KINDS = makeKinds(CORE_KINDS);

function parsed(value: unknown): Document {
  const { document, diagnostics } = parseDocument(KINDS, value);
  if (document === undefined) throw new Error(JSON.stringify(diagnostics));
  return document;
}

const service = (name: string, selector: Record<string, string> = { app: name }, more: object = {}, metadata: object = {}): Document =>
  parsed({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop', ...metadata },
    spec: { selector, ports: [{ name: 'http', port: 80 }], ...more },
  });
const workload = (name: string, labels: Record<string, string>): Document =>
  parsed({
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'Workload',
    metadata: { name, namespace: 'shop', labels },
    spec: { address: '10.0.0.1', ports: [{ port: 8080 }] },
  });
const route = (name: string, parent: string, backend: string, metadata: object = {}): Document =>
  parsed({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace: 'shop', ...metadata },
    spec: { parentRefs: [{ group: '', kind: 'Service', name: parent }], rules: [{ backendRefs: [{ name: backend, port: 80 }] }] },
  });
const scope = (name: string, selector: Record<string, string>, services: readonly string[] = ['shop/*'], metadata: object = {}): Document =>
  parsed({ apiVersion: 'weft.dev/v1alpha1', kind: 'Scope', metadata: { name, namespace: 'shop', ...metadata }, spec: { selector, services } });
const settings = (requestTimeout: string): Document =>
  parsed({ apiVersion: 'weft.dev/v1alpha1', kind: 'Mesh', metadata: { name: 'default' }, spec: { traffic: { requestTimeout } } });

const put = (document: Document): ModelEvent => ({ kind: 'put', document });
const remove = (document: Document): ModelEvent => ({ kind: 'delete', key: documentKey(document) });

function meshOf(...documents: readonly Document[]): Mesh {
  return apply(emptyMesh(KINDS), documents.map(put)).mesh;
}

/** All that a mesh says, in one order. */
function contents(mesh: Mesh): unknown {
  const table = (each: { entries(): Iterable<readonly [string, unknown]> }): unknown =>
    Object.fromEntries([...each.entries()].sort(([a], [b]) => (a < b ? -1 : 1)));
  const { documents, services, workloads, routes, scopes, config, diagnostics, index } = mesh;
  const { displaced, ...tables } = index;
  const indexes = Object.fromEntries(Object.entries(tables).map(([name, each]) => [name, table(each)]));
  return {
    documents: table(documents),
    services: table(services),
    workloads: table(workloads),
    routes: table(routes),
    scopes: table(scopes),
    config,
    diagnostics: table(diagnostics),
    displaced,
    indexes,
  };
}

describe('a mesh', () => {
  it('finds who belongs together', () => {
    const mesh = meshOf(
      service('checkout'),
      service('v2', { app: 'checkout', version: 'v2' }),
      service('nobody', {}),
      workload('a', { app: 'checkout', version: 'v1' }),
      workload('b', { app: 'checkout', version: 'v2' }),
      route('younger', 'checkout', 'v2', { creationTimestamp: '2026-01-02T00:00:00Z' }),
      route('older', 'checkout', 'v2', { creationTimestamp: '2026-01-01T00:00:00Z' }),
      route('new', 'checkout', 'v2'),
      scope('all', {}),
      scope('some', { version: 'v2' }),
    );
    const names = (each: readonly { readonly name: string }[]): readonly string[] => each.map(({ name }) => name);
    const serviceNamed = (name: string) => mesh.services.get(serviceKey('shop', name)) ?? expect.fail(name);
    const workloadNamed = (name: string) => mesh.workloads.get(workloadKey('shop', name)) ?? expect.fail(name);
    expect(names(workloadsOfService(mesh, serviceNamed('checkout')))).toEqual(['a', 'b']);
    expect(names(workloadsOfService(mesh, serviceNamed('v2')))).toEqual(['b']);
    expect(names(workloadsOfService(mesh, serviceNamed('nobody')))).toEqual([]);
    expect(names(servicesOfWorkload(mesh, workloadNamed('b')))).toEqual(['checkout', 'v2']);
    expect(names(servicesOfWorkload(mesh, workloadNamed('a')))).toEqual(['checkout']);
    expect(names(routesOfService(mesh, serviceKey('shop', 'checkout')))).toEqual(['older', 'younger', 'new']);
    expect(names(routesOfBackend(mesh, serviceKey('shop', 'v2')))).toEqual(['older', 'younger', 'new']);
    expect(names(scopesOfWorkload(mesh, workloadNamed('a')))).toEqual(['all']);
    expect(names(scopesOfWorkload(mesh, workloadNamed('b')))).toEqual(['all', 'some']);
  });

  it('reads protocols from appProtocol, then from the name of the port, and says when it assumes', () => {
    const ports = [
      { name: 'http', port: 1 },
      { name: 'grpc-api', port: 2 },
      { name: 'x', port: 3, appProtocol: 'kubernetes.io/h2c' },
      { name: 'y', port: 4 },
      { name: 'http2', port: 5, appProtocol: 'tcp' },
    ];
    const mesh = meshOf(service('a', { app: 'a' }, { ports }));
    expect(mesh.services.get('shop/a')?.ports.map((port) => [port.protocol, port.declared])).toEqual([
      ['http', true],
      ['grpc', true],
      ['h2c', true],
      ['tcp', false],
      ['tcp', true],
    ]);
    expect(mesh.diagnostics.get('Service/shop/a')?.map((each) => [each.code, each.at.path])).toEqual([['WEFT1213', 'spec.ports[3]']]);
  });

  it('reads what a route says, with what it leaves out', () => {
    const spec = {
      parentRefs: [{ group: '', kind: 'Service', namespace: 'pay', name: 'api', port: 80, sectionName: 'http' }, { name: 'gateway' }],
      rules: [
        {
          name: 'one',
          matches: [
            {
              headers: [
                { name: 'X-A', value: '1' },
                { name: 'x-a', value: '2' },
              ],
              queryParams: [{ type: 'RegularExpression', name: 'Q', value: '.*' }],
            },
          ],
        },
        {
          matches: [],
          filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'a', value: 'b' }] } }],
          backendRefs: [{ name: 'v1', port: 80, weight: 0, filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['c'] } }] }],
          timeouts: { request: '0s', backendRequest: '1s500ms' },
        },
      ],
    };
    const document = parsed({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'r', namespace: 'shop' }, spec });
    const read = meshOf(document).routes.get(documentKey(document));
    expect(read?.parents).toMatchObject([
      { kind: 'Service', key: 'pay/api', port: 80, section: 'http', origin: { path: 'spec.parentRefs[0]' } },
      { kind: 'Gateway', key: 'shop/gateway', origin: { path: 'spec.parentRefs[1]' } },
    ]);
    expect(read?.rules[0]).toMatchObject({
      name: 'one',
      matches: [
        {
          path: { kind: 'pathPrefix', value: '/' },
          headers: [{ name: 'x-a', match: { kind: 'exact', value: '1' } }],
          query: [{ name: 'Q', match: { kind: 'regex', value: '.*' } }],
        },
      ],
    });
    expect(read?.rules[0]?.requestTimeoutMs).toBeUndefined();
    expect(read?.rules[1]).toMatchObject({
      name: '0',
      matches: [{ path: { kind: 'pathPrefix', value: '/' }, origin: { path: 'spec.rules[1]' } }],
      requestHeaders: { set: [], add: [], remove: [] },
      responseHeaders: { set: [{ name: 'a', value: 'b' }] },
      backends: [
        {
          target: { group: '', kind: 'Service', namespace: 'shop', name: 'v1', port: 80 },
          weight: 0,
          requestHeaders: { remove: ['c'] },
          origin: { path: 'spec.rules[1].backendRefs[0]' },
        },
      ],
      requestTimeoutMs: 0,
      backendTimeoutMs: 1500,
    });
  });

  it('has settings also without a Mesh document, and again after it is gone', () => {
    expect(emptyMesh(KINDS).config).toMatchObject({
      trustDomain: 'example.mesh',
      outbound: 'AllowAny',
      requestTimeoutMs: 15_000,
      connectTimeoutMs: 1000,
      retryAttempts: 2,
      leafLifetimeMs: 86_400_000,
    });
    const mesh = meshOf(settings('3s'));
    expect(mesh.config.requestTimeoutMs).toBe(3000);
    expect(apply(mesh, [remove(settings('3s'))]).mesh.config).toEqual(emptyMesh(KINDS).config);
  });

  it('names file and line of a place when the document knows them', () => {
    const document = route('r', 'a', 'b', { annotations: { [SOURCE_MAP]: JSON.stringify({ file: 'r.yaml', line: 3, at: { 'spec.rules[0]': 9 } }) } });
    expect(originOf(document, 'spec.rules[0].backendRefs[0]')).toMatchObject({ file: 'r.yaml', line: 9 });
    expect(originOf(document, 'spec.parentRefs[0]')).toMatchObject({ file: 'r.yaml', line: 3 });
    expect(meshOf(document).routes.get(documentKey(document))?.rules[0]?.origin).toMatchObject({ file: 'r.yaml', line: 9, path: 'spec.rules[0]' });
  });

  it('keeps a document that its kind refuses, with the reason and without an entity', () => {
    const broken: Document = { ...service('a'), spec: { ports: 'none' } };
    const mesh = meshOf(service('b'), broken);
    expect(mesh.documents.size).toBe(2);
    expect([...mesh.services.keys()]).toEqual(['shop/b']);
    expect(mesh.diagnostics.get('Service/shop/a')?.[0]).toMatchObject({ code: 'WEFT1202', severity: 'error' });
    const { mesh: mended } = apply(mesh, [put(service('a'))]);
    expect(mended.diagnostics.get('Service/shop/a')).toBeUndefined();
    expect(mended.services.size).toBe(2);
  });
});

describe('what is no change', () => {
  const document = service('a');
  const { metadata } = document;
  it.each([
    ['the same document', document],
    ['a new status', { ...document, status: { conditions: [] } }],
    ['a new resourceVersion and generation', { ...document, metadata: { ...metadata, resourceVersion: '7', generation: 2, uid: 'x' } }],
    ["an annotation of Weft's own", { ...document, metadata: { ...metadata, annotations: { 'weft.dev/source-map': '{}' } } }],
  ])('%s leaves the mesh as it is', (_, again) => {
    const mesh = meshOf(document, service('b'));
    const after = apply(mesh, [put(again)]);
    expect(after.mesh).toBe(mesh);
    expect(after.changes).toEqual([]);
  });

  it('includes what is undone in the same batch, and deletes of what is not there', () => {
    const mesh = meshOf(document);
    expect(apply(mesh, [put(service('a', { app: 'z' })), put(document), remove(service('zz'))]).mesh).toBe(mesh);
  });

  it.each([
    ['spec', { ...document, spec: { ...document.spec, selector: { app: 'z' } } }],
    ['labels', { ...document, metadata: { ...metadata, labels: { a: 'b' } } }],
    ['annotations', { ...document, metadata: { ...metadata, annotations: { a: 'b' } } }],
    ['the time of creation', { ...document, metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z' } }],
  ])('but %s is', (_, again) => {
    const mesh = meshOf(document);
    const after = apply(mesh, [put(again)]);
    expect(after.mesh.revision).toBe(mesh.revision + 1);
    expect(after.changes).toEqual([{ key: documentKey(document), kind: 'Service', before: document, after: again }]);
  });
});

describe('addresses', () => {
  it('are spec.clusterIP, or one made from the name', () => {
    const mesh = meshOf(service('a', {}, { clusterIP: '240.0.0.12' }), service('b'), service('c', {}, { clusterIP: 'None' }));
    expect([...mesh.services.values()].map(({ key, vip }) => [key, vip]).sort()).toEqual([
      ['shop/a', '240.0.0.12'],
      ['shop/b', addressFor(serviceKey('shop', 'b'), 0)],
      ['shop/c', addressFor(serviceKey('shop', 'c'), 0)],
    ]);
    expect(addressFor(serviceKey('shop', 'b'), 0)).toMatch(/^(24\d|25[0-5])\./);
  });

  it('go to the older of two that claim the same, and the other one is told', () => {
    const older = service('z', {}, { clusterIP: '240.0.0.1' }, { creationTimestamp: '2026-01-01T00:00:00Z' });
    const younger = service('a', {}, { clusterIP: '240.0.0.1' }, { creationTimestamp: '2026-01-02T00:00:00Z' });
    const mesh = meshOf(younger, older);
    expect(mesh.services.get('shop/z')?.vip).toBe('240.0.0.1');
    expect(mesh.services.get('shop/a')?.vip).toBe(addressFor(serviceKey('shop', 'a'), 0));
    expect(mesh.diagnostics.get('Service/shop/a')?.at(-1)).toMatchObject({
      code: 'WEFT1306',
      at: { path: 'spec.clusterIP' },
      message: expect.stringContaining('Service shop/z'),
    });
    const { mesh: after, changes } = apply(mesh, [remove(older)]);
    expect(after.services.get('shop/a')?.vip).toBe('240.0.0.1');
    expect(after.diagnostics.get('Service/shop/a')?.some((each) => each.code === 'WEFT1306')).toBe(false);
    expect(changes.map((change) => [change.key, change.before === change.after])).toEqual([
      ['Service/shop/a', true],
      ['Service/shop/z', false],
    ]);
  });
});

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;
const anyName = fc.constantFrom(...NAMES);
const anyLabels = fc.dictionary(fc.constantFrom('app', 'version'), fc.constantFrom('a', 'b'), { noNullPrototype: true });
const anyTime = fc.constantFrom(undefined, '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z');
/** Few addresses, some of them the first choice of other services: collisions on purpose. */
const anyClaim = fc.constantFrom(
  undefined,
  '240.0.0.1',
  '240.0.0.2',
  ...NAMES.map((name) => addressFor(serviceKey('shop', name), 0)),
  addressFor(serviceKey('shop', 'a'), 1),
);
const timed = (creationTimestamp: string | undefined): object => (creationTimestamp === undefined ? {} : { creationTimestamp });

const anyDocument: fc.Arbitrary<Document> = fc.oneof(
  {
    arbitrary: fc
      .tuple(anyName, anyLabels, anyClaim, anyTime)
      .map(([name, labels, clusterIP, time]) => service(name, labels, clusterIP === undefined ? {} : { clusterIP }, timed(time))),
    weight: 4,
  },
  { arbitrary: fc.tuple(anyName, anyLabels).map(([name, labels]) => workload(name, labels)), weight: 2 },
  { arbitrary: fc.tuple(anyName, anyName, anyName, anyTime).map(([name, parent, backend, time]) => route(name, parent, backend, timed(time))), weight: 2 },
  {
    arbitrary: fc.tuple(anyName, anyLabels, fc.subarray(['a', 'shop/b', 'shop/*', 'other/*', '*'])).map(([name, labels, hosts]) => scope(name, labels, hosts)),
    weight: 2,
  },
  { arbitrary: fc.constantFrom('1s', '2s').map(settings), weight: 1 },
);
const anyEvents = fc.array(
  fc.tuple(anyDocument, fc.boolean()).map(([document, gone]) => (gone ? remove(document) : put(document))),
  { maxLength: 25 },
);

/** One event for each document: then their order must not matter. */
const anyWorld = fc.uniqueArray(anyDocument, { selector: documentKey, maxLength: 14 });

describe('apply', () => {
  it('gives the same mesh for every order of the documents', () => {
    fc.assert(
      fc.property(
        anyWorld.chain((world) => fc.tuple(fc.constant(world), fc.shuffledSubarray(world, { minLength: world.length, maxLength: world.length }))),
        ([world, shuffled]) => {
          const oneByOne = shuffled.reduce((mesh, document) => apply(mesh, [put(document)]).mesh, emptyMesh(KINDS));
          expect(contents(oneByOne)).toEqual(contents(meshOf(...world)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives the same mesh for a history, for all of it at once, and for what is left of it', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const oneByOne = events.reduce((mesh, event) => apply(mesh, [event]).mesh, emptyMesh(KINDS));
        const atOnce = apply(emptyMesh(KINDS), events).mesh;
        expect(contents(oneByOne)).toEqual(contents(atOnce));
        expect(contents(meshOf(...atOnce.documents.values()))).toEqual(contents(atOnce));
      }),
      { numRuns: 300 },
    );
  });

  it('never gives two services one address, and reports every service whose address changed', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        let mesh = emptyMesh(KINDS);
        for (const event of events) {
          const { mesh: after, changes } = apply(mesh, [event]);
          const addresses = [...after.services.values()].map(({ vip }) => vip);
          expect(new Set(addresses).size).toBe(addresses.length);
          const told = new Set(changes.map(({ key }) => key));
          for (const each of after.services.values()) {
            const before = mesh.services.get(each.key);
            if (before?.vip !== each.vip) expect(told).toContain(makeDocumentKey('', 'Service', each.namespace, each.name));
          }
          mesh = after;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('finds scopes as a look at all of them would', () => {
    const named = (host: string, namespace: string, service: string): boolean =>
      host === '*' || (host.endsWith('/*') ? service.startsWith(host.slice(0, -1)) : service === (host.includes('/') ? host : `${namespace}/${host}`));
    fc.assert(
      fc.property(anyEvents, anyName, (events, name) => {
        const mesh = apply(emptyMesh(KINDS), events).mesh;
        const scopes = [...mesh.scopes.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
        const workloads = [...mesh.workloads.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
        const service = serviceKey('shop', name);
        expect(scopesNaming(mesh, service)).toEqual(scopes.filter((each) => each.services.some((host) => named(host, each.namespace, service))));
        const meant = (at: { readonly namespace: string; readonly selector: Readonly<Record<string, string>> }) => (each: (typeof workloads)[number]) =>
          each.namespace === at.namespace && selects(at.selector, each.labels);
        for (const each of scopes) expect(workloadsOfScope(mesh, each)).toEqual(workloads.filter(meant(each)));
        for (const each of workloads) expect(new Set(scopesOfWorkload(mesh, each))).toEqual(new Set(scopes.filter((one) => meant(one)(each))));
      }),
      { numRuns: 200 },
    );
  });

  it('leaves the mesh it was given as it was', () => {
    fc.assert(
      fc.property(anyEvents, anyEvents, (first, second) => {
        const mesh = apply(emptyMesh(KINDS), first).mesh;
        const before = contents(mesh);
        apply(mesh, second);
        expect(contents(mesh)).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the cost of a change', () => {
  afterEach(() => vi.restoreAllMocks());

  /** Reads and writes of table entries that one event needs. */
  function costOf(mesh: Mesh, event: ModelEvent): number {
    const spies = [vi.spyOn(Draft.prototype, 'get'), vi.spyOn(Draft.prototype, 'set'), vi.spyOn(Draft.prototype, 'delete')];
    expect(apply(mesh, [event]).changes).toHaveLength(1);
    const calls = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    vi.restoreAllMocks();
    return calls;
  }

  function meshOfSize(size: number): Mesh {
    const names = Array.from({ length: size }, (_, at) => `s${at}`);
    return meshOf(
      ...names.flatMap((name) => [service(name), workload(`${name}-w`, { app: name }), route(name, name, name), scope(name, { app: name }, [name])]),
    );
  }

  // Reads are counted, not time; building so large a mesh takes some on a busy machine.
  it('is the same in a small mesh and in one of 10,000 services', { timeout: 60_000 }, () => {
    const [small, large] = [meshOfSize(10), meshOfSize(10_000)];
    expect(large.services.size).toBe(10_000);
    for (const event of [
      put(service('s5', { app: 's6' })),
      put(service('new')),
      put(workload('s5-w', { app: 's6' })),
      put(route('s5', 's6', 's7')),
      remove(service('s5')),
      put(settings('1s')),
      put(scope('s5', { app: 's6' }, ['s7'])),
      put(scope('new', { app: 's6' }, ['s7', 'shop/*'])),
      remove(scope('s5', {})),
    ]) {
      const cost = costOf(small, event);
      expect(costOf(large, event)).toBe(cost);
      expect(cost).toBeLessThan(30);
    }
  });
});
