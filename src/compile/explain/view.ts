import type { Gateway, Mesh, ServiceKey, Workload } from '../../model/index.ts';
import { backendView, gatewayView, viewOf } from '../plan/view.ts';
import type { View } from '../plan.ts';

/** Who calls: a workload, or the routes of a Gateway, whose proxy it then is. */
export interface Caller {
  readonly mesh: Mesh;
  readonly caller: Workload;
  readonly gateway?: Gateway;
}

/** How the caller of a question sees a service. */
export function viewIn({ mesh, caller, gateway }: Caller, service: ServiceKey): View {
  return gateway === undefined ? viewOf(mesh, caller, service) : backendView(mesh, gatewayView(mesh, gateway), service);
}
