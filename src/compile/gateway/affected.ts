// Which Gateways a change touches.
import {
  type Change,
  type DocumentKey,
  externalKey,
  type GatewayKey,
  gatewayKey,
  type HttpRoute,
  type Mesh,
  makeDocumentKey,
  referrersOf,
  routesOfBackend,
  routesOfFilter,
  routesOfTarget,
  type ServiceKey,
  serviceKey,
  splitDocumentKey,
  workloadKey,
} from '../../model/index.ts';
import { OIDC_POLICY } from '../../policy/index.ts';
import { callersOf } from '../plan/processors.ts';
import { signInsWith } from '../plan/sign-in.ts';
import { isGatewayParent } from './attachment.ts';
import { datagramRoutesTo } from './datagrams.ts';

/** Gateways whose plan may differ after the change, in either mesh. */
export function affectedGateways(before: Mesh, after: Mesh, change: Pick<Change, 'key' | 'kind'>): ReadonlySet<GatewayKey> {
  const found = new Set<GatewayKey>();
  for (const mesh of [before, after]) for (const gateway of touchedIn(mesh, change)) found.add(gateway);
  return found;
}

function touchedIn(mesh: Mesh, { key, kind }: Pick<Change, 'key' | 'kind'>): Iterable<GatewayKey> {
  const { namespace, name } = splitDocumentKey(key);
  const id = gatewayKey(namespace, name);
  switch (kind) {
    case 'Gateway':
      return [id];
    case 'ListenerSet':
      return ofSet(mesh, id);
    case 'Secret':
    case 'ConfigMap':
      return [...referrersOf(mesh, key).flatMap((each) => ofReferrer(mesh, splitDocumentKey(each))), ...ofSignIns(mesh, key)];
    case 'DiscoveredProvider':
      return ofPolicy(mesh, makeDocumentKey('weft.dev', OIDC_POLICY, namespace, name));
    case 'Service':
      return [
        ...routesOfBackend(mesh, id as string as ServiceKey).flatMap((route) => gatewaysOfRoute(mesh, route)),
        ...ofCallers(mesh, serviceKey(namespace, name)),
      ];
    case 'ExternalService':
      return [
        ...egressOf(mesh, externalKey(namespace, name)),
        ...ofCallers(mesh, externalKey(namespace, name)),
        ...routesOfBackend(mesh, externalKey(namespace, name)).flatMap((route) => gatewaysOfRoute(mesh, route)),
      ];
    case 'Workload':
      return datagramRoutesTo(mesh, workloadKey(namespace, name)).flatMap((route) => gatewaysOfRoute(mesh, route));
    case 'RouteFilter':
      return routesOfFilter(mesh, `${namespace}/${name}`).flatMap((route) => gatewaysOfRoute(mesh, route));
    case 'Subset':
      return routesOfTarget(mesh, { group: 'weft.dev', kind, namespace, name }).flatMap((route) => gatewaysOfRoute(mesh, route));
    case 'HTTPRoute':
    case 'GRPCRoute':
    case 'TCPRoute':
    case 'TLSRoute':
    case 'UDPRoute':
      return gatewaysOfRoute(mesh, mesh.routes.get(key));
    case 'BackendTLSPolicy':
      return ofBackendTls(mesh, key);
    // Rare, and any of them may decide about any Gateway.
    case 'Mesh':
    case 'GatewayClass':
    case 'Namespace':
    case 'ReferenceGrant':
      return mesh.gateways.keys() as Iterable<GatewayKey>;
    default:
      return ofPolicy(mesh, key);
  }
}

/** Whether requests can be sent to a port with TLS of its own is what such a policy says. */
function ofBackendTls(mesh: Mesh, key: DocumentKey): readonly GatewayKey[] {
  const { namespace = '', targets = [] } = mesh.backendTls.get(key) ?? {};
  const services = targets.filter(({ kind }) => kind === 'Service').map(({ name }) => serviceKey(namespace, name));
  return services.flatMap((service) => routesOfBackend(mesh, service).flatMap((route) => gatewaysOfRoute(mesh, route)));
}

/** Policies whose filters call a service: whether it is there decides what they are told. */
function ofCallers(mesh: Mesh, service: ServiceKey): readonly GatewayKey[] {
  return callersOf(mesh, service).flatMap((policy) => ofPolicy(mesh, policy.key));
}

/** Sign-ins with what a Secret has. */
function ofSignIns(mesh: Mesh, key: DocumentKey): readonly GatewayKey[] {
  return signInsWith(mesh, key).flatMap((policy) => ofPolicy(mesh, policy.key));
}

/** A policy acts at Gateways that it names, or through a route of theirs; one for everything may act at any. */
function ofPolicy(mesh: Mesh, key: DocumentKey): readonly GatewayKey[] {
  return (mesh.policies.get(key)?.targets ?? []).flatMap(({ kind, namespace, name }): readonly GatewayKey[] => {
    switch (kind) {
      case 'Gateway':
        return [gatewayKey(namespace, name)];
      // A policy of the Gateway's namespace gives it a cluster of its own.
      case 'Service':
        return routesOfBackend(mesh, serviceKey(namespace, name)).flatMap((route) => gatewaysOfRoute(mesh, route));
      case 'ExternalService':
        return routesOfBackend(mesh, externalKey(namespace, name)).flatMap((route) => gatewaysOfRoute(mesh, route));
      case 'HTTPRoute':
      case 'GRPCRoute':
        return [...gatewaysOfRoute(mesh, mesh.routes.get(makeDocumentKey('gateway.networking.k8s.io', kind, namespace, name)))];
      case 'Mesh':
      case 'Namespace':
        return [...(mesh.gateways.keys() as Iterable<GatewayKey>)];
      default:
        return [];
    }
  });
}

/** The Gateway by which a service outside is reached. */
export function egressOf(mesh: Mesh, service: ServiceKey): readonly GatewayKey[] {
  const egress = mesh.services.get(service)?.external?.egress;
  return egress === undefined ? [] : [egress.gateway];
}

function ofSet(mesh: Mesh, id: GatewayKey): readonly GatewayKey[] {
  const set = mesh.listenerSets.get(id);
  return set === undefined ? [] : [set.gateway];
}

function ofReferrer(mesh: Mesh, { kind, namespace, name }: ReturnType<typeof splitDocumentKey>): readonly GatewayKey[] {
  const id = gatewayKey(namespace, name);
  if (kind === 'Gateway') return [id];
  // What its ConfigMap says is the same for all of a class.
  if (kind === 'GatewayClass') return [...mesh.gateways.values()].filter(({ className }) => className === name).map((gateway) => gateway.id);
  return kind === 'ListenerSet' ? ofSet(mesh, id) : [];
}

/** Gateways to which a route says it belongs. */
export function gatewaysOfRoute(mesh: Mesh, route: HttpRoute | undefined): readonly GatewayKey[] {
  return (route?.parents ?? []).flatMap((parent) => {
    if (!isGatewayParent(parent)) return [];
    return parent.kind === 'Gateway' ? [parent.key] : ofSet(mesh, parent.key);
  });
}
