// Random meshes around Gateways: what listens, what is routed, what policies say, where the ways out lead, and what becomes of all that in time.
import fc from 'fast-check';
import { type Document, documentKey, type ModelEvent } from '../../src/model/index.ts';

const API = 'gateway.networking.k8s.io/v1';
const space = fc.constantFrom('a', 'b');

function made(apiVersion: string, kind: string, metadata: { readonly namespace: string; readonly name: string }, spec: object): Document {
  return { apiVersion, kind, metadata: { labels: {}, annotations: {}, ...metadata }, spec: spec as Document['spec'] };
}

const listener = fc
  .record({
    name: fc.constantFrom('l1', 'l2', 'l3'),
    port: fc.constantFrom(80, 443),
    hostname: fc.constantFrom('', '*.x.test', 'a.x.test'),
    kind: fc.constantFrom('HTTP', 'HTTPS', 'HTTPS', 'TLS', 'PASS', 'TCP', 'UDP'),
    from: fc.constantFrom('All', 'Same', 'Selector'),
    refers: fc.constantFrom('s1', 's2'),
  })
  .map(({ kind, from, refers, hostname, ...rest }) => ({
    ...rest,
    ...(hostname === '' || kind === 'TCP' || kind === 'UDP' ? {} : { hostname }),
    protocol: kind === 'PASS' ? 'TLS' : kind,
    ...(kind === 'HTTPS' || kind === 'TLS' ? { tls: { certificateRefs: [{ name: refers }] } } : kind === 'PASS' ? { tls: { mode: 'Passthrough' } } : {}),
    allowedRoutes: { namespaces: { from, ...(from === 'Selector' ? { selector: { matchLabels: { tier: 'x' } } } : {}) } },
  }));
const listeners = fc.uniqueArray(listener, { selector: ({ name }) => name, minLength: 1, maxLength: 3 });

const gateway = fc
  .record({
    namespace: space,
    listeners,
    sets: fc.constantFrom('All', 'None'),
    trust: fc.boolean(),
    shown: fc.constantFrom('', '', 's1', 's2'),
    className: fc.constantFrom('weft', 'weft', 'other'),
  })
  .map((it) =>
    made(
      API,
      'Gateway',
      { namespace: it.namespace, name: 'g' },
      {
        gatewayClassName: it.className,
        listeners: it.listeners,
        allowedListeners: { namespaces: { from: it.sets } },
        tls: {
          ...(it.trust ? { frontend: { default: { validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }] } } } } : {}),
          ...(it.shown === '' ? {} : { backend: { clientCertificateRef: { name: it.shown } } }),
        },
      },
    ),
  );
const set = fc
  .record({ namespace: space, parent: space, listeners })
  .map((it) => made(API, 'ListenerSet', { namespace: it.namespace, name: 'set' }, { parentRef: { namespace: it.parent, name: 'g' }, listeners: it.listeners }));
const route = fc
  .record({
    namespace: space,
    name: fc.constantFrom('r1', 'r2'),
    parent: fc.record({
      kind: fc.constantFrom('Gateway', 'ListenerSet'),
      namespace: space,
      section: fc.option(fc.constantFrom('l1', 'l2'), { nil: undefined }),
    }),
    hostnames: fc.uniqueArray(fc.constantFrom('*.x.test', 'a.x.test', 'b.test'), { maxLength: 2 }),
    path: fc.constantFrom('/', '/p'),
    kind: fc.constantFrom('HTTPRoute', 'HTTPRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute'),
    backend: fc.constantFrom({ name: 'w1' }, { name: 'w2' }, { group: 'weft.dev', kind: 'ExternalService', name: 'e1' }),
  })
  .map(({ parent: { kind, namespace, section }, kind: routeKind, ...it }) =>
    made(API, routeKind, it, {
      parentRefs: [{ kind, namespace, name: kind === 'Gateway' ? 'g' : 'set', ...(section === undefined ? {} : { sectionName: section }) }],
      ...(routeKind === 'TCPRoute' || routeKind === 'UDPRoute' ? {} : { hostnames: routeKind === 'TLSRoute' ? ['a.x.test', ...it.hostnames] : it.hostnames }),
      rules: [{ ...(routeKind === 'HTTPRoute' ? { matches: [{ path: { value: it.path } }] } : {}), backendRefs: [{ ...it.backend, port: 80 }] }],
    }),
  );
