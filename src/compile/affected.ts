// What a change touches, by the indexes of the mesh: the work that follows is proportional to the change and to who sees it. Naming
// too much costs time, naming too little would leave stale configuration: compiling only what is named must give the same
// bytes as compiling everything (a property test holds it to that).
import { canonicalJson } from '../base/index.ts';
import {
  type Change,
  type DocumentKey,
  externalKey,
  externalsOfGateway,
  type GatewayKey,
  type HttpRoute,
  isOfConnections,
  type Mesh,
  type MeshConfig,
  type ProxyId,
  proxiesOfGateway,
  proxyIdOf,
  routesOfBackend,
  type Service,
  type ServiceKey,
  serviceKey,
  serviceParents,
  servicesOfWorkload,
  splitDocumentKey,
  subsetsOfService,
  targetsOf,
  type Workload,
  type WorkloadKey,
  workloadKey,
  workloadsOfService,
} from '../model/index.ts';
import { policyChanged, routeTouched } from './affected-policies.ts';
import { asksForCallers, backendChanged, ROUTE_DOCUMENTS, ROUTE_KINDS, routeKindChanged } from './affected-routes.ts';
import { leadingChanged } from './affected-tls.ts';
import { audience, explicitAudience, proxied, proxiedOfScope, restrictedAudience } from './audience.ts';
import type { Parts } from './emit/service.ts';
import { ALL_PARTS, ENDPOINTS, Findings, NO_PARTS, ROUTES } from './findings.ts';
import { affectedGateways, egressOf } from './gateway/affected.ts';
import { backendTlsTouched } from './gateway/backend-tls.ts';
import { behindClientCertificate, decidesCertificates } from './gateway/client-certificate.ts';
import { securingGateways } from './gateway/secured.ts';
import { standingFallback } from './plan/automatic.ts';
import { olderAt, plaintextAt, serverIdsOf } from './plan/endpoints.ts';
import { fallbackIdentities } from './plan/let-in.ts';
import { callingPolicies, processors, reachedText } from './plan/processors.ts';
import { serviceBehind } from './plan/targets.ts';
import { otherwiseConnecting } from './plan/view.ts';

export interface Affected {
  /** Services whose shared resources (in every view) may differ, and which of them. */
  readonly services: ReadonlyMap<ServiceKey, Parts>;
  /** Gateways whose resources may differ. */
  readonly gateways: ReadonlySet<GatewayKey>;
  /** Proxies whose own resources, scope or views may differ. */
  readonly proxies: 'all' | ReadonlySet<ProxyId>;
}

/** What `changes`, which lead from `before` to `after`, touch. */
export function affected(before: Mesh, after: Mesh, changes: readonly Change[]): Affected {
  const found = new Findings(before, after);
  for (const change of changes) {
    for (const gateway of affectedGateways(before, after, change)) found.gateway(gateway);
    for (const service of [...backendTlsTouched(before, after, change), ...certificateTouched(found, change)])
      found.service(service, { ...NO_PARTS, clusters: true });
    const { namespace, name } = splitDocumentKey(change.key);
    if (change.kind === 'Mesh') meshChanged(found);
    else if (change.kind === 'Service') serviceChanged(found, serviceKey(namespace, name));
    else if (change.kind === 'ExternalService') serviceChanged(found, externalKey(namespace, name));
    else if (change.kind === 'Workload') workloadChanged(found, workloadKey(namespace, name));
    else if (ROUTE_DOCUMENTS.has(change.kind)) routeChanged(found, change.key);
    else if (ROUTE_KINDS.has(change.kind)) routeKindChanged(found, change.key);
    else if (change.kind === 'Scope') scopeChanged(found, change.key);
    else if (change.kind === 'LearnedScope') learnedChanged(found, namespace, name);
    else policyChanged(found, change.key);
  }
  leavingChanged(found);
  securingChanged(found);
  calledChanged(found);
  // The fallback came or went: proxies are sent what they use, or everything.
  if (standingFallback(before) !== standingFallback(after) || fallbackIdentities(before).join() !== fallbackIdentities(after).join()) found.all = true;
  // The table of an explicit proxy contains the routes of the services it sees.
  for (const [key, parts] of found.services) if (parts.routes) found.proxiesOf((mesh) => explicitAudience(mesh, key));
  return { services: found.services, gateways: found.gateways, proxies: found.all ? 'all' : found.proxies };
}

/** Gateways whose clusters become their own, or are no longer: they see everything behind them in another view. */
function securingChanged(found: Findings): void {
  const [was, is] = [securingGateways(found.meshes[0]), securingGateways(found.meshes[1])];
  for (const gateway of new Set([...was, ...is])) {
    if (was.has(gateway) === is.has(gateway)) continue;
    found.gateway(gateway);
    found.proxiesOf((mesh) => proxiesOfGateway(mesh, gateway));
  }
}

