// What stands outside the mesh, as a view sees it: one cluster and one chain per host and port, because TLS needs the host's name.
import { byCodeUnit, type Diagnostic } from '../../base/index.ts';
import {
  diagnostic,
  type External,
  type ExternalHost,
  type GatewayKey,
  type Mesh,
  plainServiceName,
  type Service,
  type ServicePort,
  servicesOfHost,
} from '../../model/index.ts';
import { backendTlsFor } from '../gateway/backend-tls.ts';
import { clientSecretOf } from '../gateway/client-certificate.ts';
import { certificateName } from '../gateway/references.ts';
import type { ClusterPlan, EndpointPlan, ExternalPlan, ServicePortPlan, View } from '../plan.ts';
import { egressDiagnostics, egressEndpoints, egressIdentity, egressPlan } from './egress.ts';
import { dialled } from './endpoints.ts';
import { clusterName, egressClusterName, routesName, subsetOf } from './names.ts';
import { clusterContributions } from './policies.ts';
import { planRoutes } from './routes.ts';
import { siteOf } from './site.ts';
import { callerOf, PLAIN_VIEW } from './view.ts';

interface Site {
  /** The Gateway that shows the servers its certificate; '' = nobody does. */
  readonly shownBy: GatewayKey | '';
  readonly mesh: Mesh;
  readonly service: Service;
  readonly external: External;
  readonly view: View;
}

/** Every port of every host, by host as written and port. Nothing for a service of the mesh. */
export function planExternalPorts(mesh: Mesh, service: Service, view: View): readonly ServicePortPlan[] {
  const { external } = service;
  if (external === undefined) return [];
  const ports = [...service.ports].sort((a, b) => a.port - b.port);
  return external.hosts.flatMap((host) =>
    ports.map((port) => planPort({ mesh, service, external, view, shownBy: external.egress === undefined ? view.gateway : '' }, host, port)),
  );
}

function planPort(site: Site, { host, vip }: ExternalHost, port: ServicePort): ServicePortPlan {
  const { mesh, service, view } = site;
  const cluster = clusterName(host, port.port, view, subsetOf(service));
  const id = `${plainServiceName(service.key)}/${host}:${port.port}`;
  return {
    service: service.key,
    id,
    host,
    vip,
    port: port.port,
    protocol: port.protocol,
    ...(port.encrypted === undefined ? {} : { encrypted: port.encrypted }),
    cluster: planCluster(site, { host, port, name: cluster }),
    endpoints: site.external.egress === undefined ? endpointsOf(site, port) : egressEndpoints(mesh, service, site.external.egress, view),
    routesName: port.protocol === 'tcp' ? '' : routesName(`${plainServiceName(service.key)}/${host}`, port.port, view),
    routes: port.protocol === 'tcp' ? [] : planRoutes(siteOf({ mesh, service, port, view, cluster })),
    origin: port.origin,
  };
}

function planCluster(site: Site, at: { readonly host: string; readonly port: ServicePort; readonly name: string }): ClusterPlan {
  const { mesh, service, external, view } = site;
  const { host, port, name } = at;
  const { retryBudgetPercent, retryBudgetMinConcurrency, origin } = mesh.config;
  const policy = backendTlsFor(mesh, service, port);
  const shown = site.shownBy === '' ? undefined : clientSecretOf(mesh, site.shownBy);
  return {
    name,
    service: service.key,
    port: port.port,
    protocol: port.protocol,
    serverIds: external.egress === undefined ? [] : [egressIdentity(mesh, external.egress)],
    proxyProtocol: false,
    external: {
      ...externalPlan(site, host, port),
      ...egressOf(site, host, port),
      ...(policy === undefined ? {} : { tls: policy.tls }),
      ...(shown === undefined ? {} : { clientCertificate: certificateName(shown) }),
    },
    retryBudget: { percent: retryBudgetPercent, minConcurrency: retryBudgetMinConcurrency },
    contributions: clusterContributions(mesh, { service, port, ...callerOf(view) }),
    origins: [port.origin, origin, ...(policy === undefined ? [] : [policy.origin])],
  };
}

