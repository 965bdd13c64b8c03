import { byCodeUnit } from '../../base/index.ts';
import { HealthStatus, socketAddress } from '../../envoy/index.ts';
import type { EndpointPlan, ServicePortPlan } from '../plan.ts';

/** Endpoints of a cluster by zone, zones and endpoints sorted. A service without endpoints has an empty set: Envoy must not wait for one. */
export function emitEndpoints(plan: ServicePortPlan) {
  const zones = [...new Set(plan.endpoints.map((endpoint) => endpoint.zone))].sort(byCodeUnit);
  return {
    clusterName: plan.cluster.name,
    endpoints: zones.map((zone) => ({
      locality: { zone },
      lbEndpoints: plan.endpoints.filter((endpoint) => endpoint.zone === zone).map(emitEndpoint),
    })),
  };
}

function emitEndpoint(endpoint: EndpointPlan) {
  return {
    hostIdentifier: { case: 'endpoint', value: { address: socketAddress({ address: endpoint.address, port: endpoint.port }) } },
    healthStatus: endpoint.state === 'draining' ? HealthStatus.DRAINING : HealthStatus.HEALTHY,
    loadBalancingWeight: endpoint.weight,
    ...(endpoint.workload === '' ? {} : { metadata: { filterMetadata: { weft: { workload: endpoint.workload } } } }),
  } as const;
}
