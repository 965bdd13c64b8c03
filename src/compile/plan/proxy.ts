import { byCodeUnit, type Diagnostic } from '../../base/index.ts';
import {
  diagnostic,
  type Mesh,
  type Protocol,
  type Service,
  type ServiceKey,
  scopesOfWorkload,
  servicesOfWorkload,
  spiffeId,
  type Workload,
  type WorkloadPort,
} from '../../model/index.ts';
import type { FallbackPlan, InboundPlan, NamePlan, OutboundPlan, ProxyPlan } from '../plan.ts';
import { fallbackOf } from './automatic.ts';
import { namesOf, planNames } from './called.ts';
import { targetOf } from './endpoints.ts';
import { hostsOf } from './instances.ts';
import { inboundClusterName, secretName, workloadSuffix } from './names.ts';
import { inboundContributions } from './policies.ts';
import { reachOf, withProcessors } from './processors.ts';
import { directServices, scopeOf } from './scope.ts';
import { planService } from './service.ts';
import { tlsModeAt } from './tls-mode.ts';
import { connectionView, PLAIN_VIEW, viewOf } from './view.ts';

/**
 * What belongs to one proxy alone. Workloads that are not (or no longer) in the mesh are left out with a diagnostic; the proxy keeps
 * serving the others.
 */
export function planProxy(mesh: Mesh, proxy: ProxyPlan['proxy']): ProxyPlan {
  const shared = isShared(proxy);
  const scope = scopeOf(mesh, proxy);
  const found = proxy.serves.map((key) => ({ key, workload: mesh.workloads.get(key) }));
  const [first] = found;
  if (first?.workload?.gateway !== undefined) return planGatewayProxy(mesh, proxy);
  const workloads = found.flatMap(({ workload }) => workload ?? []);
  const missing = found
    .filter(({ workload }) => workload === undefined)
    .map(({ key }) => {
      const [namespace = '', name = ''] = key.split('/');
      return diagnostic('WEFT1505', { kind: 'Workload', namespace, name, path: '' }, `proxy ${proxy.id} serves Workload ${key}, which does not exist`);
    });
  const inbound = workloads.map((workload) => planInbound(mesh, workload, { shared, cycle: proxy.cycle ?? 0 }));
  return {
    proxy,
    view: workloads[0] === undefined || shared ? PLAIN_VIEW : connectionView(mesh, workloads[0]),
    scope: scope.services,
    outbound: workloads.map((workload) =>
      planOutbound(mesh, workload, { shared, all: shared ? scopeOf(mesh, { serves: [workload.key] }).direct : scope.direct }),
    ),
    inbound: inbound.map((each) => each.plan),
    passthrough: mesh.config.outbound === 'AllowAny',
    diagnostics: [...missing, ...inbound.flatMap((each) => each.diagnostics)],
  };
}

/** Names do not change when a node's second workload comes. */
export function isShared({ role, serves }: ProxyPlan['proxy']): boolean {
  return role === 'node' || serves.length > 1;
}

/** A gateway has nothing of its own: what it serves it shares with the other proxies of its Gateway. */
function planGatewayProxy(mesh: Mesh, proxy: ProxyPlan['proxy']): ProxyPlan {
  return { proxy, view: PLAIN_VIEW, scope: [], outbound: [], inbound: [], passthrough: mesh.config.outbound === 'AllowAny', diagnostics: [] };
}

function planOutbound(mesh: Mesh, workload: Workload, { shared, all }: { readonly shared: boolean; readonly all: readonly ServiceKey[] }): OutboundPlan {
  const own = directServices(mesh, workload);
  const services = own === undefined ? all : all.filter((key) => own.has(key));
  const chains = services.flatMap((key) => planService(mesh, key, viewOf(mesh, workload, key, shared)).ports);
  const names = withPortless(mesh, planNames(chains, workload.namespace), { services, namespace: workload.namespace });
  const fallback = own === undefined ? undefined : planFallback(mesh, workload, shared);
  const out = { workload, suffix: workloadSuffix(workload.key, shared), chains };
  return fallback === undefined ? { ...out, names } : { ...out, names: withOthers(mesh, names, workload.namespace), fallback };
}

/** Undefined for a proxy that is not scoped automatically: what its Scopes do not name is refused. */
function planFallback(mesh: Mesh, workload: Workload, shared: boolean): FallbackPlan | undefined {
  const key = scopesOfWorkload(mesh, workload).length > 0 ? undefined : fallbackOf(mesh, workload);
  const port = key === undefined ? undefined : planService(mesh, key, viewOf(mesh, workload, key, shared)).ports[0];
  return port === undefined ? undefined : { cluster: port.cluster.name };
}

const SERVICES = new WeakMap<Mesh['services'], readonly Service[]>();

/** Services of the mesh by key; once per set of services. */
function servicesSorted(mesh: Mesh): readonly Service[] {
  const known = SERVICES.get(mesh.services);
  if (known !== undefined) return known;
  const services = [...mesh.services.values()].filter((service) => service.external === undefined).sort((a, b) => byCodeUnit(a.key, b.key));
  SERVICES.set(mesh.services, services);
  return services;
}

