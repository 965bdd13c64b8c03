// Services and who stands behind them.
import fc from 'fast-check';
import { age, document, name, namespace } from './words.ts';

export const service = fc
  .record({
    namespace,
    name,
    age,
    app: fc.constantFrom('x', 'y'),
    ports: fc.uniqueArray(fc.constantFrom(80, 81, 90), { minLength: 1 }),
    protocol: fc.constantFrom('http', 'grpc', 'tcp', undefined),
    headless: fc.boolean(),
    publish: fc.boolean(),
    clusterIP: fc.constantFrom(undefined, undefined, '10.96.0.7', '10.96.0.8'),
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
        ...(it.headless ? { clusterIP: 'None' } : it.clusterIP === undefined ? {} : { clusterIP: it.clusterIP }),
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
  fc.constant({ mode: 'pod' }),
  fc.constant({ mode: 'pod', clusterDomain: 'cluster.local' }),
  fc.constant({
    mode: 'pod',
    netns: '/run/weft/pods/x',
    probes: [{ path: '/probe/app/livenessProbe', kind: 'grpc', port: 8080, timeoutMs: 1000, periodMs: 1000 }],
  }),
  fc.constant({ mode: 'fallback' }),
);
export const workload = fc
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
    /** Whose proxy serves it; w3 may be a node. */
    by: fc.constantFrom(undefined, undefined, 'a/w3', 'b/w3'),
    node: fc.boolean(),
    plaintext: fc.constantFrom(undefined, true),
    speaks: fc.constantFrom('http', 'h2c', 'tcp', undefined),
  })
  .map(({ namespace: ns, name: own, app, account, speaks, by, node, ...spec }) => {
    const { proxy, ...rest } = spec;
    const ports = [
      { name: 'named', port: 8080, proxyPort: 20_001, ...(speaks === undefined ? {} : { speaks }) },
      { name: 'other', port: 9090, proxyPort: 20_002 },
    ];
    return document(
      'weft.dev/v1alpha1',
      'Workload',
      { namespace: ns, name: own, labels: { app } },
      {
        ...rest,
        serviceAccount: account,
        ports,
        ...(proxy === undefined ? {} : { proxy: own === 'w3' || by === undefined ? proxy : { ...proxy, node: by } }),
        ...(own === 'w3' && node ? { node: true } : {}),
      },
    );
  });

export const external = fc
  .record({
    namespace,
    name: fc.constantFrom('s1', 'e1'),
    age,
    hosts: fc.uniqueArray(fc.constantFrom('x.example', 'y.example', 'z.example'), { minLength: 1 }),
    ports: fc.uniqueArray(fc.constantFrom(80, 443), { minLength: 1 }),
    protocol: fc.constantFrom('http', 'tcp', 'grpc'),
    resolution: fc.constantFrom('Static', 'DNS', 'Dynamic'),
    tls: fc.boolean(),
  })
  .map((it) =>
    document(
      'weft.dev/v1alpha1',
      'ExternalService',
      { namespace: it.namespace, name: it.name, creationTimestamp: it.age },
      {
        hosts: it.hosts.map((host) => (it.resolution === 'Dynamic' ? `*.${host}` : host)),
        ports: it.ports.map((port) => ({ name: `p${port}`, port, appProtocol: it.resolution === 'Dynamic' && it.protocol === 'tcp' ? 'tls' : it.protocol })),
        resolution: it.resolution,
        ...(it.resolution === 'Static' ? { addresses: ['192.0.2.1', '127.0.0.1'] } : { dns: { mode: it.resolution === 'DNS' ? 'Strict' : 'Logical' } }),
        ...(it.tls && !(it.resolution === 'Dynamic' && it.protocol === 'tcp') ? { tls: {} } : {}),
      },
    ),
  );