/** Every proxy has a way to what filters call, and knows by which cluster. */
function calledChanged(found: Findings): void {
  const [was, is] = found.meshes.map(reachedText);
  if (was === is) return;
  found.all = true;
  for (const mesh of found.meshes) for (const policy of callingPolicies(mesh)) for (const target of policy.targets) routeTouched(found, target);
}

/** Servers outside to which a Gateway that may show another certificate now connects. */
function certificateTouched(found: Findings, change: Change): readonly ServiceKey[] {
  if (!decidesCertificates(change)) return [];
  return found.meshes.flatMap((mesh) => [...affectedGateways(mesh, mesh, change)].flatMap((id) => behindClientCertificate(mesh, id)));
}

/** What leaves the mesh by a Gateway: its proxies do what the service says, and sidecars connect to its proxies. */
function leavingChanged(found: Findings): void {
  for (const [key, parts] of found.services)
    if (parts.clusters) for (const gateway of found.meshes.flatMap((mesh) => egressOf(mesh, key))) found.gateway(gateway);
  for (const gateway of found.gateways) for (const mesh of found.meshes) for (const { key } of externalsOfGateway(mesh, gateway)) found.service(key, ENDPOINTS);
}

function meshChanged(found: Findings): void {
  const [before, after] = found.meshes.map((mesh) => mesh.config);
  if (before === undefined || after === undefined) return;
  const differs = (fields: readonly (keyof typeof after)[]): boolean => fields.some((field) => before[field] !== after[field]);
  if (differs(['trustDomain'])) found.everyService(ALL_PARTS);
  if (differs(['connectTimeoutMs', 'retryBudgetPercent', 'retryBudgetMinConcurrency'])) found.everyService({ ...NO_PARTS, clusters: true });
  if (differs(['requestTimeoutMs', 'retryAttempts'])) found.everyService(ROUTES);
  if (differs(['trustDomain', 'outbound'])) found.all = true;
  tracingChanged(found, [before, after]);
  // To a fallback one speaks PROXY protocol.
  if (differs(['fallback'])) for (const { fallback } of [before, after]) if (fallback !== undefined) found.service(fallback, { ...NO_PARTS, clusters: true });
}

/** How much is traced stands in all routes, also in those of what arrives. */
function tracingChanged(found: Findings, configs: readonly MeshConfig[]): void {
  const [was, is] = configs.map(({ telemetry }) => canonicalJson(telemetry?.tracing ?? {}));
  if (was === is) return;
  found.everyService(ROUTES);
  found.all = true;
}

/** What of a service decides anything. */
interface Meaning {
  readonly ports: string;
  readonly selector: string;
  readonly vip: string;
  readonly near: string;
}

function meaning(service: Service | undefined): Meaning {
  if (service === undefined) return { ports: '', selector: '', vip: '', near: '' };
  if (service.external !== undefined) {
    const ports = service.ports.map(({ name, port, targetPort, protocol, encrypted = false }) => ({ name, port, targetPort, protocol, encrypted }));
    return { ports: canonicalJson({ ports, external: service.external }), selector: '', vip: '', near: '' };
  }
  const ports = service.ports.map(({ name, port, targetPort, protocol, encrypted = false }) => ({ name, port, targetPort, protocol, encrypted }));
  const near = [service.near ?? [], service.affinity ?? []].flat().join(' ');
  const own = service.headless || service.publishNotReady ? [ports, service.headless, service.publishNotReady, service.instances] : [ports];
  const datagrams = (service.datagrams ?? []).map(({ name, port, targetPort }) => ({ name, port, targetPort }));
  return { ports: canonicalJson([...own, datagrams]), selector: canonicalJson(service.selector), vip: service.vip, near };
}

function serviceChanged(found: Findings, key: ServiceKey): void {
  const [before, after] = found.meshes;
  // Every proxy has a way to what extensions call.
  if (before.services.has(key) !== after.services.has(key) && found.meshes.some((mesh) => processors(mesh).includes(key))) found.all = true;
  const [was, is] = found.meshes.map((mesh) => meaning(mesh.services.get(key)));
  const ports = was?.ports !== is?.ports;
  const selector = was?.selector !== is?.selector;
  if (ports || selector) {
    found.service(key, ALL_PARTS);
    leadingChanged(found, key);
    // What its workloads speak on a port is what their services say.
    found.proxiesOf((mesh) => {
      const service = mesh.services.get(key);
      return service === undefined ? [] : workloadsOfService(mesh, service);
    });
  }
  const near = was?.near !== is?.near;
  if (near) found.service(key, ALL_PARTS);
  // Where its callers stand matters now, or no more: also to those that know it only as a backend.
  if (near) found.all = true;
  if (ports || was?.vip !== is?.vip) found.proxiesOf((mesh) => audience(mesh, key));
  if (ports) for (const mesh of found.meshes) for (const route of routesOfBackend(mesh, key)) backendChanged(found, route);
}