/** A service that has ports for UDP only has no chain, but a name like every other. */
function withPortless(
  mesh: Mesh,
  names: ReadonlyMap<string, NamePlan>,
  { services, namespace }: { readonly services: readonly ServiceKey[]; readonly namespace: string },
): ReadonlyMap<string, NamePlan> {
  const portless = services.flatMap((key) => mesh.services.get(key) ?? []).filter(({ ports, datagrams }) => ports.length === 0 && datagrams !== undefined);
  if (portless.length === 0) return names;
  const more = portless.flatMap((service) =>
    hostsOf(service).flatMap(({ host, addresses }) =>
      namesOf({ host, service: service.key }, namespace).map((name) => [name, { service: service.key, addresses }] as const),
    ),
  );
  return new Map([...more, ...names].sort(([a], [b]) => byCodeUnit(a, b)));
}

/** Names cost little, and without its address nobody could call what its proxy was not told of. */
function withOthers(mesh: Mesh, names: ReadonlyMap<string, NamePlan>, namespace: string): ReadonlyMap<string, NamePlan> {
  const all = new Map(names);
  for (const service of servicesSorted(mesh)) {
    for (const { host, addresses } of hostsOf(service))
      for (const each of namesOf({ host, service: service.key }, namespace)) if (!all.has(each)) all.set(each, { service: service.key, addresses });
  }
  return all;
}

interface Inbound {
  readonly plan: InboundPlan;
  readonly diagnostics: readonly Diagnostic[];
}

function planInbound(mesh: Mesh, workload: Workload, { shared, cycle }: { readonly shared: boolean; readonly cycle: number }): Inbound {
  const identity = spiffeId(mesh.config.trustDomain, workload.namespace, workload.serviceAccount);
  const services = servicesOfWorkload(mesh, workload);
  const reach = reachOf(mesh, workload.namespace, (key) => viewOf(mesh, workload, key, shared));
  const ports = [...workload.ports].sort((a, b) => a.proxyPort - b.proxyPort).map((port) => ({ port, spoken: protocolOf(services, workload, port) }));
  const plan: InboundPlan = {
    workload: workload.key,
    suffix: workloadSuffix(workload.key, shared),
    secret: secretName(identity, shared),
    identity,
    cycle,
    bind: workload.proxy?.bind ?? '',
    address: workload.address,
    capture: workload.proxy?.capture ?? { mode: 'none' },
    undeclared: takesUndeclared(mesh, workload),
    ports: ports.map(({ port, spoken: { protocol } }) => ({
      port: port.port,
      proxyPort: port.proxyPort,
      protocol,
      plaintext: tlsModeAt(mesh, workload, port) !== 'Strict',
      cluster: inboundClusterName(port.port, workload.key, shared),
      routeContributions: withProcessors(inboundContributions(mesh, { workload, port: port.port, protocol, kind: 'route' }), reach),
      clusterContributions: inboundContributions(mesh, { workload, port: port.port, protocol, kind: 'cluster' }),
    })),
  };
  return { plan, diagnostics: ports.flatMap(({ spoken }) => spoken.diagnostics) };
}

/** No port at all: what holds there holds for the workload as a whole. */
const UNDECLARED: WorkloadPort = { name: '', port: 0, proxyPort: 0 };

/**
 * Whether plaintext to a port of a pod that neither it nor a Service declares goes on to the application, as it did before the pod was in the mesh. Where
 * a certificate is required it does not, and where a policy says who may call it does not either: rules cannot be held against a port nobody named.
 */
function takesUndeclared(mesh: Mesh, workload: Workload): boolean {
  if (workload.proxy?.capture.mode !== 'pod' || tlsModeAt(mesh, workload, UNDECLARED) === 'Strict') return false;
  const held = inboundContributions(mesh, { workload, port: UNDECLARED.port, protocol: 'tcp', kind: 'route' });
  return !held.some(({ kind }) => kind === 'callers' || kind === 'network-filter');
}

/** HTTP/2 is asked for by h2c and grpc alike; anything HTTP is more than bytes. */
const RANK: Readonly<Record<Protocol, number>> = { grpc: 3, h2c: 2, http: 1, tcp: 0 };

interface Spoken {
  readonly protocol: Protocol;
  readonly diagnostics: readonly Diagnostic[];
}

/** What the application speaks on a port, as the services that lead to it say; bytes when none does. Services that disagree get a diagnostic. */
export function protocolOf(services: readonly Service[], workload: Workload, port: WorkloadPort): Spoken {
  const leading = services.flatMap((service) =>
    service.ports.filter((each) => targetOf(workload, each)?.port === port.port).map((each) => [service, each] as const),
  );
  const said = leading.map(([, each]) => each);
  const protocol = said.reduce<Protocol>((best, each) => (RANK[each.protocol] > RANK[best] ? each.protocol : best), 'tcp');
  const http = protocol !== 'tcp';
  const diagnostics = said
    .filter((each) => (each.protocol === 'tcp') === http)
    .map((each) =>
      diagnostic(
        'WEFT1405',
        each.origin,
        `another Service says that port ${port.port} of Workload ${workload.key} speaks ${protocol}; here it is called ${each.protocol}, and calls through this port will fail`,
        'give both Services the same appProtocol',
      ),
    );
  return { protocol, diagnostics };
}
