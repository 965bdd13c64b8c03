// Policies whose fields are tried one by one (src/compile/silence.test.ts), in the mesh of silence-mesh.ts.
/** One kind, and documents whose fields are tried; what a field needs around it stands in at least one of them. */
export interface Tried {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly specs: readonly object[];
}

const WEFT = 'weft.dev/v1alpha1';
const policy = (kind: string, ...specs: readonly object[]): Tried => {
  const service = { targetRefs: [{ kind: 'Service', name: 'other' }] };
  return { apiVersion: WEFT, kind, name: 'tried', specs: [{ ...service, ...specs[0] }, ...specs.slice(1).map((spec) => ({ ...service, ...spec }))] };
};
const to = (kind: string, name: string) => ({ targetRefs: [{ kind, name }] });
/** A key that somebody made for this test and threw away. */
const JWK = { kty: 'EC', crv: 'P-256', kid: 'one', x: 'A'.repeat(43), y: 'B'.repeat(43) };
const ISSUER = { issuer: 'https://idp.example.com', audiences: ['a'], keys: { inline: JSON.stringify({ keys: [JWK] }) } };
const limit = { name: 'one', requests: 5 };
const SIGN_IN = {
  ...to('Gateway', 'edge'),
  issuer: 'https://idp.example.com',
  provider: { authorizationEndpoint: 'https://idp.example.com/authorize', tokenEndpoint: 'http://other.a.mesh/token' },
  clientId: 'c',
  clientSecretRef: { name: 'idp' },
  cookieSecretRef: { name: 'idp' },
  cookies: {},
};

const between = [
  { name: 'other', port: 81 },
  { name: 'web', port: 80 },
];

/** Routes of connections, and of datagrams. */
export const TRIED_CONNECTIONS: readonly Tried[] = [
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'TLSRoute',
    name: 'tried',
    specs: [{ parentRefs: [{ group: '', kind: 'Service', name: 'other', port: 81 }], hostnames: ['x.test'], rules: [{ backendRefs: between }] }],
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'UDPRoute',
    name: 'tried',
    specs: [
      {
        parentRefs: [{ name: 'edge', sectionName: 'dns' }],
        rules: [
          {
            backendRefs: [
              { name: 'datagrams', port: 53 },
              { name: 'other', port: 53 },
            ],
          },
        ],
      },
    ],
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'TCPRoute',
    name: 'tried',
    specs: [
      {
        parentRefs: [{ group: '', kind: 'Service', name: 'other', port: 81 }],
        rules: [
          {
            backendRefs: [
              { name: 'other', port: 81 },
              { name: 'web', port: 80 },
            ],
          },
        ],
      },
    ],
  },
];

const from = (source: object) => ({ rules: [{ from: [{ source }] }] });
const asked = (operation: object) => ({ rules: [{ to: [{ operation }] }] });
/** Texts that are no text of their field say nothing: each is tried with one of its own. */
const AUTHORIZATION_FIELDS = [
  from({ principals: ['example.mesh/ns/a/sa/b'], notPrincipals: ['*/sa/c'] }),
  from({ serviceAccounts: ['a/b'], notServiceAccounts: ['a/c'] }),
  from({ namespaces: ['a'], notNamespaces: ['b*'] }),
  from({ trustDomains: ['example.mesh'], notTrustDomains: ['other.mesh'] }),
  from({ ipBlocks: ['10.0.0.1'], notIpBlocks: ['10.0.0.2'], remoteIpBlocks: ['10.0.0.0/8'], notRemoteIpBlocks: ['10.1.0.0/16'] }),
  from({ requestPrincipals: ['i/*'], notRequestPrincipals: ['i/s'] }),
  asked({ hosts: ['a.example'], notHosts: ['b.example'], methods: ['GET'], notMethods: ['PUT'] }),
  asked({ ports: [8080], notPorts: [8081] }),
  asked({ paths: ['/a'], notPaths: ['/b*'] }),
  asked({ grpc: ['a.B/C'], notGrpc: ['a.B'] }),
  asked({ headers: [{ name: 'x' }] }),
] as const;

