// The places at which policies hold, found in the very plans that are emitted: routes, the way to endpoints, and where requests arrive.
import type { Origin } from '../../base/index.ts';
import {
  type GatewayKey,
  type Mesh,
  type Service,
  type ServiceKey,
  type ServicePort,
  type Workload,
  workloadKey,
  workloadsOfService,
} from '../../model/index.ts';
import { planGateway } from '../gateway/plan.ts';
import { targetOf } from '../plan/endpoints.ts';
import { type Acting, actingAt, calledService, clusterActing, inboundActing } from '../plan/policies.ts';
import { planService } from '../plan/service.ts';
import { callerOf, connectsAsGateway, viewOf } from '../plan/view.ts';

export interface Spot {
  /** `shop/checkout:80 rule "pay" of HTTPRoute shop/checkout`. */
  readonly words: string;
  readonly acting: Acting;
  /** The rule, where it is a route's; its path is that of the rule. */
  readonly rule?: { readonly origin: Origin; readonly name: string };
}

/** A port of a service, and who calls it: a workload, or whoever is in a namespace; '' = whoever calls. */
export interface CalledPort {
  readonly service: Service;
  readonly port: ServicePort;
  readonly consumer: string;
}

/** A caller of a namespace of whom nothing more is known. */
export function anyoneIn(namespace: string): Workload {
  const origin = { kind: 'Namespace', namespace: '', name: namespace, path: '' };
  const key = workloadKey(namespace, '');
  const nothing = { labels: {}, address: '', ports: [], zone: '', machine: '', weight: 1 } as const;
  return { key, namespace, name: '', serviceAccount: 'default', state: 'Ready', origin, ...nothing };
}

/** The caller's side: each rule that may take a request, and the way to the endpoints. */
export function callerSpots(mesh: Mesh, { service, port, consumer }: CalledPort): readonly Spot[] {
  const name = `${service.key}:${port.port}`;
  const whose = consumer === '' || consumer === service.namespace ? '' : ` called from namespace ${consumer}`;
  const view = viewOf(mesh, anyoneIn(consumer === '' ? service.namespace : consumer), service.key);
  const routes = planService(mesh, service.key, view).ports.find((each) => each.port === port.port)?.routes ?? [];
  const rules = new Map(routes.map((route) => [route.name, route]));
  const spots = [...rules.values()].map((route): Spot => {
    const { origin, rule, acting } = route;
    if (origin.kind === 'Service') return { words: `${name}${whose}`, acting };
    return { words: `${name} rule "${rule}" of ${origin.kind} ${origin.namespace}/${origin.name}${whose}`, acting, rule: { origin, name: rule } };
  });
  const connections = { words: `connections to ${name}${whose}`, acting: clusterActing(mesh, { service, port, ...callerOf(view) }) };
  return [...(spots.length === 0 ? [bytesSpot(mesh, { service, port, consumer })] : spots), connections];
}

/** A port without routes: what policies for requests say there has no effect, and is asked all the same to say so. */
function bytesSpot(mesh: Mesh, { service, port, consumer }: CalledPort): Spot {
  const site = { kind: 'route', side: 'outbound', protocol: port.protocol, name: `${service.host}:${port.port}` } as const;
  return { words: `${service.key}:${port.port}`, acting: actingAt({ mesh, site, subject: { service: calledService(service, port), consumer }, owner: port }) };
}

/** What a Gateway decides about requests from outside: each rule on each host of its listeners. */
export function gatewaySpots(mesh: Mesh, gateway: GatewayKey): readonly Spot[] {
  const plan = planGateway(mesh, gateway);
  const ends = plan?.ports.flatMap((port) => port.chains.map(({ end }) => end)) ?? [];
  const hosts = ends.flatMap((end) => (end.kind === 'requests' ? end.table.hosts : []));
  const found = new Map<string, Spot>();
  for (const { hostname, routes } of hosts)
    for (const { name, origin, rule, acting } of routes) {
      const where = `Gateway ${gateway}${hostname === '' ? '' : ` host ${hostname}`}`;
      const words = `${where} rule "${rule}" of ${origin.kind} ${origin.namespace}/${origin.name}`;
      found.set(`${hostname} ${name} ${acting.site.name}`, { words, acting, rule: { origin, name: rule } });
    }
  for (const end of ends)
    if (end.kind === 'connections') found.set(end.place, { words: `connections at ${end.place.replace(/^gateway:/, 'Gateway ')}`, acting: end.acting });
  return [...found.values(), ...(plan === undefined || !connectsAsGateway(mesh, gateway) ? [] : connectionSpots(mesh, gateway, plan.services))];
}

/** How a Gateway that policies name connects to what is behind it. */
function connectionSpots(mesh: Mesh, gateway: GatewayKey, services: readonly ServiceKey[]): readonly Spot[] {
  return services.flatMap((key) => {
    const service = mesh.services.get(key);
    if (service === undefined) return [];
    const words = (port: ServicePort): string => `connections of Gateway ${gateway} to ${key}:${port.port}`;
    return service.ports.map((port) => ({ words: words(port), acting: clusterActing(mesh, { service, port, consumer: '', gateway }) }));
  });
}

const MOST_WORKLOADS = 20;

/** The callee's side, for each of the first workloads behind the port. */
export function calleeSpots(mesh: Mesh, { service, port }: Pick<CalledPort, 'service' | 'port'>): readonly Spot[] {
  return workloadsOfService(mesh, service)
    .slice(0, MOST_WORKLOADS)
    .flatMap((workload) => arrivalSpots(mesh, workload, [service, port]));
}

function arrivalSpots(mesh: Mesh, workload: Workload, [service, port]: readonly [Service, ServicePort]): readonly Spot[] {
  const target = targetOf(workload, port);
  if (target === undefined) return [];
  const arrival = { workload, service: [service, port], port: target.port, protocol: port.protocol } as const;
  return (['route', 'cluster'] as const).map((kind) => ({
    words: `${kind === 'route' ? 'requests' : 'connections'} arriving at ${workload.key}:${target.port}`,
    acting: inboundActing(mesh, { ...arrival, kind }),
  }));
}