const service = fc
  .record({
    namespace: space,
    name: fc.constantFrom('w1', 'w2'),
    protocol: fc.constantFrom('http', 'tcp'),
    port: fc.constantFrom(80, 81),
    datagrams: fc.constantFrom('', 'u', 9000),
  })
  .map(({ protocol, port, datagrams, ...it }) => {
    const more = datagrams === '' ? [] : [{ name: 'u', port: 80, targetPort: datagrams, protocol: 'UDP' }];
    return made('v1', 'Service', it, { selector: { app: 'x' }, ports: [{ name: 'p', port, targetPort: 8080, appProtocol: protocol }, ...more] });
  });
/** Who takes what is sent to the services. */
const server = fc
  .record({ namespace: space, address: fc.constantFrom('10.0.0.8', '10.0.0.2'), state: fc.constantFrom('Ready', 'Draining'), inside: fc.boolean() })
  .map(({ inside, namespace, ...spec }) => {
    const document = made(
      'weft.dev/v1alpha1',
      'Workload',
      { namespace, name: 'server' },
      {
        ...spec,
        ports: [
          { name: 'p', port: 8080 },
          { name: 'u', port: 9001, protocol: 'UDP' },
        ],
        ...(inside ? { proxy: { capture: { mode: 'netns', netns: '/n' } } } : {}),
      },
    );
    return { ...document, metadata: { ...document.metadata, labels: { app: 'x' } } };
  });
const proxy = fc
  .record({
    namespace: space,
    name: fc.constantFrom('g-1', 'g-2'),
    bind: fc.constantFrom('127.0.0.1', '0.0.0.0'),
    address: fc.constantFrom('10.0.0.8', '10.0.0.9'),
  })
  .map(({ bind, address, ...it }) =>
    made('weft.dev/v1alpha1', 'Workload', it, { address, serviceAccount: 'g', gateway: 'g', proxy: { capture: { mode: 'none' }, bind } }),
  );

/** One who calls what leaves by a Gateway. */
const caller = space.map((namespace) =>
  made(
    'weft.dev/v1alpha1',
    'Workload',
    { namespace, name: 'caller' },
    { address: '10.0.0.1', serviceAccount: 'c', proxy: { capture: { mode: 'netns', netns: '/n', resolvers: ['192.0.2.53'] } } },
  ),
);
const leaving = fc.option(fc.record({ namespace: space, port: fc.constantFrom(80, 15444) }), { nil: undefined });
const outside = fc.tuple(space, leaving, fc.constantFrom('192.0.2.1', '192.0.2.2'), fc.boolean()).map(([namespace, egress, address, tls]) =>
  made(
    'weft.dev/v1alpha1',
    'ExternalService',
    { namespace, name: 'e1' },
    {
      hosts: [`e1.${namespace}.test`],
      ports: [
        { name: 'p', port: 80, appProtocol: 'http' },
        { name: 's', port: 443, appProtocol: 'http' },
      ],
      resolution: 'Static',
      addresses: [address],
      ...(tls ? { tls: { mode: 'Originate', subjectAltNames: [] } } : {}),
      ...(egress === undefined ? {} : { egress: { gateway: { namespace: egress.namespace, name: 'g', port: egress.port } } }),
    },
  ),
);
const tlsPolicy = fc
  .record({
    namespace: space,
    name: fc.constantFrom('t1', 't2'),
    hostname: fc.constantFrom('one.test', 'two.test'),
    target: fc.constantFrom({ group: 'weft.dev', kind: 'ExternalService', name: 'e1' }, { group: '', kind: 'Service', name: 'w1' }),
    section: fc.constantFrom('', 'p', 'q'),
    ca: fc.boolean(),
  })
  .map(({ hostname, target, section, ca, ...it }) =>
    made(API, 'BackendTLSPolicy', it, {
      targetRefs: [{ ...target, ...(section === '' ? {} : { sectionName: section }) }],
      validation: { hostname, ...(ca ? { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }] } : { wellKnownCACertificates: 'System' }) },
    }),
  );

