import { type BackendTarget, type Mesh, type ServiceKey, type Subset, serviceNamed } from '../../model/index.ts';
import type { RouteAction } from '../plan.ts';

/** Whether a backendRef names a Subset. */
export function isSubset({ group, kind }: BackendTarget): boolean {
  return group === 'weft.dev' && kind === 'Subset';
}

/** The Subset that a backendRef names, when there is one. */
export function subsetBehind(mesh: Mesh, target: BackendTarget): Subset | undefined {
  return isSubset(target) ? mesh.subsets.get(`${target.namespace}/${target.name}`) : undefined;
}

/** The Service (or ExternalService) behind what a backendRef names, when there is one. */
export function serviceBehind(mesh: Mesh, target: BackendTarget): ServiceKey | undefined {
  return isSubset(target) ? subsetBehind(mesh, target)?.service : serviceNamed(target);
}

/** Services that an action sends requests to, or copies of them. */
export function servicesOfAction(action: RouteAction): readonly ServiceKey[] {
  if (action.kind !== 'forward') return [];
  const backends = action.backends.filter((backend) => backend.unresolved === undefined && backend.answer === undefined);
  const asked = action.authorizer === undefined || action.authorizer.unresolved !== undefined ? [] : [action.authorizer];
  return [...backends, ...asked, ...action.mirrors, ...backends.flatMap((backend) => backend.mirrors)].map(({ service }) => service);
}
