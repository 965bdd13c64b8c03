import type { HttpRoute } from '../../model/index.ts';
import { actingAt } from '../plan/policies.ts';
import { planRouteList, type RouteSite } from '../plan/route.ts';
import { gatewayView } from '../plan/view.ts';
import type { RoutePlan } from '../plan.ts';
import { routesOfListener } from './attachment.ts';
import { covers, intersection, moreSpecific } from './hostnames.ts';
import { gatewayTableName } from './names.ts';
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
  const named = routes.flatMap((route) => route.hostnames.flatMap((host) => intersection(hostname, host) ?? []));
  const hosts = [...new Set([hostname, ...named])].filter((host) => ownerOf(site, host) === each).sort(moreSpecific);
  const routeSite = siteOf(site, each);
  return hosts.map((host) => ({ hostname: host, protocol: 'http', routes: decisions(routeSite, routes, { host, hostname }) }));
}

/** The most specific listener of the port that a host belongs to. */
function ownerOf({ listeners }: PortSite, host: string): ListenerState | undefined {
  return listeners.filter(({ listener }) => covers(listener.hostname, host)).sort((a, b) => moreSpecific(a.listener.hostname, b.listener.hostname))[0];
}

/** The host names by which a route takes requests to a host of a listener: the most specific one counts. */
function rankOf(route: HttpRoute, host: string, hostname: string): string | undefined {
  if (route.hostnames.length === 0) return hostname;
  const meant = route.hostnames.flatMap((each) => intersection(hostname, each) ?? []).filter((each) => covers(each, host));
  return meant.sort(moreSpecific)[0];
}

/**
 * Gateway API, HTTPRoute.hostnames: rules of routes with the more specific matching host name have precedence; what they do not match goes
 * on to those with less specific ones.
 */
function decisions(
  site: RouteSite,
  routes: readonly HttpRoute[],
  { host, hostname }: { readonly host: string; readonly hostname: string },
): readonly RoutePlan[] {
  const byRank = new Map<string, HttpRoute[]>();
  for (const route of routes) {
    const rank = rankOf(route, host, hostname);
    if (rank !== undefined) byRank.set(rank, [...(byRank.get(rank) ?? []), route]);
  }
  const ranks = [...byRank.keys()].sort(moreSpecific);
  return ranks.flatMap((rank) => planRouteList(site, byRank.get(rank) ?? []));
}

/** Where the routes of a listener are planned: policies that name the Gateway or the listener hold there. */
function siteOf({ mesh, state }: PortSite, { listener, id }: ListenerState): RouteSite {
  const { namespace, name } = state.gateway;
  const site = { kind: 'route', side: 'gateway', protocol: 'http', name: gatewayTableName(state.gateway.id, id) } as const;
  const place = { mesh, site, subject: { gateway: { namespace, name, listener: listener.name }, consumer: '' }, owner: listener };
  const at = { scheme: listener.tls === undefined ? 'http' : 'https', port: listener.port } as const;
  return { mesh, protocol: 'http', view: gatewayView(namespace), listener: at, gateway: { namespace, name: `${name}/${id}` }, place, base: actingAt(place) };
}
