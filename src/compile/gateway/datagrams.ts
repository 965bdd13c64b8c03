// Datagrams at a Gateway: which listener sends them where. They are told apart by nothing but the port, are not encrypted, and nobody knows
// who sent them; what comes from one address and port stays with one endpoint.
import type { Diagnostic, Origin } from '../../base/index.ts';
import {
  type DatagramPort,
  diagnostic,
  type GatewayKey,
  type HttpRoute,
  type Mesh,
  proxiesOfGateway,
  routesOfBackend,
  routesOfGateway,
  type Service,
  selects,
  servicesOfWorkload,
  type Workload,
  type WorkloadKey,
  workloadsOfService,
} from '../../model/index.ts';
import { destinationOf } from '../plan/backends.ts';
import { PLAIN_VIEW } from '../plan/view.ts';
import type { EndpointPlan } from '../plan.ts';
import { isGatewayParent, routesOfListener } from './attachment.ts';
import { type GatewayState, gatewayState, type ListenerState } from './state.ts';

export interface DatagramBackend {
  /** `namespace/name:port`, with the Subset. */
  readonly name: string;
  readonly weight: number;
  readonly endpoints: readonly EndpointPlan[];
  /** Why its share is dropped, when it is. */
  readonly unresolved?: string;
  readonly origin: Origin;
}

export interface GatewayDatagramPlan {
  readonly port: number;
  /** `namespace/name`. */
  readonly route: string;
  readonly backends: readonly DatagramBackend[];
  readonly origins: readonly Origin[];
}

/** Listeners for UDP that have a route; where there is none nobody listens, and senders are told so by their system. */
export function planDatagrams(mesh: Mesh, state: GatewayState, served: readonly ListenerState[]): readonly GatewayDatagramPlan[] {
  return served.flatMap((each): readonly GatewayDatagramPlan[] => {
    const { protocol, port, origin } = each.listener;
    const [route] = protocol === 'UDP' ? routesOfListener(mesh, state, each) : [];
    if (route === undefined) return [];
    const origins = [origin, route.origin, state.gateway.origin];
    return [{ port, route: `${route.namespace}/${route.name}`, backends: backendsOf(mesh, route), origins }];
  });
}

/** Where they are does not depend on who asks, and they have no clusters of their own. */
function backendsOf(mesh: Mesh, route: HttpRoute): readonly DatagramBackend[] {
  return (route.rules[0]?.backends ?? []).map(({ target, weight, origin }) => {
    const { service: key, subset, port, unresolved } = destinationOf(mesh, { route, target, view: PLAIN_VIEW });
    const name = `${key}${subset === undefined ? '' : `/${subset}`}:${port}`;
    const service = mesh.services.get(key);
    const found = service?.datagrams?.find((each) => each.port === port);
    if (unresolved !== undefined || service === undefined || found === undefined) return { name, weight, endpoints: [], unresolved: unresolved ?? '', origin };
    const labels = subset === undefined ? {} : (mesh.subsets.get(`${service.namespace}/${subset}`)?.selector ?? {});
    const members = workloadsOfService(mesh, service).filter((workload) => selects(labels, workload.labels));
    return { name, weight, endpoints: members.flatMap((workload) => endpointOf(service, found, workload)), origin };
  });
}

/** Nothing but its proxy gets into a namespace of its own. */
function isEnclosed({ proxy }: Workload): boolean {
  return proxy?.capture.mode === 'netns' || proxy?.capture.mode === 'relay';
}

/** Where a workload takes datagrams; a number needs no declaration. */
function targetOf({ datagrams = [] }: Workload, { targetPort }: DatagramPort): number | undefined {
  return typeof targetPort === 'number' ? targetPort : datagrams.find(({ name }) => name === targetPort)?.port;
}

function endpointOf(service: Service, port: DatagramPort, workload: Workload): readonly EndpointPlan[] {
  const target = targetOf(workload, port);
  if (target === undefined || isEnclosed(workload) || (workload.state === 'Starting' && !service.publishNotReady)) return [];
  const { key, address, weight, zone } = workload;
  return [{ workload: key, address, port: target, state: workload.state === 'Draining' ? 'draining' : 'healthy', weight, zone, priority: 0 }];
}

