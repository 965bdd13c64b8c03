// Envoy's own validation rules, as this code reads them, held against Envoy: what it refuses must be found, and what is found
// must be refused.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BootstrapSchema,
  type ClusterSchema,
  duration,
  encode,
  HttpConnectionManagerSchema,
  type ListenerSchema,
  named,
  RouterSchema,
  type RouteSchema,
  socketAddress,
  TcpProxySchema,
  UpstreamTlsContextSchema,
  violations,
} from '../../src/envoy/index.ts';
import { needs } from '../kit/require.ts';

const pointer = join(import.meta.dirname, '../../.cache/envoy');
const binary = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : '';

type Cluster = MessageInitShape<typeof ClusterSchema>;
type Route = MessageInitShape<typeof RouteSchema>;
type Listener = MessageInitShape<typeof ListenerSchema>;
type Bootstrap = MessageInitShape<typeof BootstrapSchema>;

const good: Cluster = { name: 'c', connectTimeout: duration(1000), clusterDiscoveryType: { case: 'type', value: 0 }, loadAssignment: { clusterName: 'c' } };
const withCluster = (more: Partial<Cluster>): Bootstrap => ({ staticResources: { clusters: [{ ...good, ...more } as Cluster] } });
const withListener = (listener: Listener): Bootstrap => ({ staticResources: { clusters: [good], listeners: [listener] } });
const withRoute = (route: Partial<Route>, host: object = {}): Bootstrap =>
  withListener({
    name: 'l',
    address: socketAddress({ address: '127.0.0.1', port: 0 }),
    filterChains: [
      {
        filters: [
          named('envoy.filters.network.http_connection_manager', HttpConnectionManagerSchema, {
            statPrefix: 'x',
            httpFilters: [named('envoy.filters.http.router', RouterSchema, {})],
            routeSpecifier: {
              case: 'routeConfig',
              value: {
                virtualHosts: [
                  {
                    name: 'v',
                    domains: ['*'],
                    routes: [
                      {
                        match: { pathSpecifier: { case: 'prefix', value: '/' } },
                        action: { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: 'c' } } },
                        ...route,
                      } as Route,
                    ],
                    ...host,
                  },
                ],
              },
            },
          }),
        ],
      },
    ],
  });
const header = (key: string, value: string): Bootstrap => withRoute({ requestHeadersToAdd: [{ header: { key, value } }] });
const endpoint = (loadBalancingWeight: number): Bootstrap =>
  withCluster({
    loadAssignment: {
      clusterName: 'c',
      endpoints: [
        { lbEndpoints: [{ loadBalancingWeight, hostIdentifier: { case: 'endpoint', value: { address: socketAddress({ address: '127.0.0.1', port: 1 }) } } }] },
      ],
    },
  });

const CASES: readonly (readonly [string, boolean, Bootstrap])[] = [
  ['a plain cluster', true, withCluster({})],
  ['a cluster without a name', false, withCluster({ name: '' })],
  ['no time to connect', false, withCluster({ connectTimeout: duration(0) })],
  ['a negative time to connect', false, withCluster({ connectTimeout: duration(-1) })],
  ['impossible nanoseconds', false, withCluster({ connectTimeout: { seconds: 1n, nanos: 1_000_000_000 } })],
  ['a negative idle time where no rule stands', false, withCluster({ commonHttpProtocolOptions: { idleTimeout: duration(-5) } })],
  ['an undefined discovery type', false, withCluster({ clusterDiscoveryType: { case: 'type', value: 77 as never } })],
  ['an endpoint of weight 0', false, endpoint(0)],
  ['an endpoint of weight 1', true, endpoint(1)],
  ['a port that is none', false, withListener({ name: 'l', address: socketAddress({ address: '127.0.0.1', port: 70_000 }) })],
  [
    'a listener filter chain with an unnamed filter',
    false,
    withListener({ name: 'l', address: socketAddress({ address: '127.0.0.1', port: 0 }), filterChains: [{ filters: [{}] }] }),
  ],
  [
    'a TCP proxy without a destination, packed',
    false,
    withListener({
      name: 'l',
      address: socketAddress({ address: '127.0.0.1', port: 0 }),
      filterChains: [{ filters: [named('envoy.filters.network.tcp_proxy', TcpProxySchema, { statPrefix: 'x' })] }],
    }),
  ],
  [
    'a TLS context with an overlong SNI, packed',
    false,
    withCluster({ transportSocket: named('envoy.transport_sockets.tls', UpstreamTlsContextSchema, { sni: 'x'.repeat(256) }) }),
  ],
  [
    'a TLS context with the longest SNI, packed',
    true,
    withCluster({ transportSocket: named('envoy.transport_sockets.tls', UpstreamTlsContextSchema, { sni: 'x'.repeat(255) }) }),
  ],
  ['a route', true, withRoute({})],
  ['a route without an action', false, withRoute({ action: { case: undefined } })],
  ['a route without a match', false, withRoute({ match: {} })],
  ['a virtual host without domains', false, withRoute({}, { domains: [] })],
  ['an ordinary header', true, header('x-shop', 'yes')],
  ['a header name with a line end', false, header('x\nshop', 'yes')],
  ['a header value with a line end', false, header('x-shop', 'yes\r\nand: more')],
  ['a header value with a tab', true, header('x-shop', 'a\tb')],
  ['a route to the empty cluster name', false, withRoute({ action: { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: '' } } } })],
  [
    'a timeout of a negative second',
    false,
    withRoute({ action: { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: 'c' }, timeout: duration(-1000) } } }),
  ],
  ['a redirect with an undefined code', false, withRoute({ action: { case: 'redirect', value: { responseCode: 9 as never } } })],
  ['a direct response of status 99', false, withRoute({ action: { case: 'directResponse', value: { status: 99 } } })],
  ['a direct response of status 200', true, withRoute({ action: { case: 'directResponse', value: { status: 200 } } })],
];

describe.skipIf(needs('envoy', binary !== '').skip)('Envoy and the rules say the same of', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'weft-rules-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.for(CASES)('%s', ([, fine, bootstrap]) => {
    const found = violations(BootstrapSchema, bootstrap);
    const file = join(folder, 'bootstrap.pb');
    writeFileSync(file, encode(BootstrapSchema, bootstrap));
    const { status, stderr } = spawnSync(binary, ['--mode', 'validate', '-c', file, '--concurrency', '1', '-l', 'error'], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect({ refusedByEnvoy: status !== 0, stderr: status === 0 ? '' : stderr.slice(0, 600) }).toMatchObject({ refusedByEnvoy: !fine });
    expect(found.length > 0, JSON.stringify(found)).toBe(!fine);
  });
});
