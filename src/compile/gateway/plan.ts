// A Gateway in Weft's own words: ports, what is told apart on them, and the hosts with their decisions. No Envoy name in here.
import type { Diagnostic, Origin } from '../../base/index.ts';
import type { GatewayKey, Mesh, Protocol, Secret, ServiceKey } from '../../model/index.ts';
import { servicesOfAction } from '../plan/targets.ts';
import type { RoutePlan } from '../plan.ts';
import { routesOfListener } from './attachment.ts';
import { planHosts } from './hosts.ts';
import { chainName, gatewayTableName, portTableName, trustName } from './names.ts';
import { certificateName } from './references.ts';
import { type GatewayState, gatewayState, type ListenerState } from './state.ts';

/** A host of a listener and what is decided about requests to it. No routes: such requests are answered 404. */
export interface GatewayHostPlan {
  /** '' = every host that has no entry of its own. */
  readonly hostname: string;
  readonly protocol: Protocol;
  readonly routes: readonly RoutePlan[];
}

export interface GatewayTablePlan {
  readonly name: string;
  readonly hosts: readonly GatewayHostPlan[];
  /** Hosts of other listeners of the port: a request to one of them came over the wrong connection (421). */
  readonly misdirected: readonly string[];
  readonly origins: readonly Origin[];
}

export interface GatewayTlsPlan {
  /** Names of the secrets with the certificates. */
  readonly certificates: readonly string[];
  /** Clients must have a certificate that one of these authorities issued; `insecure` lets in those that have none. */
  readonly clients?: { readonly name: string; readonly insecure: boolean };
}

/** What is told apart on a port before a request can be read: one for all of plain HTTP, one for each host name of TLS. */
export interface GatewayChainPlan {
  readonly name: string;
  readonly hostname: string;
  readonly tls?: GatewayTlsPlan;
  readonly table: GatewayTablePlan;
}

export interface GatewayPortPlan {
  readonly port: number;
  readonly chains: readonly GatewayChainPlan[];
  readonly origins: readonly Origin[];
}

export type GatewaySecretPlan =
  | { readonly kind: 'certificate'; readonly name: string; readonly secret: Secret }
  | { readonly kind: 'trust'; readonly name: string; readonly pem: string; readonly origins: readonly Origin[] };

export interface GatewayPlan {
  readonly gateway: GatewayKey;
  /** Addresses that the document asks for; empty = where the proxy says. */
  readonly addresses: readonly string[];
  readonly ports: readonly GatewayPortPlan[];
  readonly secrets: readonly GatewaySecretPlan[];
  /** Services that its routes send to, sorted. */
  readonly services: readonly ServiceKey[];
  readonly diagnostics: readonly Diagnostic[];
  readonly origin: Origin;
}

const PLANS = new WeakMap<Mesh, Map<GatewayKey, GatewayPlan | undefined>>();

/** What the proxies of a Gateway are to do, worked out once per mesh. Undefined when it does not exist or belongs to another controller. */
export function planGateway(mesh: Mesh, id: GatewayKey): GatewayPlan | undefined {
  const plans = PLANS.get(mesh) ?? new Map<GatewayKey, GatewayPlan | undefined>();
  if (plans.size === 0) PLANS.set(mesh, plans);
  if (plans.has(id)) return plans.get(id);
  const state = gatewayState(mesh, id);
  const plan = state === undefined || !state.ours ? undefined : planAll(mesh, state);
  plans.set(id, plan);
  return plan;
}

function planAll(mesh: Mesh, state: GatewayState): GatewayPlan {
  const served = state.listeners.filter((each) => each.served);
  const numbers = [...new Set(served.map(({ listener }) => listener.port))].sort((a, b) => a - b);
  const ports = numbers.map((port) =>
    planPort(
      mesh,
      state,
      served.filter(({ listener }) => listener.port === port),
    ),
  );
  return {
    gateway: state.gateway.id,
    addresses: state.gateway.addresses,
    ports,
    secrets: secretsOf(served),
    services: servicesOf(ports),
    diagnostics: [],
    origin: state.gateway.origin,
  };
}

function planPort(mesh: Mesh, state: GatewayState, listeners: readonly ListenerState[]): GatewayPortPlan {
  const [first] = listeners;
  const port = first?.listener.port ?? 0;
  const origins = [...listeners.map(({ listener }) => listener.origin), state.gateway.origin];
  const site = { mesh, state, listeners };
  if (first?.listener.protocol === 'HTTP') {
    const hosts = listeners.flatMap((each) => planHosts(site, each));
    const table = { name: portTableName(state.gateway.id, port), hosts, misdirected: [], origins: tableOrigins(mesh, state, listeners) };
    return { port, chains: [{ name: 'http', hostname: '', table }], origins };
  }
  return { port, chains: listeners.map((each) => planTlsChain(site, each)), origins };
}

export interface PortSite {
  readonly mesh: Mesh;
  readonly state: GatewayState;
  /** All that are served on the port. */
  readonly listeners: readonly ListenerState[];
}

function planTlsChain(site: PortSite, each: ListenerState): GatewayChainPlan {
  const { mesh, state, listeners } = site;
  const hosts = planHosts(site, each);
  const own = new Set(hosts.map(({ hostname }) => hostname));
  const others = listeners.filter((other) => other !== each && other.listener.protocol === 'HTTPS').map(({ listener }) => listener.hostname);
  const table = {
    name: gatewayTableName(state.gateway.id, each.id),
    hosts,
    misdirected: others.filter((hostname) => !own.has(hostname)),
    origins: tableOrigins(mesh, state, [each]),
  };
  return { name: chainName(each.id), hostname: each.listener.hostname, tls: tlsOf(each), table };
}

function tlsOf({ certificates, clients }: ListenerState): GatewayTlsPlan {
  const named = certificates.map(certificateName);
  return { certificates: named, ...(clients === undefined ? {} : { clients: { name: trustName(clients), insecure: clients.insecure } }) };
}

/** Each document behind a table once. */
function tableOrigins(mesh: Mesh, state: GatewayState, listeners: readonly ListenerState[]): readonly Origin[] {
  const routes = listeners.flatMap((each) => routesOfListener(mesh, state, each).map((route) => route.origin));
  return [...new Set([...routes, ...listeners.map(({ listener }) => listener.origin)])];
}

function secretsOf(served: readonly ListenerState[]): readonly GatewaySecretPlan[] {
  const found = new Map<string, GatewaySecretPlan>();
  for (const { certificates, clients } of served) {
    for (const secret of certificates) found.set(certificateName(secret), { kind: 'certificate', name: certificateName(secret), secret });
    if (clients === undefined) continue;
    const name = trustName(clients);
    found.set(name, {
      kind: 'trust',
      name,
      pem: clients.sources.map(({ pem }) => pem.trim()).join('\n'),
      origins: clients.sources.map(({ ref }) => ref.origin),
    });
  }
  return [...found.values()];
}

function servicesOf(ports: readonly GatewayPortPlan[]): readonly ServiceKey[] {
  const found = new Set<ServiceKey>();
  for (const { chains } of ports) {
    for (const { routes } of chains.flatMap(({ table }) => table.hosts)) {
      for (const { action } of routes) for (const service of servicesOfAction(action)) found.add(service);
    }
  }
  return [...found].sort();
}
