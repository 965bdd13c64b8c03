import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CORE_KINDS, type Document, makeKinds, parseDocument } from './index.ts';

const KINDS = makeKinds(CORE_KINDS);

const service = (spec: unknown, metadata: unknown = { name: 'checkout', namespace: 'shop' }): unknown => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec,
});
const route = (rule: unknown, spec: object = {}): unknown => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'checkout', namespace: 'shop' },
  spec: { parentRefs: [{ group: '', kind: 'Service', name: 'checkout' }], rules: [rule], ...spec },
});
const gatewayApi = (kind: string, spec: object): unknown => ({ apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { name: 'a' }, spec });
const good = { selector: { app: 'checkout' }, ports: [{ name: 'http', port: 80, appProtocol: 'http' }] };

/** `CODE severity path: message` of every diagnostic. */
function said(value: unknown): readonly string[] {
  return parseDocument(KINDS, value).diagnostics.map((each) => `${each.code} ${each.severity} ${each.at.path}: ${each.message}`);
}

describe('a document', () => {
  it('gets the defaults of its kind', () => {
    const { document, diagnostics } = parseDocument(KINDS, route({ backendRefs: [{ name: 'v1', port: 80 }] }));
    expect(diagnostics).toEqual([]);
    expect(document?.spec).toEqual({
      parentRefs: [{ group: '', kind: 'Service', name: 'checkout' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [] }],
          filters: [],
          backendRefs: [{ group: '', kind: 'Service', name: 'v1', port: 80, weight: 1, filters: [] }],
        },
      ],
    });
  });

  it('may say null for what it leaves out, as kubectl does', () => {
    const { document, diagnostics } = parseDocument(
      KINDS,
      service({ ...good, clusterIP: null }, { name: 'a', namespace: null, creationTimestamp: null, labels: null }),
    );
    expect(diagnostics).toEqual([]);
    expect(document?.metadata).toEqual({ name: 'a', namespace: 'default', labels: {}, annotations: {} });
  });

  it('takes the namespace that is given for documents without one', () => {
    expect(parseDocument(KINDS, service(good, { name: 'a' }), undefined, { defaultNamespace: 'shop' }).document?.metadata.namespace).toBe('shop');
    expect(
      parseDocument(KINDS, { apiVersion: 'weft.dev/v1alpha1', kind: 'Mesh', metadata: { name: 'default' }, spec: {} }, undefined, { defaultNamespace: 'shop' })
        .document?.metadata.namespace,
    ).toBe('');
  });

  it('has the place of its fields in its diagnostics', () => {
    const place = { file: 'a.yaml', at: (path: string) => (path === 'spec.ports[0].prot' ? { line: 7, column: 3 } : undefined) };
    const { diagnostics } = parseDocument(KINDS, service({ ...good, ports: [{ prot: 80, port: 80 }] }), place);
    expect(diagnostics[0]?.at).toEqual({
      kind: 'Service',
      namespace: 'shop',
      name: 'checkout',
      path: 'spec.ports[0].prot',
      file: 'a.yaml',
      line: 7,
      column: 3,
    });
  });

  it('is parsed to itself when it is parsed again', () => {
    const documents = [
      service(good),
      route({ backendRefs: [{ name: 'v1', port: 80 }] }),
      { apiVersion: 'weft.dev/v1alpha1', kind: 'Mesh', metadata: { name: 'default' }, spec: {} },
      { apiVersion: 'weft.dev/v1alpha1', kind: 'Scope', metadata: { name: 'a' }, spec: { services: ['*'] } },
      {
        apiVersion: 'weft.dev/v1alpha1',
        kind: 'Workload',
        metadata: { name: 'a' },
        spec: { address: '10.0.0.1', ports: [{ port: 80 }], proxy: { capture: { mode: 'none' } } },
      },
      {
        apiVersion: 'weft.dev/v1alpha1',
        kind: 'ExternalService',
        metadata: { name: 'a' },
        spec: { hosts: ['a.example'], ports: [{ port: 80, appProtocol: 'http' }], tls: {}, dns: {} },
      },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      { apiVersion: 'weft.dev/v1alpha1', kind: 'DiscoveredProvider', metadata: { name: 'web' }, spec: { issuer: 'https://idp.example', problem: 'no' } },
      { apiVersion: 'weft.dev/v1alpha1', kind: 'LearnedScope', metadata: { name: 'web' }, spec: { serviceAccount: 'web', services: ['shop/checkout'] } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, stringData: { password: 'grün' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { text: 'a' } },
      gatewayApi('GatewayClass', { controllerName: 'weft.dev/controller' }),
      gatewayApi('Gateway', { gatewayClassName: 'weft', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] }),
      gatewayApi('ListenerSet', { parentRef: { name: 'edge' }, listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] }),
      gatewayApi('BackendTLSPolicy', {
        targetRefs: [{ group: '', kind: 'Service', name: 'a' }],
        validation: { wellKnownCACertificates: 'System', hostname: 'a.example.com' },
      }),
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'GRPCRoute',
        metadata: { name: 'g' },
        spec: { parentRefs: [{ group: '', kind: 'Service', name: 'a' }], rules: [{ matches: [{ method: { service: 'a.B', method: 'C' } }] }] },
      },
      {
        apiVersion: 'gateway.networking.k8s.io/v1beta1',
        kind: 'ReferenceGrant',
        metadata: { name: 'g' },
        spec: { from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'a' }], to: [{ group: '', kind: 'Service' }] },
      },
      { apiVersion: 'weft.dev/v1alpha1', kind: 'RouteFilter', metadata: { name: 'f' }, spec: { match: { cookies: [{ name: 'a', value: 'b' }] } } },
      ...['TCPRoute', 'TLSRoute', 'UDPRoute'].map((kind) => ({
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind,
        metadata: { name: 'x' },
        spec: { parentRefs: [{ name: 'x' }], ...(kind === 'TLSRoute' ? { hostnames: ['x.test'] } : {}), rules: [{ backendRefs: [{ name: 'x', port: 1 }] }] },
      })),
      {
        apiVersion: 'weft.dev/v1alpha1',
        kind: 'MeshPeer',
        metadata: { name: 'west.mesh' },
        spec: { endpoint: { url: 'https://west.example.com/bundle.json', profile: 'https_web' } },
      },
      { apiVersion: 'weft.dev/v1alpha1', kind: 'Subset', metadata: { name: 'v2' }, spec: { service: 'a', selector: { version: 'v2' } } },
      ...['Role', 'ClusterRole'].map((kind) => rbac(kind, { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['services'] }] })),
      ...['RoleBinding', 'ClusterRoleBinding'].map((kind) =>
        rbac(kind, { subjects: [{ kind: 'User', name: 'a' }], roleRef: { kind: 'ClusterRole', name: 'view' } }),
      ),
    ].map((each) => parseDocument(KINDS, each).document);
    expect(documents).toHaveLength(KINDS.all.length);
    for (const document of documents) expect(parseDocument(KINDS, document).document).toEqual(document);
  });
});

