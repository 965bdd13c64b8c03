import type { HttpRoute, Mesh } from '../../model/index.ts';
import { candidatesOf } from '../plan/ledger.ts';
import { type Acting, actingAt } from '../plan/policies.ts';
import type { Candidate } from '../plan/precedence.ts';
import { planCandidates, type RouteSite } from '../plan/route.ts';
import { serviceBehind } from '../plan/targets.ts';
import { gatewayView } from '../plan/view.ts';
import { routesOfListener } from './attachment.ts';
import { covers, intersection, moreSpecific } from './hostnames.ts';
import { gatewayTableName, portTableName } from './names.ts';
import type { GatewayHostPlan, PortSite } from './plan.ts';
import type { ListenerState } from './state.ts';

/**
 * The hosts of a listener: its own host name, and those of its routes within it. A host that belongs to a more specific listener of the
 * port is left to that one, also when it has no route for it (listener isolation).
 */
export function planHosts(site: PortSite, each: ListenerState): readonly GatewayHostPlan[] {
  const { mesh, state } = site;
  const { hostname } = each.listener;
  const routes = routesOfListener(mesh, state, each);
  const hosts = hostsOf(site, each, routes);
  const sites = { http: siteOf(site, each, 'http'), grpc: siteOf(site, each, 'grpc') };
  return hosts.map((host) => decisions(sites, routes, { host, hostname }));
}

/** Its own host name and those of these routes, but for what belongs to other listeners; the more specific first. */
export function hostsOf(site: PortSite, each: ListenerState, routes: readonly HttpRoute[]): readonly string[] {
  const { hostname } = each.listener;
  const named = routes.flatMap((route) => route.hostnames.flatMap((host) => intersection(hostname, host) ?? []));
  return [...new Set([hostname, ...named])].filter((host) => ownerOf(site, host) === each).sort(moreSpecific);
}

/** The most specific listener of the port that a host belongs to. */
function ownerOf({ listeners }: PortSite, host: string): ListenerState | undefined {
  return listeners.filter(({ listener }) => covers(listener.hostname, host)).sort((a, b) => moreSpecific(a.listener.hostname, b.listener.hostname))[0];
}

/** The host names by which a route takes requests to a host of a listener: the most specific one counts. */
export function rankOf(route: HttpRoute, host: string, hostname: string): string | undefined {
  if (route.hostnames.length === 0) return hostname;
  const meant = route.hostnames.flatMap((each) => intersection(hostname, each) ?? []).filter((each) => covers(each, host));
  return meant.sort(moreSpecific)[0];
}

/** A host's requests of both kinds: what holds by default for HTTP (a timeout) would break calls of gRPC. */
type Sites = Readonly<Record<'http' | 'grpc', RouteSite>>;

/** A rule of a GRPCRoute, or one that leads to ports that speak gRPC only. */
function protocolOf(mesh: Mesh, { route, rule }: Candidate): 'http' | 'grpc' {
  if (route.kind === 'GRPCRoute') return 'grpc';
  const spoken = rule.backends.map(({ target }) => {
    const key = serviceBehind(mesh, target);
    return key === undefined ? undefined : mesh.services.get(key)?.ports.find(({ port }) => port === target.port)?.protocol;
  });
  return spoken.length > 0 && spoken.every((each) => each === 'grpc') ? 'grpc' : 'http';
}

/**
 * Gateway API, HTTPRoute.hostnames: rules of routes with the more specific matching host name have precedence; what they do not match goes
 * on to those with less specific ones.
 */
function decisions(sites: Sites, routes: readonly HttpRoute[], { host, hostname }: { readonly host: string; readonly hostname: string }): GatewayHostPlan {
  const byRank = new Map<string, HttpRoute[]>();
  for (const route of routes) {
    const rank = rankOf(route, host, hostname);
    if (rank !== undefined) byRank.set(rank, [...(byRank.get(rank) ?? []), route]);
  }
  const ranks = [...byRank.keys()].sort(moreSpecific);
  const tried = ranks.flatMap((rank) =>
    candidatesOf(byRank.get(rank) ?? []).map((candidate) => ({ candidate, protocol: protocolOf(sites.http.mesh, candidate) })),
  );
  return {
    hostname: host,
    protocol: tried.some(({ protocol }) => protocol === 'grpc') ? 'grpc' : 'http',
    routes: tried.flatMap(({ candidate, protocol }) => planCandidates(sites[protocol], [candidate])),
  };
}

/** What holds for requests of a listener, whatever the route. */
export function listenerActing(site: PortSite, each: ListenerState, protocol: 'http' | 'tcp'): Acting {
  return siteOf(site, each, protocol).base;
}

/** Where the routes of a listener are planned: policies that name the Gateway or the listener hold there. */
function siteOf({ mesh, state }: PortSite, { listener, id }: ListenerState, protocol: 'http' | 'grpc' | 'tcp'): RouteSite {
  const { namespace, name } = state.gateway;
  const table = listener.protocol === 'HTTP' ? portTableName(state.gateway.id, listener.port) : gatewayTableName(state.gateway.id, id);
  const site = { kind: 'route', side: 'gateway', protocol, name: table, trustDomain: mesh.config.trustDomain } as const;
  const place = { mesh, site, subject: { gateway: { namespace, name, listener: listener.name }, consumer: '' }, owner: listener };
  const at = { scheme: listener.tls === undefined ? 'http' : 'https', port: listener.port } as const;
  return { mesh, protocol, view: gatewayView(mesh, state.gateway), listener: at, gateway: { namespace, name: `${name}/${id}` }, place, base: actingAt(place) };
}
