// Clusters that every proxy has of its own, besides the way to its applications.
import {
  Cluster_DiscoveryType,
  Cluster_LbPolicy,
  ClusterSchema,
  DynamicForwardProxyClusterSchema,
  duration,
  encode,
  extension,
  type Init,
  type MessageInitShape,
  pipeAddress,
} from '../../envoy/index.ts';
import { OUTSIDE_HTTP_CLUSTER, PASSTHROUGH_CLUSTER, RELAY_CLUSTER, UNDECLARED_CLUSTER, UNRESOLVED_CLUSTER } from '../plan/names.ts';
import type { InboundPlan, OutboundPlan } from '../plan.ts';
import { TO_APPLICATION } from '../pod/ports.ts';
import { LEAST_REQUEST, outPipe } from './cluster.ts';
import { DNS_CACHE } from './dns-cache.ts';
import { namespaceOf, passthroughName, undeclaredName } from './entered.ts';
import { BUFFER_BYTES, COMMON_LB, circuitBreakers } from './limits.ts';

type Cluster = MessageInitShape<typeof ClusterSchema>;

const OUTSIDE = {
  connectTimeout: duration(5_000),
  perConnectionBufferLimitBytes: BUFFER_BYTES,
  circuitBreakers: circuitBreakers({ percent: 20, minConcurrency: 10 }),
};

/** The share of backends that do not exist: no endpoints; a mapper of local replies makes its 503 a 500. */
export const UNRESOLVED: Cluster = {
  name: UNRESOLVED_CLUSTER,
  clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
  ...OUTSIDE,
  commonLbConfig: COMMON_LB,
  loadBalancingPolicy: LEAST_REQUEST,
  loadAssignment: { clusterName: UNRESOLVED_CLUSTER },
};

/** Straight to the address that was dialled. */
const ORIGINAL: Cluster = {
  name: PASSTHROUGH_CLUSTER,
  clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.ORIGINAL_DST },
  lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
  ...OUTSIDE,
  cleanupInterval: duration(5_000),
};

function originalFrom(name: string, address: string, netns: string): Cluster {
  return {
    ...ORIGINAL,
    name,
    upstreamBindConfig: { sourceAddress: { address, portSpecifier: { case: 'portValue', value: 0 }, networkNamespaceFilepath: netns } },
  } as Init<typeof ClusterSchema>;
}

/** In a pod: on to the application at the very place that was dialled, from an address that is not captured again. */
export const UNDECLARED: Cluster = {
  ...ORIGINAL,
  name: UNDECLARED_CLUSTER,
  upstreamBindConfig: { sourceAddress: { address: TO_APPLICATION, portSpecifier: { case: 'portValue', value: 0 } } },
};

/** The same of a pod that the proxy enters. */
export function undeclaredCluster(inbound: InboundPlan): Cluster {
  const netns = namespaceOf(inbound.capture);
  return netns === undefined ? UNDECLARED : originalFrom(undeclaredName(inbound), TO_APPLICATION, netns);
}

/** To the address that was dialled, by way of the relay. */
function throughRelay(directory: string): Cluster {
  return relayed(PASSTHROUGH_CLUSTER, directory);
}

/** The relay, for what has its address said in other ways; also where nothing else is let out. */
export function relayCluster(directory: string): Cluster {
  return relayed(RELAY_CLUSTER, directory);
}

function relayed(name: string, directory: string): Cluster {
  const endpoint = { address: pipeAddress(outPipe(directory)) };
  return {
    name,
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC },
    ...OUTSIDE,
    commonLbConfig: COMMON_LB,
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint', value: endpoint } }] }] },
  };
}

/** HTTP to names outside, for applications that were told of the proxy and so do not resolve names themselves. */
const OUTSIDE_HTTP: Cluster = {
  name: OUTSIDE_HTTP_CLUSTER,
  lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
  ...OUTSIDE,
  clusterDiscoveryType: {
    case: 'clusterType',
    value: extension('envoy.clusters.dynamic_forward_proxy', DynamicForwardProxyClusterSchema, {
      clusterImplementationSpecifier: { case: 'dnsCacheConfig', value: DNS_CACHE },
    }),
  },
};

const ENCODED = new WeakMap<Cluster, Uint8Array>();

/** Bytes of a cluster that is the same in every proxy, made once; undefined for one of a proxy's own. */
export function fixedCluster(cluster: Cluster): Uint8Array | undefined {
  if (cluster !== UNRESOLVED && cluster !== ORIGINAL && cluster !== UNDECLARED && cluster !== OUTSIDE_HTTP) return undefined;
  const known = ENCODED.get(cluster);
  if (known !== undefined) return known;
  const bytes = encode(ClusterSchema, cluster);
  ENCODED.set(cluster, bytes);
  return bytes;
}

/** The way out for what is no service of the mesh, as the workload's capture needs it. */
export function passthroughClusters(outbound: OutboundPlan): readonly Cluster[] {
  const capture = outbound.workload.proxy?.capture;
  switch (capture?.mode) {
    case 'netns':
      return [ORIGINAL];
    case 'pod':
      return [capture.netns === undefined ? ORIGINAL : originalFrom(passthroughName(outbound), '0.0.0.0', capture.netns)];
    case 'relay':
      return [throughRelay(capture.directory)];
    case 'explicit':
      return [OUTSIDE_HTTP];
    default:
      return [];
  }
}