const CALLING = ['ExternalAuthorizationPolicy', 'ExtensionPolicy', 'RequestAuthenticationPolicy'];
const ON_ROUTES: ReadonlySet<string> = new Set(['RateLimitPolicy', 'FaultPolicy', 'TimeoutPolicy', 'RetryPolicy', ...CALLING]);

/** Policies for a Gateway, a listener, a route, or everybody. */
const policy = fc
  .record({
    namespace: space,
    name: fc.constantFrom('p1', 'p2'),
    target: fc.constantFrom<object>(
      { kind: 'Gateway', name: 'g' },
      { kind: 'Gateway', name: 'g', sectionName: 'l1' },
      { kind: 'HTTPRoute', name: 'r1' },
      { kind: 'HTTPRoute', name: 'r2', sectionName: '0' },
      { kind: 'Mesh', name: 'default' },
    ),
    said: fc.constantFrom<readonly [string, object]>(
      ['RateLimitPolicy', { limits: [{ name: 'x', requests: 1 }] }],
      ['RateLimitPolicy', { limits: [{ name: 'x', requests: 2, by: [{ kind: 'ClientAddress' }] }], response: { status: 503 } }],
      ['FaultPolicy', { until: '2030-01-01T00:00:00Z', faults: [{ abort: { status: 503 } }] }],
      ['TimeoutPolicy', { request: '7s' }],
      ['RetryPolicy', { attempts: 1, budget: { percent: 5 } }],
      ['LoadBalancingPolicy', { algorithm: 'RoundRobin', session: { type: 'Header', name: 'x' } }],
      ['LoadBalancingPolicy', { locality: { mode: 'Prefer' } }],
      ['CircuitBreakerPolicy', { limits: { requests: 7 } }],
      ['ConnectionPolicy', { maxAge: '1m' }],
      ['ConnectionPolicy', { http3: true }],
      ['RateLimitPolicy', { tcp: { maxConnections: 3 } }],
      ['ExternalAuthorizationPolicy', { protocol: 'HTTP', service: { name: 'w1', namespace: 'a', port: 80 } }],
      ['ExternalAuthorizationPolicy', { protocol: 'HTTP', service: { kind: 'ExternalService', name: 'e1', namespace: 'b', port: 80 } }],
      ['ExtensionPolicy', { extProc: { service: { name: 'w1', namespace: 'b', port: 80 } } }],
      ['RequestAuthenticationPolicy', { issuers: [{ issuer: 'i', audiences: ['a'], keys: { remote: { uri: 'http://w2.a.mesh/keys' } } }] }],
      ['RequestAuthenticationPolicy', { issuers: [{ issuer: 'j', audiences: ['a'], keys: { remote: { uri: 'https://e1.b.test/keys' } } }] }],
    ),
  })
  .filter(({ target, said: [kind] }) => !('kind' in target && target.kind === 'HTTPRoute') || ON_ROUTES.has(kind))
  .map(({ target, said: [kind, spec], ...it }) => made('weft.dev/v1alpha1', kind, it, { targetRefs: [target], ...spec }));

/** Sign-ins: their policies, what their provider said, and their secrets. The token endpoint is a Service, or stands outside. */
const signIn = fc
  .record({
    namespace: space,
    name: fc.constantFrom('o1', 'o2'),
    target: fc.constantFrom<object>({ kind: 'Gateway', name: 'g' }, { kind: 'Gateway', name: 'g', sectionName: 'l1' }, { kind: 'HTTPRoute', name: 'r1' }),
    secret: fc.constantFrom('s1', 's2'),
    token: fc.constantFrom('', 'http://w1.a.mesh/token', 'http://w2.b.mesh:81/token'),
    issuer: fc.constantFrom('https://e1.a.test', 'https://e1.b.test'),
  })
  .map(({ target, secret, token, issuer, ...it }) =>
    made('weft.dev/v1alpha1', 'OIDCPolicy', it, {
      targetRefs: [target],
      issuer,
      clientId: 'c',
      clientSecretRef: { name: secret },
      cookieSecretRef: { name: secret },
      ...(token === '' ? {} : { provider: { authorizationEndpoint: 'https://e1.a.test/auth', tokenEndpoint: token } }),
    }),
  );
