import { Cluster_DnsLookupFamily, duration } from '../../envoy/index.ts';

/** Names outside of the mesh, looked up by Envoy itself; filter and cluster must have the same cache, which its name stands for. */
export const DNS_CACHE = {
  name: 'outside',
  dnsLookupFamily: Cluster_DnsLookupFamily.V4_PREFERRED,
  dnsRefreshRate: duration(60_000),
  hostTtl: duration(300_000),
  maxHosts: 4096,
  dnsQueryTimeout: duration(5_000),
};
