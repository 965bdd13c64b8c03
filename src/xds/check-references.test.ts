import { expect, test } from 'vitest';
import {
  adsSource,
  Cluster_DiscoveryType,
  ClusterSchema,
  DownstreamTlsContextSchema,
  HttpConnectionManagerSchema,
  httpProtocolOptions,
  ListenerSchema,
  makeResource,
  named,
  type Resource,
  RouteConfigurationSchema,
  TcpProxySchema,
  UpstreamTlsContextSchema,
  type Version,
} from '../envoy/index.ts';
import { checkReferences, EMPTY_SNAPSHOT, resourceSet, type Snapshot } from './index.ts';

const parts = { origins: [], hash: () => 'v' as Version };
const sds = (name: string) => ({ tlsCertificateSdsSecretConfigs: [{ name, sdsConfig: adsSource() }] });

const cluster = makeResource({
  ...parts,
  type: 'cluster',
  name: 'checkout',
  desc: ClusterSchema,
  init: {
    name: 'checkout',
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: adsSource() },
    typedExtensionProtocolOptions: httpProtocolOptions({ protocol: 'http2' }),
    transportSocket: named('tls', UpstreamTlsContextSchema, { commonTlsContext: sds('workload') }),
  },
});
const routes = makeResource({
  ...parts,
  type: 'routes',
  name: 'checkout:80',
  desc: RouteConfigurationSchema,
  init: {
    name: 'checkout:80',
    virtualHosts: [
      {
        name: 'all',
        domains: ['*'],
        routes: [
          { action: { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: 'checkout' }, requestMirrorPolicies: [{ cluster: 'mirror' }] } } },
          { action: { case: 'route', value: { clusterSpecifier: { case: 'weightedClusters', value: { clusters: [{ name: 'v1' }, { name: 'v2' }] } } } } },
        ],
      },
    ],
  },
});
const listener = makeResource({
  ...parts,
  type: 'listener',
  name: 'outbound',
  desc: ListenerSchema,
  init: {
    name: 'outbound',
    filterChains: [
      {
        filters: [
          named('hcm', HttpConnectionManagerSchema, {
            routeSpecifier: { case: 'rds', value: { configSource: adsSource(), routeConfigName: 'checkout:80' } },
            httpFilters: [{ name: 'weft.jwt', configType: { case: 'configDiscovery', value: { configSource: adsSource(), typeUrls: ['x'] } } }],
          }),
        ],
        transportSocket: named('tls', DownstreamTlsContextSchema, { commonTlsContext: sds('workload') }),
      },
      { filters: [named('tcp', TcpProxySchema, { clusterSpecifier: { case: 'cluster', value: 'passthrough' } })] },
    ],
  },
});

function snapshot(resources: readonly Resource[]): Snapshot {
  return {
    ...EMPTY_SNAPSHOT,
    ...Object.fromEntries(['cluster', 'routes', 'listener'].map((type) => [type, resourceSet(resources.filter((one) => one.type === type))])),
  };
}

test('finds what clusters, routes and listeners point at, through packed messages', () => {
  const dangling = checkReferences(snapshot([cluster, routes, listener])).map(({ from, type, name }) => `${from.name} -> ${type} ${name}`);
  expect(dangling.sort()).toEqual([
    'checkout -> endpoints checkout',
    'checkout -> secret workload',
    'checkout:80 -> cluster mirror',
    'checkout:80 -> cluster v1',
    'checkout:80 -> cluster v2',
    'outbound -> cluster passthrough',
    'outbound -> extension weft.jwt',
    'outbound -> secret workload',
  ]);
});

test('names known from elsewhere are not dangling, and only the resources given are looked into', () => {
  const all = snapshot([cluster, routes, listener]);
  expect(checkReferences(all, { only: [cluster], known: ({ type }) => type === 'secret' }).map(({ name }) => name)).toEqual(['checkout']);
});

test('bytes that cannot be read point at nothing', () => {
  const broken = makeResource({ ...parts, type: 'routes', name: 'broken', pieces: [Uint8Array.of(0xff, 0xff)] });
  expect(checkReferences(snapshot([broken]))).toEqual([]);
});