/** UDPRoutes that send to the services of a workload. */
export function datagramRoutesTo(mesh: Mesh, key: WorkloadKey): readonly HttpRoute[] {
  const workload = mesh.workloads.get(key);
  const services = workload === undefined ? [] : servicesOfWorkload(mesh, workload).filter(({ datagrams }) => datagrams !== undefined);
  return services.flatMap((service) => routesOfBackend(mesh, service.key).filter(({ kind }) => kind === 'UDPRoute'));
}

/** UDPRoutes of which something else is to be said when a workload changes: it takes their datagrams, or is a proxy of their Gateway. */
export function datagramRoutesAround(mesh: Mesh, key: WorkloadKey): readonly HttpRoute[] {
  const gateway = mesh.workloads.get(key)?.gateway;
  return [...datagramRoutesTo(mesh, key), ...(gateway === undefined ? [] : datagramRoutesOf(mesh, gateway))];
}

/** UDPRoutes that name a Gateway, or a ListenerSet of it. */
export function datagramRoutesOf(mesh: Mesh, id: GatewayKey): readonly HttpRoute[] {
  const state = gatewayState(mesh, id);
  const own = [...routesOfGateway(mesh, 'Gateway', id), ...(state?.sets ?? []).flatMap((set) => routesOfGateway(mesh, 'ListenerSet', set.id))];
  return own.filter(({ kind }) => kind === 'UDPRoute');
}

const LOOPBACK = /^127\./;

/** Against a UDPRoute: datagrams that leave the machines of the gateway, workloads that get none, and listeners that an older route has. */
export function datagramDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  if (route.kind !== 'UDPRoute') return [];
  const gateways = [...new Set(route.parents.flatMap((parent) => gatewayOf(mesh, parent)))];
  const proxies = gateways.flatMap((id) => proxiesOfGateway(mesh, id));
  const here = new Set(proxies.map(({ address }) => address));
  const backends = backendsOf(mesh, route);
  const leaving = backends.flatMap(({ name, endpoints, origin }) => {
    const away = endpoints.find(({ address }) => proxies.length > 0 && !LOOPBACK.test(address) && !here.has(address));
    return away === undefined ? [] : [diagnostic('WEFT1753', origin, `datagrams for ${name} go to ${away.address} in the clear`)];
  });
  return [...leaving, ...enclosed(mesh, route), ...overruled(mesh, route)];
}

function gatewayOf(mesh: Mesh, parent: HttpRoute['parents'][number]): readonly GatewayKey[] {
  if (!isGatewayParent(parent)) return [];
  const id = parent.kind === 'Gateway' ? parent.key : mesh.listenerSets.get(parent.key)?.gateway;
  return id === undefined ? [] : [id];
}

function enclosed(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  return (route.rules[0]?.backends ?? []).flatMap(({ target, origin }) => {
    const { service: key, unresolved } = destinationOf(mesh, { route, target, view: PLAIN_VIEW });
    const service = unresolved === undefined ? mesh.services.get(key) : undefined;
    const inside = service === undefined ? undefined : workloadsOfService(mesh, service).find(isEnclosed);
    if (inside === undefined) return [];
    return [diagnostic('WEFT1752', origin, `Workload ${inside.key} has capture ${inside.proxy?.capture.mode ?? ''}: no datagram reaches it`)];
  });
}

function overruled(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  return route.parents.flatMap((parent) =>
    gatewayOf(mesh, parent).flatMap((id) => {
      const state = gatewayState(mesh, id);
      const own = state?.listeners.filter((each) => routesOfListener(mesh, state, each).includes(route)) ?? [];
      return own.flatMap((each) => {
        const [first] = state === undefined ? [] : routesOfListener(mesh, state, each);
        if (first === undefined || first === route) return [];
        const words = `UDPRoute ${first.namespace}/${first.name} has listener "${each.listener.name}" and is older, or first by name; it gets the datagrams`;
        return [diagnostic('WEFT1403', parent.origin, words, 'merge the routes')];
      });
    }),
  );
}