const discovered = fc
  .record({ namespace: space, name: fc.constantFrom('o1', 'o2'), issuer: fc.constantFrom('https://e1.a.test', 'https://e1.b.test'), known: fc.boolean() })
  .map(({ issuer, known, ...it }) =>
    made('weft.dev/v1alpha1', 'DiscoveredProvider', it, {
      issuer,
      ...(known ? { authorizationEndpoint: `${issuer}/auth`, tokenEndpoint: `${issuer}/token` } : { problem: 'no' }),
    }),
  );
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const opaque = fc
  .record({ namespace: space, name: fc.constantFrom('s1', 's2'), client: fc.constantFrom('one', 'two', ''), cookies: fc.constantFrom('short', 'x'.repeat(40)) })
  .map(({ client, cookies, ...it }) =>
    made('v1', 'Secret', it, { type: 'Opaque', data: { 'client-secret': base64(client), 'cookie-secret': base64(cookies) } }),
  );

/** What a namespace lets policies of others have called. */
const grant = fc
  .record({ namespace: space, from: space, kind: fc.constantFrom(...CALLING, 'OIDCPolicy'), to: fc.constantFrom('w1', 'w2', '', 'e1') })
  .map(({ namespace, from, kind, to }) =>
    made(
      API,
      'ReferenceGrant',
      { namespace, name: 'grant' },
      {
        from: [{ group: 'weft.dev', kind, namespace: from }],
        to: [to === 'e1' ? { group: 'weft.dev', kind: 'ExternalService', name: to } : { group: '', kind: 'Service', ...(to === '' ? {} : { name: to }) }],
      },
    ),
  );

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const other = fc.oneof(
  fc.record({ name: space, tier: fc.constantFrom('x', 'y') }).map(({ name, tier }) => {
    const document = made('v1', 'Namespace', { namespace: '', name }, {});
    return { ...document, metadata: { ...document.metadata, labels: { tier } } };
  }),
  space.map((namespace) => made('v1', 'ConfigMap', { namespace, name: 'ca' }, { data: { 'ca.crt': PEM } })),
  fc.record({ namespace: space, name: fc.constantFrom('s1', 's2') }).map((it) => made('v1', 'Secret', it, { type: 'Opaque', data: {} })),
  fc
    .constantFrom('weft.dev/controller', 'example.com/other')
    .map((controllerName) => made(API, 'GatewayClass', { namespace: '', name: 'other' }, { controllerName })),
);

const anything = fc.oneof(
  { weight: 4, arbitrary: gateway },
  { weight: 2, arbitrary: set },
  { weight: 5, arbitrary: route },
  { weight: 3, arbitrary: service },
  { weight: 2, arbitrary: proxy },
  { weight: 2, arbitrary: server },
  { weight: 3, arbitrary: outside },
  { weight: 2, arbitrary: caller },
  { weight: 3, arbitrary: tlsPolicy },
  { weight: 4, arbitrary: policy },
  { weight: 3, arbitrary: other },
  { weight: 3, arbitrary: signIn },
  { weight: 2, arbitrary: discovered },
  { weight: 3, arbitrary: opaque },
  { weight: 2, arbitrary: grant },
);
/** A small mesh with Gateways and all that is about them; names are few, so that documents refer to each other. */
export const gatewayDocuments = fc.uniqueArray(anything, { selector: documentKey, minLength: 4, maxLength: 16 });
const event: fc.Arbitrary<ModelEvent> = fc.oneof(
  { weight: 3, arbitrary: anything.map((document) => ({ kind: 'put', document }) as const) },
  { weight: 1, arbitrary: anything.map((document) => ({ kind: 'delete', key: documentKey(document) }) as const) },
);
/** Batches of changes to such a mesh. */
export const gatewayHistory = fc.array(fc.array(event, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 });
