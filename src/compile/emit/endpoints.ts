import { byCodeUnit } from '../../base/index.ts';
import { HealthStatus, socketAddress } from '../../envoy/index.ts';
import type { EndpointPlan, ServicePortPlan } from '../plan.ts';

interface Place {
  readonly zone: string;
  readonly priority: number;
}

/**
 * Endpoints of a cluster by priority and zone, all sorted. A service without endpoints has an empty set: Envoy must not wait for one.
 * Places are said with every endpoint; priorities are all 0 where they do not matter.
 */
export function emitEndpoints({ cluster, endpoints, locality }: ServicePortPlan) {
  const places = new Map<string, Place>(endpoints.map(({ zone, priority }) => [`${priority} ${zone}`, { zone, priority }]));
  const sorted = [...places.values()].sort((a, b) => a.priority - b.priority || byCodeUnit(a.zone, b.zone));
  return {
    clusterName: cluster.name,
    endpoints: sorted.map(({ zone, priority }) => ({
      locality: { zone },
      ...(priority === 0 ? {} : { priority }),
      lbEndpoints: endpoints.filter((endpoint) => endpoint.zone === zone && endpoint.priority === priority).map(emitEndpoint),
    })),
    ...(locality === undefined ? {} : { policy: { overprovisioningFactor: locality.overprovisioning, weightedPriorityHealth: true } }),
  };
}

/** How a cluster recognises endpoints that are sent plaintext: by the metadata of the endpoint. */
export const PLAINTEXT = { weft: 'plaintext' } as const;

function metadataOf({ workload, group = '', plaintext = false }: EndpointPlan) {
  if (workload === '') return {};
  const socket = plaintext ? { 'envoy.transport_socket_match': PLAINTEXT } : {};
  return { metadata: { filterMetadata: { weft: { workload, ...(group === '' ? {} : { group }) }, ...socket } } };
}

function emitEndpoint(endpoint: EndpointPlan) {
  return {
    hostIdentifier: { case: 'endpoint', value: { address: socketAddress({ address: endpoint.address, port: endpoint.port }) } },
    healthStatus: endpoint.state === 'draining' ? HealthStatus.DRAINING : HealthStatus.HEALTHY,
    loadBalancingWeight: endpoint.weight,
    ...metadataOf(endpoint),
  } as const;
}