export const TRIED_POLICIES: readonly Tried[] = [
  policy('TimeoutPolicy', { request: '9s' }, { ...to('HTTPRoute', 'plain'), request: '9s' }, { ...to('Gateway', 'edge'), request: '9s' }),
  policy(
    'RetryPolicy',
    { attempts: 3 },
    { attempts: 3, on: ['reset'], hedge: {}, backoff: { serverDirected: { headers: [{ name: 'retry-after' }] } } },
    { ...to('HTTPRoute', 'plain'), attempts: 3 },
  ),
  policy(
    'LoadBalancingPolicy',
    { slowStart: { window: '9s' } },
    { algorithm: 'RingHash', ringHash: {}, hashOn: [{ header: 'x' }] },
    { algorithm: 'Maglev', maglev: {}, hashOn: [{ cookie: { name: 'c' } }] },
    { algorithm: 'LeastRequest', slowStart: { window: '9s' } },
    { algorithm: 'ClientSideWeighted', clientSideWeighted: {} },
    { session: { type: 'Cookie', name: 'c' }, locality: { mode: 'Prefer' } },
    { ...to('Gateway', 'edge'), algorithm: 'RoundRobin' },
  ),
  policy(
    'CircuitBreakerPolicy',
    { limits: { requests: 3 } },
    { ...to('Gateway', 'edge'), limits: { requests: 3 }, inbound: { requests: 4 }, shedding: {} },
    { outlierDetection: { consecutive5xx: 3, successRate: { deviations: 2 }, failurePercentage: { threshold: 50 } } },
    { targetRefs: [], selector: { app: 'other' }, inbound: { requests: 4 } },
  ),
  policy(
    'HealthCheckPolicy',
    { type: 'HTTP', http: { path: '/h' } },
    { ...to('Gateway', 'edge'), type: 'HTTP' },
    { type: 'TCP', tcp: { send: 'a', expect: ['b'] } },
    { type: 'GRPC', grpc: { service: 's' } },
  ),
  policy(
    'ConnectionPolicy',
    { connectTimeout: '9s', maxAge: '1h', tcpKeepalive: { time: '9s' }, http2: { ping: { interval: '9s' } } },
    { targetRefs: [], selector: { app: 'other' }, application: { connectTimeout: '9s' } },
    to('Service', 'greet'),
    { ...to('Service', 'other'), tcpIdle: '9m' },
    { ...to('Gateway', 'edge'), maxAge: '1h', application: { connectTimeout: '9s' } },
  ),
  policy(
    'MutualTLSPolicy',
    { mode: 'Permissive' },
    { ports: [{ port: 8080, mode: 'Permissive' }] },
    { targetRefs: [], selector: { app: 'other' }, mode: 'Disabled' },
  ),
  policy(
    'TelemetryPolicy',
    { ...to('Namespace', 'a'), metrics: { without: ['route'], budget: { series: 7 } } },
    { tracing: { percent: 7, tags: [{ name: 'x', header: 'x' }] } },
    { tracing: { tags: [{ name: 'x', literal: 'x' }] } },
    { accessLogs: { when: { minStatus: 400 }, to: [{ type: 'File', path: 'x.log' }], headers: ['x'] } },
    { accessLogs: { to: [{ type: 'OTLP' }] } },
    { ...to('Namespace', 'a'), metrics: { disabled: true } },
  ),
  policy('ObjectivePolicy', { availability: 99.9, window: '7d' }, { latency: { below: '300ms', percent: 95 } }),
  policy(
    'RequestAuthenticationPolicy',
    { issuers: [{ ...ISSUER, from: [{ header: { name: 'x' } }], claimsToHeaders: [{ claim: 'sub', header: 'x-user' }] }], requirement: 'Required' },
    { ...to('Gateway', 'edge'), requirement: 'Required', issuers: [ISSUER] },
    { ...to('HTTPRoute', 'plain'), issuers: [ISSUER] },
    { issuers: [{ ...ISSUER, from: [{ query: 't' }] }] },
    { issuers: [{ ...ISSUER, from: [{ cookie: 't' }] }] },
    { issuers: [{ ...ISSUER, keys: { remote: { uri: 'http://other.a.mesh/jwks' } } }] },
  ),
  policy(
    'OIDCPolicy',
    SIGN_IN,
    { ...SIGN_IN, scopes: ['openid', 'x'], redirectPath: '/r', logoutPath: '/l', idTokenHeader: 'x-id', forwardAccessToken: true, refresh: true },
    { ...SIGN_IN, clientSecretRef: { name: 'idp', key: 'other' }, cookieSecretRef: { name: 'idp', key: 'other' } },
    {
      ...SIGN_IN,
      ...to('HTTPRoute', 'plain'),
      cookies: { sameSite: 'None' },
      provider: { ...SIGN_IN.provider, endSessionEndpoint: 'https://idp.example.com/logout' },
    },
  ),
  policy(
    'ExternalAuthorizationPolicy',
    { protocol: 'GRPC', service: { name: 'greet', port: 80 }, grpc: { allowedHeaders: ['x'] }, forwardBody: { maxSize: 9 } },
    { protocol: 'HTTP', service: { name: 'web', port: 80 }, http: { path: '/p', allowedHeaders: ['x'], allowedResponseHeaders: ['y'] } },
  ),
  policy(
    'FaultPolicy',
    { until: '2030-12-01T16:00:00Z', faults: [{ from: [{ namespace: 'a' }], match: { pathPrefix: '/p', headers: [{ name: 'x' }] }, abort: { status: 503 } }] },
    { until: '2030-12-01T16:00:00Z', faults: [{ delay: { fixed: '1s' }, bandwidth: { kibPerSecond: 5 }, abort: { grpcStatus: 14 } }] },
    { for: '30m', faults: [{ abort: { status: 503 } }] },
    { ...to('HTTPRoute', 'plain'), until: '2030-12-01T16:00:00Z', faults: [{ abort: { status: 503 } }] },
  ),
  policy(
    'RateLimitPolicy',
    { limits: [limit] },
    {
      limits: [
        {
          ...limit,
          match: { headers: [{ name: 'x' }], query: [{ name: 'q' }] },
          by: [{ kind: 'Header', name: 'y' }],
          cost: { number: 2 },
          overrides: [{ from: [{ namespace: 'a' }], requests: 7 }],
        },
      ],
      response: { headers: [{ name: 'h', value: 'v' }] },
    },
    { limits: [{ ...limit, cost: { header: 'c' } }] },
    { ...to('Gateway', 'edge'), limits: [limit], response: { retryAfter: false } },
    { tcp: { newConnections: { connections: 3 }, maxConnections: 9 } },
  ),
  policy(
    'AuthorizationPolicy',
    { rules: [{ from: [{ source: { namespaces: ['a'] } }] }] },
    {
      action: 'DENY',
      rules: [
        { to: [{ operation: { headers: [{ name: 'x', values: ['1'] }] } }], when: [{ key: 'source.ip', values: ['10.0.0.1'], notValues: ['10.0.0.2'] }] },
      ],
    },
    { ...to('Gateway', 'edge'), rules: [{ from: [{ source: { ipBlocks: ['10.0.0.1'] } }], to: [{ operation: { ports: [80] } }] }] },
    ...AUTHORIZATION_FIELDS,
  ),
  policy(
    'ProxyPatch',
    { patches: [{ resource: { type: 'cluster', nameGlob: '*' }, operations: [{ op: 'replace', path: '/connect_timeout', value: '7s' }] }] },
    { patches: [{ resource: { type: 'cluster', nameGlob: '*' }, operations: [{ op: 'copy', from: '/connect_timeout', path: '/cleanup_interval' }] }] },
    { patches: [{ resource: { type: 'cluster', nameGlob: '*' }, operations: [{ op: 'remove', path: '/transport_socket' }] }] },
  ),
  policy(
    'ExtensionPolicy',
    { lua: { inline: 'function envoy_on_request(h) end' } },
    { extProc: { service: { name: 'greet', port: 80 }, processing: {} } },
    { wasm: { module: { inline: 'AGFzbQEAAAA=' } } },
    { ...to('HTTPRoute', 'plain'), lua: { inline: 'function envoy_on_request(h) end' } },
  ),
];