function egressOf({ service, external: { egress } }: Site, host: string, { port }: ServicePort): Pick<ExternalPlan, 'egress'> {
  return egress === undefined ? {} : { egress: egressPlan(service, egress, { host, port }) };
}

/** What a gateway does for those who leave by it: the same ports, each with the servers themselves as endpoints, and without routes, which were taken already. */
export function planLeaving(mesh: Mesh, service: Service, gateway: GatewayKey): readonly ServicePortPlan[] {
  const { external } = service;
  if (external === undefined) return [];
  const site = { mesh, service, external, view: PLAIN_VIEW, shownBy: gateway };
  return external.hosts.flatMap(({ host, vip }) =>
    service.ports.map((port) => {
      const id = `${plainServiceName(service.key)}/${host}:${port.port}`;
      const cluster = planCluster(site, { host, port, name: egressClusterName(service, host, port.port) });
      const common = { service: service.key, id, host, vip, port: port.port, protocol: port.protocol, origin: port.origin };
      return { ...common, cluster, endpoints: endpointsOf(site, port), routesName: '', routes: [] };
    }),
  );
}

/** Leads to the host's resolvers from where a proxy shares a namespace with no other way (machine/capture/lo-only.ts). */
const INSIDE_RESOLVER = '169.254.1.53';

/** Inside a namespace the machine's own resolvers would be answered by this proxy: with the virtual address. */
function asked(wanted: readonly string[], { relayDirectory, hostLoopback }: View): readonly string[] {
  return relayDirectory !== '' || (hostLoopback !== '' && wanted.length === 0) ? [INSIDE_RESOLVER] : wanted;
}

function externalPlan({ external, view }: Site, host: string, { targetPort }: ServicePort): ExternalPlan {
  const { resolution, alias, refreshMs, resolvers, tls, createdAt } = external;
  return {
    resolution: host.startsWith('*.') ? 'dynamic' : resolution === 'dynamic' ? 'logical' : resolution,
    host: alias === '' ? host : alias,
    port: Number(targetPort),
    refreshMs,
    resolvers,
    asks: asked(resolvers, view),
    ...(tls === undefined ? {} : { tls }),
    createdAt,
  };
}

function endpointsOf({ external: { resolution, addresses }, view }: Site, { targetPort }: ServicePort): readonly EndpointPlan[] {
  if (resolution !== 'static') return [];
  const all = [...new Set(addresses.map((address) => dialled(address, view)))].sort(byCodeUnit);
  return all.map((address) => ({ workload: '', address, port: Number(targetPort), state: 'healthy', weight: 1, zone: '', priority: 0 }));
}

/** Hosts that another ExternalService has as well, or has a wildcard for. */
export function externalDiagnostics(mesh: Mesh, service: Service): readonly Diagnostic[] {
  const hosts = service.external?.hosts ?? [];
  const shared = hosts.flatMap(({ host }, at) => {
    const place = { ...service.origin, path: `spec.hosts[${at}]` };
    const [first] = servicesOfHost(mesh, host);
    if (first !== undefined && first.key !== service.key)
      return [diagnostic('WEFT1706', place, `ExternalService ${plainServiceName(first.key)} has the host ${host} too, and is called by it`)];
    const wildcard = wildcardsAround(host).find((each) => servicesOfHost(mesh, each).some((other) => other.key !== service.key));
    if (wildcard === undefined) return [];
    const [around] = servicesOfHost(mesh, wildcard);
    return [
      diagnostic(
        'WEFT1707',
        place,
        `${host} also fits ${wildcard} of ExternalService ${plainServiceName(around?.key ?? service.key)}; this one is more specific`,
      ),
    ];
  });
  return [...egressDiagnostics(mesh, service), ...shared];
}

/** `*.b.c` and `*.c` for `a.b.c`. */
export function wildcardsAround(host: string): readonly string[] {
  const labels = host.replace(/^\*\./, '').split('.');
  const from = host.startsWith('*.') ? 1 : 0;
  return labels.slice(from, -1).map((_, at) => `*.${labels.slice(at + 1 + from).join('.')}`);
}
