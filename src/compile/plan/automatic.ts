// Automatic scoping: a proxy is sent what its workload uses. That is what its namespace declares (routes and policies about services of
// others), where a policy lets it in by name, what its service account was seen to call (LearnedScope documents), and nothing else, as long as there is a fallback: a
// Service of proxies that know everything, over which the first connection to anything else goes, and from which Weft learns.
import { type Mesh, type Service, type ServiceKey, serviceParents, type Workload, workloadsOfService } from '../../model/index.ts';
import { isLetInByName, letInByName } from './let-in.ts';

const STANDING = new WeakMap<Mesh['workloads'], { readonly service: Service; readonly stands: boolean }>();

/** The Service of the fallback while some proxy of it takes connections; without one, everybody must be sent everything. */
export function standingFallback(mesh: Mesh): ServiceKey | undefined {
  const { fallback } = mesh.config;
  const service = fallback === undefined ? undefined : mesh.services.get(fallback);
  if (service === undefined) return undefined;
  const known = STANDING.get(mesh.workloads);
  const stands = known?.service === service ? known.stands : workloadsOfService(mesh, service).some((workload) => workload.state === 'Ready');
  STANDING.set(mesh.workloads, { service, stands });
  return stands ? service.key : undefined;
}

/** The Service of the fallback when this workload's proxy is scoped automatically; undefined when it is sent everything. */
export function fallbackOf(mesh: Mesh, { proxy }: Workload): ServiceKey | undefined {
  const mode = proxy?.capture.mode;
  return mode === 'netns' || mode === 'relay' || mode === 'pod' ? standingFallback(mesh) : undefined;
}

/** Services that the workload uses as far as anybody knows; they need not exist. */
export function knownUses(mesh: Mesh, workload: Workload): ReadonlySet<ServiceKey> {
  const { namespace } = workload;
  const declared = [...(declaredByRoutes(mesh).get(namespace) ?? []), ...(declaredByPolicies(mesh).get(namespace) ?? [])];
  return new Set([...learnedOf(mesh, workload), ...declared, ...letInByName(mesh, workload)]);
}

const learnedOf = (mesh: Mesh, { namespace, serviceAccount }: Workload): readonly ServiceKey[] =>
  mesh.learned.get(`${namespace}/${serviceAccount}`)?.services ?? [];

type Declared = ReadonlyMap<string, ReadonlySet<ServiceKey>>;

const BY_ROUTES = new WeakMap<Mesh['routes'], Declared>();
const BY_POLICIES = new WeakMap<Mesh['policies'], Declared>();

function gathered(pairs: Iterable<readonly [namespace: string, service: ServiceKey]>): Declared {
  const found = new Map<string, Set<ServiceKey>>();
  for (const [namespace, service] of pairs) found.set(namespace, (found.get(namespace) ?? new Set()).add(service));
  return found;
}

/** Services of other namespaces that routes of a namespace are about: consumer routes. Worked out once per set of routes. */
function declaredByRoutes(mesh: Mesh): Declared {
  const known = BY_ROUTES.get(mesh.routes);
  if (known !== undefined) return known;
  const pairs: (readonly [string, ServiceKey])[] = [];
  for (const route of mesh.routes.values())
    for (const { key } of serviceParents(route)) if (!key.startsWith(`${route.namespace}/`)) pairs.push([route.namespace, key]);
  const declared = gathered(pairs);
  BY_ROUTES.set(mesh.routes, declared);
  return declared;
}

/** The same for policies. */
function declaredByPolicies(mesh: Mesh): Declared {
  const known = BY_POLICIES.get(mesh.policies);
  if (known !== undefined) return known;
  const pairs: (readonly [string, ServiceKey])[] = [];
  for (const { namespace, targets } of mesh.policies.values())
    for (const target of targets)
      if (target.kind === 'Service' && target.namespace !== namespace) pairs.push([namespace, `${target.namespace}/${target.name}` as ServiceKey]);
  const declared = gathered(pairs);
  BY_POLICIES.set(mesh.policies, declared);
  return declared;
}

/** Whether a workload's proxy sees a service because its use is known. */
export function usesService(mesh: Mesh, workload: Workload, service: ServiceKey): boolean {
  const { namespace } = workload;
  if (learnedOf(mesh, workload).includes(service)) return true;
  if (declaredByRoutes(mesh).get(namespace)?.has(service) === true || declaredByPolicies(mesh).get(namespace)?.has(service) === true) return true;
  return isLetInByName(mesh, workload, service);
}
