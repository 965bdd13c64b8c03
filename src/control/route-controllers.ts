// As whom Weft speaks of a route's parents: Gateway API has a controller for each class of Gateways, and nobody speaks of those of others.
import { GATEWAY_CONTROLLER, type GatewayKey, gatewayKey, type Mesh, OUR_CONTROLLERS } from '../model/index.ts';

interface ParentRef {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** Whose Gateway that is; one that does not exist may yet be ours. */
export function controllerOf(mesh: Mesh, id: GatewayKey): string | undefined {
  const gateway = mesh.gateways.get(id);
  const found = gateway === undefined ? undefined : mesh.gatewayClasses.get(gateway.className);
  if (found === undefined) return GATEWAY_CONTROLLER;
  return OUR_CONTROLLERS.has(found.controller) ? found.controller : undefined;
}

/** One for each of `parentRefs` of a route in `namespace`; undefined: another controller has the word. */
export function routeControllers(mesh: Mesh, parentRefs: unknown, namespace: string): readonly (string | undefined)[] {
  if (!Array.isArray(parentRefs)) return [];
  return (parentRefs as readonly ParentRef[]).map(({ kind = 'Gateway', namespace: its = namespace, name = '' }) => {
    const id = gatewayKey(its, name);
    if (kind === 'Gateway') return controllerOf(mesh, id);
    if (kind !== 'ListenerSet') return GATEWAY_CONTROLLER;
    const set = mesh.listenerSets.get(id);
    return set === undefined ? GATEWAY_CONTROLLER : controllerOf(mesh, set.gateway);
  });
}
