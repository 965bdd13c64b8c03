// Services of the mesh whose workloads are applications alone, without a proxy, and speak TLS themselves: gateways do as a BackendTLSPolicy says.
import { type GatewayKey, type Mesh, routesOfBackend, type Service, type ServicePort, serviceKey } from '../../model/index.ts';
import type { ClusterPlan, View } from '../plan.ts';
import { gatewaysOfRoute } from './affected.ts';
import { backendTlsFor } from './backend-tls.ts';
import { clientSecretOf } from './client-certificate.ts';
import { certificateName } from './references.ts';

const SECURED = new WeakMap<Mesh, ReadonlySet<GatewayKey>>();
const NONE: ReadonlySet<GatewayKey> = new Set();

/** Gateways that connect to something of the mesh by a BackendTLSPolicy: their clusters are their own. Sidecars pass on what the application says. */
export function securingGateways(mesh: Mesh): ReadonlySet<GatewayKey> {
  if (mesh.backendTls.size === 0) return NONE;
  const known = SECURED.get(mesh);
  if (known !== undefined) return known;
  const found = new Set<GatewayKey>();
  for (const { namespace, targets } of mesh.backendTls.values())
    for (const { kind, name } of targets)
      if (kind === 'Service')
        for (const route of routesOfBackend(mesh, serviceKey(namespace, name))) for (const gateway of gatewaysOfRoute(mesh, route)) found.add(gateway);
  SECURED.set(mesh, found);
  return found;
}

/** How a view speaks TLS with the applications behind a port, when a policy says so. */
export function securedBy(mesh: Mesh, service: Service, port: ServicePort, { gateway }: View): ClusterPlan['backendTls'] {
  if (gateway === '' || mesh.backendTls.size === 0) return undefined;
  const policy = backendTlsFor(mesh, service, port);
  if (policy === undefined) return undefined;
  const shown = clientSecretOf(mesh, gateway);
  return { tls: policy.tls, ...(shown === undefined ? {} : { certificate: certificateName(shown) }) };
}

/** A port as a view sees it: what is inside of an application's own TLS is requests for whoever speaks that TLS. */
export function portSeen(mesh: Mesh, service: Service, port: ServicePort, view: View): ServicePort {
  return port.encrypted === true && securedBy(mesh, service, port, view) !== undefined ? { ...port, protocol: 'http' } : port;
}
