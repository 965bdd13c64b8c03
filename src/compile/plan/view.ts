import { type Mesh, routesOfService, type ServiceKey, spiffeId, type Workload } from '../../model/index.ts';
import type { View } from '../plan.ts';
import { viewKey } from './names.ts';

const BARE = { relayDirectory: '', hostLoopback: '', consumerNamespace: '', identity: '' } as const;

/** How a consumer with nothing special about it sees every service. */
export const PLAIN_VIEW: View = { ...BARE, key: '' };

const key = (view: Omit<View, 'key'>): View => ({ ...view, key: viewKey(view) });

/** How a workload's proxy dials, whatever the service: the connection part of its views. `shared`: the proxy serves several workloads. */
export function connectionView(mesh: Mesh, workload: Workload, shared = false): View {
  const { proxy } = workload;
  const relayDirectory = proxy?.capture.mode === 'relay' ? proxy.capture.directory : '';
  const identity = shared ? spiffeId(mesh.config.trustDomain, workload.namespace, workload.serviceAccount) : '';
  if (relayDirectory === '' && identity === '' && (proxy?.hostLoopback ?? '') === '') return PLAIN_VIEW;
  return key({ ...BARE, relayDirectory, hostLoopback: proxy?.hostLoopback ?? '', identity });
}

/** True when routes of `namespace`, which is not the service's own, apply to the calls its workloads make (Gateway API: consumer routes). */
export function hasConsumerRoutes(mesh: Mesh, service: ServiceKey, namespace: string): boolean {
  if (service.startsWith(`${namespace}/`)) return false;
  return routesOfService(mesh, service).some((route) => route.namespace === namespace);
}

/** How `workload` sees `service`. Made of *which* things apply, never of what they say. */
export function viewOf(mesh: Mesh, workload: Workload, service: ServiceKey, shared = false): View {
  const connection = connectionView(mesh, workload, shared);
  if (!hasConsumerRoutes(mesh, service, workload.namespace)) return connection;
  return key({ ...connection, consumerNamespace: workload.namespace });
}