function workloadChanged(found: Findings, key: WorkloadKey): void {
  const [before, after] = found.meshes;
  const services = new Set(found.meshes.flatMap((mesh) => servicesOf(mesh, key)));
  for (const service of services) {
    const ids = found.meshes.map((mesh) => identities(mesh, service));
    // A headless service has a cluster for each of its workloads, with that one's identity.
    const headless = found.meshes.some((mesh) => mesh.services.get(service)?.headless === true);
    found.service(service, { ...ENDPOINTS, clusters: headless || ids[0] !== ids[1] });
  }
  for (const mesh of found.meshes) {
    const gateway = mesh.workloads.get(key)?.gateway;
    if (gateway !== undefined) for (const each of externalsOfGateway(after, gateway)) found.service(each.key, ENDPOINTS);
  }
  const [was, is] = [before.workloads.get(key), after.workloads.get(key)].map(ownMeaning);
  if (was === is) return;
  found.proxies.add(proxyIdOf(key));
  // Its node's, where that serves it.
  found.proxiesOf((mesh) => {
    const workload = mesh.workloads.get(key);
    return workload === undefined ? [] : [workload];
  });
}

function servicesOf(mesh: Mesh, key: WorkloadKey): readonly ServiceKey[] {
  const workload = mesh.workloads.get(key);
  return workload === undefined ? [] : servicesOfWorkload(mesh, workload).map((service) => service.key);
}

function identities(mesh: Mesh, key: ServiceKey): string {
  const service = mesh.services.get(key);
  if (service === undefined) return '';
  const subsets = subsetsOfService(mesh, key).map((subset) => serverIdsOf(mesh, service, subset.selector));
  const plaintext = service.ports.map((port) => [plaintextAt(mesh, service, port), olderAt(mesh, service, port)]);
  return canonicalJson([serverIdsOf(mesh, service), plaintext, ...subsets]);
}

/** What of a workload its own proxy depends on; not its state, weight, zone or address, which are its endpoint's. */
function ownMeaning(workload: Workload | undefined): string {
  if (workload === undefined) return '';
  const { labels, ports, proxy, serviceAccount, gateway, node = false, zone, machine, address } = workload;
  return canonicalJson({ labels, ports, proxy, serviceAccount, gateway: gateway ?? '', node, zone, machine, address });
}

function routeChanged(found: Findings, key: DocumentKey): void {
  const [before, after] = found.meshes;
  const routes = [before.routes.get(key), after.routes.get(key)];
  const backends = routes.map(backendsOf);
  const [asked, asks] = found.meshes.map((mesh, at) => asksForCallers(mesh, routes[at]));
  // Which filters ask for the caller is part of every consumer's view of the services.
  if (asked !== asks || (asks !== '' && backends[0] !== backends[1])) found.all = true;
  for (const route of routes) {
    if (route === undefined) continue;
    for (const { key: service } of serviceParents(route)) {
      found.service(service, ROUTES);
      // What a TCPRoute decides stands in the listeners of those that see the port.
      if (isOfConnections(route)) found.proxiesOf((mesh) => audience(mesh, service));
      else if (backends[0] !== backends[1]) found.proxiesOf((mesh) => restrictedAudience(mesh, service));
      if (!service.startsWith(`${route.namespace}/`)) consumersChanged(found, route.namespace);
    }
    if (backends[0] !== backends[1]) connectionsChanged(found, route);
  }
}

/**
 * The first or last consumer route of a namespace changes what its proxies call the service's route table: also those that hold it
 * only as a backend of another one.
 */
function consumersChanged(found: Findings, namespace: string): void {
  found.proxiesOf((mesh) => proxied(mesh).all.filter((workload) => workload.namespace === namespace));
}

/** Where it sends to decides under which view those see its parents who connect to its backends in a way of their own. */
function connectionsChanged(found: Findings, route: HttpRoute): void {
  for (const mesh of found.meshes) {
    if (mesh.policies.size === 0) continue;
    const services = targetsOf(route).flatMap((target) => serviceBehind(mesh, target) ?? []);
    const namespaces = services.flatMap((service) => [...otherwiseConnecting(mesh, service)]);
    for (const namespace of new Set(namespaces)) consumersChanged(found, namespace);
  }
}

/** Where a route sends to, and from where: what scopes depend on. */
function backendsOf(route: HttpRoute | undefined): string {
  if (route === undefined) return '';
  const backends = new Set(targetsOf(route).map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`));
  return canonicalJson([[...backends].sort(), route.parents.map((parent) => `${parent.kind}/${parent.key}`)]);
}

/** What an account was seen to call. */
function learnedChanged(found: Findings, namespace: string, account: string): void {
  found.proxiesOf((mesh) => proxied(mesh).all.filter((workload) => workload.namespace === namespace && workload.serviceAccount === account));
}

function scopeChanged(found: Findings, key: DocumentKey): void {
  for (const mesh of found.meshes) {
    const scope = mesh.scopes.get(key);
    if (scope !== undefined) found.proxiesOf((other) => proxiedOfScope(other, scope));
  }
}
