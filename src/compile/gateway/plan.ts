// A Gateway in Weft's own words: ports, what is told apart on them, and the hosts with their decisions. No Envoy name in here.
import type { Diagnostic, Origin } from '../../base/index.ts';
import { deploysClass, type GatewayKey, type Mesh, type Protocol, type Secret, type ServiceKey } from '../../model/index.ts';
import { contributionOf } from '../../policy/index.ts';
import type { Acting } from '../plan/policies.ts';
import { servicesOfAction } from '../plan/targets.ts';
import type { ConnectionPlan, RoutePlan } from '../plan.ts';
import { routesOfListener } from './attachment.ts';
import { clientSecretOf } from './client-certificate.ts';
import { planConnectionChains } from './connections.ts';
import { type GatewayDatagramPlan, planDatagrams } from './datagrams.ts';
import { type GatewayEgressPlan, planEgress } from './egress.ts';
import { listenerActing, planHosts } from './hosts.ts';
import { againstHttp3 } from './http3.ts';
import { chainName, gatewayTableName, portTableName, trustName } from './names.ts';
import { certificateName } from './references.ts';
import { signInSecrets } from './sign-in-secrets.ts';
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
  /** Port on which the same is served over HTTP/3, which answers say. */
  readonly http3Port?: number;
  readonly origins: readonly Origin[];
}

export interface GatewayTlsPlan {
  /** Names of the secrets with the certificates. */
  readonly certificates: readonly string[];
  /** Clients must have a certificate that one of these authorities issued; `insecure` lets in those that have none. */
  readonly clients?: { readonly name: string; readonly insecure: boolean };
}

/** What becomes of a connection: its requests are read, or its bytes are passed on. No connections: nobody takes them, they are closed. */
export type GatewayChainEnd =
  | { readonly kind: 'requests'; readonly table: GatewayTablePlan }
  | {
      readonly kind: 'connections';
      readonly connections?: ConnectionPlan;
      /** Under which name its limits are told by themselves. */
      readonly place: string;
      /** What policies say of connections there. */
      readonly acting: Acting;
      readonly origins: readonly Origin[];
    };

/** What is told apart on a port before a request can be read: one for all of plain HTTP or TCP, one for each host name of TLS. */
export interface GatewayChainPlan {
  readonly name: string;
  readonly hostname: string;
  /** Whether connections are told apart by the host name that TLS asks for (SNI). */
  readonly byName: boolean;
  /** Present where the gateway is the server of the TLS. */
  readonly tls?: GatewayTlsPlan;
  /** Clients may use HTTP/3 as well. */
  readonly http3?: true;
  readonly end: GatewayChainEnd;
}

export interface GatewayPortPlan {
  readonly port: number;
  readonly chains: readonly GatewayChainPlan[];
  readonly origins: readonly Origin[];
}

export type GatewaySecretPlan =
  | { readonly kind: 'certificate'; readonly name: string; readonly secret: Secret }
  | { readonly kind: 'trust'; readonly name: string; readonly pem: string; readonly origins: readonly Origin[] }
  | { readonly kind: 'text'; readonly name: string; readonly text: string; readonly origins: readonly Origin[] };

export interface GatewayPlan {
  readonly gateway: GatewayKey;
  /** Addresses that the document asks for; empty = where the proxy says. */
  readonly addresses: readonly string[];
  readonly ports: readonly GatewayPortPlan[];
  readonly secrets: readonly GatewaySecretPlan[];
  /** Ports for those who leave the mesh by it. */
  readonly egress: readonly GatewayEgressPlan[];
  /** Ports for UDP. */
  readonly datagrams: readonly GatewayDatagramPlan[];
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
  const taken = state.listeners.filter((each) => each.served);
  const served = taken.filter(({ listener }) => listener.protocol !== 'UDP');
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
    // In a pod nobody else has ports, and the addresses of the document are those of its Service.
    addresses: deploysClass(mesh, state.gateway.className) ? [] : state.gateway.addresses,
    ports,
    secrets: [...secretsOf(served, clientSecretOf(mesh, state.gateway.id)), ...signInSecrets(mesh, ports)],
    egress: planEgress(mesh, state.gateway.id),
    datagrams: planDatagrams(mesh, state, taken),
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
    return { port, chains: [{ name: 'http', hostname: '', byName: false, end: { kind: 'requests', table } }], origins };
  }
  const chains = listeners.flatMap((each) => (each.listener.protocol === 'HTTPS' ? [planTlsChain(site, each)] : planConnectionChains(site, each)));
  return { port, chains, origins: [...origins, ...chains.flatMap(connectionOrigins)] };
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
  const offered = contributionOf(listenerActing(site, each, 'http').contributions, 'http3') !== undefined && againstHttp3(state, each) === undefined;
  const table = {
    ...(offered ? { http3Port: each.listener.port } : {}),
    name: gatewayTableName(state.gateway.id, each.id),
    hosts,
    misdirected: others.filter((hostname) => !own.has(hostname)),
    origins: tableOrigins(mesh, state, [each]),
  };
  return {
    name: chainName(each.id),
    hostname: each.listener.hostname,
    byName: true,
    tls: tlsOf(each),
    ...(offered ? { http3: true } : {}),
    end: { kind: 'requests', table },
  };
}

/** Routes behind a chain of bytes stand in the listener itself, and so do the policies that decide about its connections. */
function connectionOrigins({ end }: GatewayChainPlan): readonly Origin[] {
  if (end.kind !== 'connections') return [];
  const deciding = contributionOf(end.acting.contributions, 'authorization')?.origins ?? [];
  return [...end.origins, ...deciding];
}

export function tlsOf({ certificates, clients }: ListenerState): GatewayTlsPlan {
  const named = certificates.map(certificateName);
  return { certificates: named, ...(clients === undefined ? {} : { clients: { name: trustName(clients), insecure: clients.insecure } }) };
}

/** Each document behind a table once. */
function tableOrigins(mesh: Mesh, state: GatewayState, listeners: readonly ListenerState[]): readonly Origin[] {
  const routes = listeners.flatMap((each) => routesOfListener(mesh, state, each).map((route) => route.origin));
  return [...new Set([...routes, ...listeners.map(({ listener }) => listener.origin)])];
}

function secretsOf(served: readonly ListenerState[], client: Secret | undefined): readonly GatewaySecretPlan[] {
  const found = new Map<string, GatewaySecretPlan>();
  if (client !== undefined) found.set(certificateName(client), { kind: 'certificate', name: certificateName(client), secret: client });
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

function servicesOfEnd(end: GatewayChainEnd): readonly ServiceKey[] {
  if (end.kind === 'requests') return end.table.hosts.flatMap(({ routes }) => routes.flatMap(({ action }) => servicesOfAction(action)));
  return (end.connections?.backends ?? []).filter(({ unresolved }) => unresolved === undefined).map(({ service }) => service);
}

function servicesOf(ports: readonly GatewayPortPlan[]): readonly ServiceKey[] {
  const found = new Set<ServiceKey>();
  for (const { chains } of ports) {
    for (const { end } of chains) for (const service of servicesOfEnd(end)) found.add(service);
  }
  return [...found].sort();
}
