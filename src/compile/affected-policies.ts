// What a change of a policy touches: what it names, and, where it is a consumer's, how the proxies of its namespace see that.
import { canonicalJson } from '../base/index.ts';
import {
  type DocumentKey,
  externalKey,
  type GatewayKey,
  gatewayKey,
  type Mesh,
  makeDocumentKey,
  type Policy,
  type PolicyTarget,
  routesOfBackend,
  type ServiceKey,
  selects,
  serviceKey,
  serviceParents,
  type Workload,
  workloadsOfService,
} from '../model/index.ts';
import { AUTHORIZATION_POLICY, MUTUAL_TLS_POLICY, POLICIES, type PolicyDefinition, PROXY_PATCH } from '../policy/index.ts';
import { patchChanged } from './affected-patches.ts';
import { mutualTlsChanged } from './affected-tls.ts';
import { proxied, restrictedAudience } from './audience.ts';
import type { Parts } from './emit/service.ts';
import { type Findings, ROUTES } from './findings.ts';
import { planGateway } from './gateway/plan.ts';
import { standingFallback } from './plan/automatic.ts';
import { processors } from './plan/processors.ts';

/** Adds to the findings what the policy of this key, as it was and as it is, acts on; nothing when it is no policy. */
export function policyChanged(found: Findings, key: DocumentKey): void {
  for (const mesh of found.meshes) {
    const policy = mesh.policies.get(key);
    const definition = policy === undefined ? undefined : POLICIES.find((each) => each.kind.kind === policy.kind);
    if (policy === undefined || definition === undefined) continue;
    if (policy.kind === PROXY_PATCH) {
      patchChanged(found, policy);
      continue;
    }
    if (policy.kind === MUTUAL_TLS_POLICY) mutualTlsChanged(found, policy);
    if (policy.kind === AUTHORIZATION_POLICY) authorizationChanged(found, policy);
    const reach = reachOf(definition);
    if (placesMatter(found, key) || idlesMatter(found, key)) found.all = true;
    for (const target of policy.targets) targetChanged(found, { policy, target, reach });
    if (policy.selector !== undefined) selectedChanged(found, policy);
  }
}

/** Who is let in by name is told of the service at once. */
function authorizationChanged(found: Findings, { targets, selector }: Policy): void {
  if (found.meshes.every((mesh) => standingFallback(mesh) === undefined)) return;
  if (selector !== undefined || targets.some(({ kind }) => kind === 'Mesh' || kind === 'Namespace')) found.all = true;
  for (const { kind, namespace, name } of targets) if (kind === 'Service') found.proxiesOf((mesh) => restrictedAudience(mesh, serviceKey(namespace, name)));
}

/** A policy about localities came, went or is for something else: then where callers stand matters to services to which it did not, or no more. */
function placesMatter(found: Findings, key: DocumentKey): boolean {
  const [was, is] = found.meshes.map((mesh) => {
    const policy = mesh.policies.get(key);
    const locality = policy?.spec['locality'] as { readonly mode?: string; readonly nearest?: string } | undefined;
    if (policy === undefined || (locality?.mode === undefined && locality?.nearest === undefined)) return '';
    return canonicalJson([locality.mode ?? '', locality.nearest ?? '', policy.createdAt, policy.targets.map(({ origin: _, ...target }) => target)]);
  });
  return was !== is;
}

/** Silence on TCP stands in the listeners of callers, wherever they are. */
function idlesMatter(found: Findings, key: DocumentKey): boolean {
  return found.meshes.some((mesh) => mesh.policies.get(key)?.spec['tcpIdle'] !== undefined);
}

interface Reach {
  readonly parts: Parts;
  readonly inbound: boolean;
}

/** Which resources a policy kind can change. */
function reachOf({ sites }: PolicyDefinition): Reach {
  const clusters = sites.some((site) => site.kind === 'cluster' && site.side === 'outbound');
  const routes = sites.some((site) => site.kind === 'route' && site.side === 'outbound');
  return { parts: { clusters, endpoints: clusters, routes }, inbound: sites.some((site) => site.side === 'inbound') };
}

interface Aim {
  readonly policy: Policy;
  readonly target: PolicyTarget;
  readonly reach: Reach;
}

function targetChanged(found: Findings, aim: Aim): void {
  const { target, reach, policy } = aim;
  switch (target.kind) {
    case 'Mesh':
      found.everyService(reach.parts);
      if (reach.inbound) found.all = true;
      return;
    case 'Namespace':
      for (const mesh of found.meshes) for (const key of servicesIn(mesh, target.name)) serviceTouched(found, key, aim);
      if (reach.inbound) found.proxiesOf((mesh) => proxied(mesh).all.filter((workload) => workload.namespace === target.name));
      if (policy.namespace !== target.name) consumersTouched(found, policy.namespace);
      return;
    case 'Service':
    case 'ExternalService':
      serviceTouched(found, (target.kind === 'Service' ? serviceKey : externalKey)(target.namespace, target.name), aim);
      if (policy.namespace !== target.namespace) consumersTouched(found, policy.namespace);
      return;
    case 'HTTPRoute':
    case 'GRPCRoute':
      routeTouched(found, target);
      return;
    case 'Gateway':
      if (reach.parts.clusters) behindTouched(found, gatewayKey(target.namespace, target.name));
      return;
    default:
      return;
  }
}

function* servicesIn(mesh: Mesh, namespace: string): Iterable<ServiceKey> {
  for (const key of mesh.services.keys()) if (key.startsWith(`${namespace}/`)) yield key as ServiceKey;
}

function serviceTouched(found: Findings, key: ServiceKey, { policy, reach }: Aim): void {
  found.service(key, reach.parts);
  if (reach.inbound) found.proxiesOf((mesh) => workloadsBehind(mesh, key));
  // A consumer that connects in a way of its own has a cluster of its own, which the routes that lead there name.
  if (key.startsWith(`${policy.namespace}/`) || !reach.parts.clusters) return;
  for (const mesh of found.meshes)
    for (const route of routesOfBackend(mesh, key)) for (const parent of serviceParents(route)) found.service(parent.key, ROUTES);
}

function workloadsBehind(mesh: Mesh, key: ServiceKey): readonly Workload[] {
  const service = mesh.services.get(key);
  return service === undefined ? [] : workloadsOfService(mesh, service);
}

/** How a Gateway connects to everything that its proxies see. */
function behindTouched(found: Findings, gateway: GatewayKey): void {
  for (const mesh of found.meshes)
    for (const key of [...(planGateway(mesh, gateway)?.services ?? []), ...processors(mesh)])
      found.service(key, { clusters: true, endpoints: true, routes: false });
}

/** The first or last policy of a consumer changes under which view its proxies see services. */
function consumersTouched(found: Findings, namespace: string): void {
  found.proxiesOf((mesh) => proxied(mesh).all.filter((workload) => workload.namespace === namespace));
}

/** The tables of the Services that a route is attached to; nothing when the target is no route. */
export function routeTouched(found: Findings, target: PolicyTarget): void {
  for (const mesh of found.meshes) {
    const route = mesh.routes.get(makeDocumentKey('gateway.networking.k8s.io', target.kind, target.namespace, target.name));
    if (route !== undefined) for (const parent of serviceParents(route)) found.service(parent.key, ROUTES);
  }
}

function selectedChanged(found: Findings, { namespace, selector = {} }: Policy): void {
  found.proxiesOf((mesh) => proxied(mesh).all.filter((workload) => workload.namespace === namespace && selects(selector, workload.labels)));
}
