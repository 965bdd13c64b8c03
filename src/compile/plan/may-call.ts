// Whom the filters of a policy may call. A proxy calls as itself: where that is not who wrote the policy, whoever is called must have said yes, as for backends
// of routes. https://gateway-api.sigs.k8s.io/api-types/referencegrant/
import { granted, type Mesh, makeDocumentKey, type Policy, type PolicyTarget, type ServiceKey, splitServiceKey, TARGET_GROUPS } from '../../model/index.ts';
import { EXTENSION_POLICY } from '../../policy/index.ts';

/** Who names it: what of a policy a ReferenceGrant speaks of. */
export type Naming = Pick<Policy, 'kind' | 'namespace'>;

/**
 * Whether proxies of the namespace `caller` ('' = of any) call a Service because a policy names it: of the policy's own namespace always, and from there; for
 * others where a ReferenceGrant beside the Service says so.
 */
export function mayCall(mesh: Mesh, { kind, namespace }: Naming, { caller, service }: Call): boolean {
  if (caller !== '' && caller === namespace) return true;
  const { kind: called, ...where } = splitServiceKey(service);
  return granted(mesh, { group: 'weft.dev', kind, namespace }, { group: called === 'Service' ? '' : 'weft.dev', kind: called, ...where });
}

export interface Call {
  readonly caller: string;
  readonly service: ServiceKey;
}

/** Whether it is asked who may call a Service by an address: servers outside know no proxy by its name, unless a Gateway calls them for it. */
export function isCalledAsSelf({ services }: Pick<Mesh, 'services'>, service: ServiceKey): boolean {
  const found = services.get(service);
  return found?.external === undefined || found.external.egress !== undefined;
}

/** Whether a policy holds for requests at proxies of other namespaces. */
export function holdsElsewhere(mesh: Mesh, policy: Pick<Policy, 'kind' | 'namespace' | 'targets'>): boolean {
  return policy.targets.some((target) => target.kind === 'Mesh' || isTakenElsewhere(mesh, policy, target));
}

/** Of a route: it is attached to a Gateway of another namespace, or whoever calls its Service takes it. */
function isTakenElsewhere(mesh: Mesh, policy: Naming, { kind, namespace, name }: PolicyTarget): boolean {
  if ((kind !== 'HTTPRoute' && kind !== 'GRPCRoute') || namespace !== policy.namespace) return false;
  const route = mesh.routes.get(makeDocumentKey(TARGET_GROUPS[kind], kind, namespace, name));
  return (route?.parents ?? []).some((parent) => {
    if (parent.kind === 'Service') return policy.kind === EXTENSION_POLICY && parent.namespace === namespace;
    const gateway = parent.kind === 'Gateway' ? parent.key : mesh.listenerSets.get(parent.key)?.gateway;
    return gateway !== undefined && !gateway.startsWith(`${namespace}/`);
  });
}
