// Names that are looked up as they are called: those of a wildcard. Filter and cluster must have the same cache, which its name stands for,
// so the name says everything that the cache is made of.
import {
  CaresDnsResolverConfigSchema,
  Cluster_LbPolicy,
  type DnsCacheConfigSchema,
  DynamicForwardProxyClusterSchema,
  duration,
  extension,
  type Init,
  NetworkSetFilterStateSchema,
  named,
} from '../../envoy/index.ts';
import type { Contribution } from '../../policy/index.ts';
import type { ExternalPlan, ServicePortPlan } from '../plan.ts';
import { resolverAddress } from './dns.ts';
import { DNS_CACHE } from './dns-cache.ts';

/** Name servers to ask; nothing when they are the machine's. */
export function resolver(asks: readonly string[]) {
  const resolvers = asks.flatMap(resolverAddress);
  if (resolvers.length === 0) return {};
  return {
    typedDnsResolverConfig: extension('envoy.network.dns_resolver.cares', CaresDnsResolverConfigSchema, {
      resolvers,
      dnsResolverOptions: { useTcpForDnsLookups: false, noDefaultSearchDomain: true },
    }),
  };
}

/** Envoy looks up no name more often than once a second. */
const SHORTEST_MS = 1_000;

/** The cache in which names of a wildcard are kept. */
export function cacheOf({ refreshMs, asks }: ExternalPlan): Init<typeof DnsCacheConfigSchema> {
  const every = Math.max(SHORTEST_MS, refreshMs);
  return {
    ...DNS_CACHE,
    name: [DNS_CACHE.name, `${every}ms`, ...asks].join(' '),
    dnsRefreshRate: duration(every),
    dnsMinRefreshRate: duration(Math.min(5_000, every)),
    dnsFailureRefreshRate: { baseInterval: duration(1_000), maxInterval: duration(10_000) },
    ...resolver(asks),
  };
}

/** Whether the name that is called decides who is asked. */
export function isByName({ cluster }: Pick<ServicePortPlan, 'cluster'>): boolean {
  return cluster.external?.resolution === 'dynamic';
}

/** A cluster has one server per name that was called. */
export function byNameCalled(external: ExternalPlan) {
  const clusterType = extension('envoy.clusters.dynamic_forward_proxy', DynamicForwardProxyClusterSchema, {
    clusterImplementationSpecifier: { case: 'dnsCacheConfig', value: cacheOf(external) },
    // Envoy insists that server name and certificate are those of the host, unless told that somebody else says which they are.
    allowInsecureClusterOptions: external.tls === undefined || external.tls.sni !== '' || external.tls.names.length > 0,
  });
  return { clusterDiscoveryType: { case: 'clusterType', value: clusterType } as const, lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED };
}

/** Server name of TLS, and the name that a certificate must have: those of the host that is called, unless others are written. */
export function namesCalled({ resolution, tls }: ExternalPlan) {
  if (resolution !== 'dynamic' || tls === undefined || tls.sni !== '') return {};
  return { upstreamHttpProtocolOptions: { autoSni: true, autoSanValidation: tls.names.length === 0 } };
}

/** A server per name leaves nothing to choose among, to eject or to ask beforehand. */
export function withoutChoice(contributions: readonly Contribution[]): readonly Contribution[] {
  return contributions.filter((each) => each.kind !== 'health-check' && !(each.kind === 'cluster' && each.slot !== 'connection'));
}

/** For all connections of a chain: which port of the server they are for. What a Host header says of ports does not count. */
export function portCalled({ port }: ExternalPlan) {
  const format = { case: 'textFormatSource' as const, value: { specifier: { case: 'inlineString' as const, value: String(port) } } };
  return named('weft.port_called', NetworkSetFilterStateSchema, {
    onNewConnection: [{ key: { case: 'objectKey', value: 'envoy.upstream.dynamic_port' }, value: { case: 'formatString', value: { format } } }],
  });
}