describe('what Gateway API has and this version of Weft has not', () => {
  it('refuses the filter ExternalAuth of a single backend, saying so', () => {
    const filter = {
      type: 'ExternalAuth',
      externalAuth: { protocol: 'HTTP', backendRef: { name: 'a', port: 80 }, http: { path: '/a', allowedHeaders: [] }, forwardBody: { maxSize: 1 } },
    };
    expect(said(route({ filters: [filter] }))).toEqual([]);
    expect(said(route({ backendRefs: [{ name: 'a', port: 80, filters: [filter] }] }))).toEqual([
      'WEFT1210 error spec.rules[0].backendRefs[0].filters[0]: the filter ExternalAuth of a single backend is not supported by this version of Weft; the document is refused, because requests would pass unchecked',
    ]);
  });

  it('warns of what it can ignore', () => {
    const rule = {
      retry: { codes: [503], attempts: 2, backoff: '10ms' },
      sessionPersistence: { sessionName: 'a', type: 'Cookie', idleTimeout: '1m', cookieConfig: { lifetimeType: 'Session' } },
    };
    const { document, diagnostics } = parseDocument(KINDS, route(rule, { hostnames: ['a.example'], useDefaultGateways: 'All' }));
    expect(document).toBeDefined();
    expect(diagnostics.map((each) => [each.code, each.at.path])).toEqual([
      ['WEFT1211', 'spec.hostnames'],
      ['WEFT1211', 'spec.useDefaultGateways'],
      ['WEFT1211', 'spec.rules[0].sessionPersistence.idleTimeout'],
    ]);
  });

  it('leaves a regular expression to Envoy, whatever it looks like', () => {
    const rule = { matches: [{ path: { type: 'RegularExpression', value: '/a[' }, headers: [{ type: 'RegularExpression', name: 'x', value: '(' }] }] };
    expect(said(route(rule))).toEqual([]);
  });
});

