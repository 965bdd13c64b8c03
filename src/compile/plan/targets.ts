import { type BackendTarget, type Mesh, type ServiceKey, serviceNamed } from '../../model/index.ts';
import type { RouteAction } from '../plan.ts';

/** The Service (or ExternalService) behind what a backendRef names, when there is one. */
export function serviceBehind(mesh: Mesh, target: BackendTarget): ServiceKey | undefined {
  const { group, kind, namespace, name } = target;
  return group === 'weft.dev' && kind === 'Subset' ? mesh.subsets.get(`${namespace}/${name}`)?.service : serviceNamed(target);
}

/** Services that an action sends requests to, or copies of them. */
export function servicesOfAction(action: RouteAction): readonly ServiceKey[] {
  if (action.kind !== 'forward') return [];
  const backends = action.backends.filter((backend) => backend.unresolved === undefined && backend.answer === undefined);
  const asked = action.authorizer === undefined || action.authorizer.unresolved !== undefined ? [] : [action.authorizer];
  return [...backends, ...asked, ...action.mirrors, ...backends.flatMap((backend) => backend.mirrors)].map(({ service }) => service);
}