const rbac = (kind: string, more: object) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name: 'a' }, ...more });

const anyJson = fc.jsonValue({ maxDepth: 5 });
const samples: readonly unknown[] = [
  service(good),
  route({
    name: 'a',
    matches: [{ method: 'GET' }],
    backendRefs: [{ name: 'v1', port: 80 }],
    timeouts: { request: '1s' },
    filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['a'] } }],
  }),
  {
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'Workload',
    metadata: { name: 'a' },
    spec: { address: '10.0.0.1', ports: [{ port: 80 }], proxy: { capture: { mode: 'none' } } },
  },
  { apiVersion: 'weft.dev/v1alpha1', kind: 'Mesh', metadata: { name: 'default' }, spec: { traffic: { retries: { budget: { percent: 3 } } } } },
];

/** A copy of a value in which what stands at one place is something else. */
function spoiled(value: unknown, at: number, by: unknown): unknown {
  if (value === null || typeof value !== 'object') return by;
  const keys = Object.keys(value);
  const key = keys[at % keys.length] ?? '0';
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = at % 3 === 0 ? by : spoiled(copy[key], Math.floor(at / keys.length), by);
  return copy;
}

describe('parseDocument', () => {
  it('gives a document or an error for any JSON, and never throws', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const { document, diagnostics } = parseDocument(KINDS, value);
        expect(document === undefined).toBe(diagnostics.some((each) => each.severity === 'error'));
      }),
    );
  });

  it('gives a document or an error for nearly right documents', () => {
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(), anyJson, (sample, at, by) => {
        const { document, diagnostics } = parseDocument(KINDS, spoiled(sample, at, by));
        expect(document === undefined).toBe(diagnostics.some((each) => each.severity === 'error'));
        if (document !== undefined) expect(parseDocument(KINDS, document).document).toEqual(document satisfies Document);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what is nested without end', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = { a: deep };
    expect(said(deep)).toEqual(['WEFT1012 error : nested more than 64 levels deep']);
  });
});

describe('MeshPeers', () => {
  const said = (spec: object): readonly string[] =>
    parseDocument(KINDS, { apiVersion: 'weft.dev/v1alpha1', kind: 'MeshPeer', metadata: { name: 'west.mesh' }, spec }).diagnostics.map(
      ({ code, at }) => `${code} ${at.path}`,
    );
  const spiffe = { url: 'https://west.example.com/', profile: 'https_spiffe', spiffeId: 'spiffe://west.mesh/bundle' };

  it.each<readonly [object, readonly string[]]>([
    [{}, ['WEFT2231 spec']],
    [{ bundle: 'x' }, ['WEFT2232 spec.bundle']],
    [{ bundle: '{"keys":[]}' }, ['WEFT2232 spec.bundle']],
    [{ bundle: '{"keys":[{"use":"x509-svid","x5c":["AAAA"]}]}' }, ['WEFT2232 spec.bundle']],
    [{ endpoint: { url: 'http://west.example.com/', profile: 'https_web' } }, ['WEFT2233 spec.endpoint.url']],
    [{ endpoint: { url: 'https://user@west.example.com/', profile: 'https_web' } }, ['WEFT2233 spec.endpoint.url']],
    [{ endpoint: { url: 'https://west.example.com/', profile: 'https_web', spiffeId: 'spiffe://west.mesh/a' } }, ['WEFT2233 spec.endpoint.spiffeId']],
    [{ endpoint: spiffe }, ['WEFT2233 spec.bundle']],
    [{ bundle: 'x', endpoint: { ...spiffe, spiffeId: 'spiffe://east.mesh/bundle' } }, ['WEFT2232 spec.bundle', 'WEFT2233 spec.endpoint.spiffeId']],
  ])('%j', (spec, expected) => expect(said(spec)).toEqual(expected));
});
