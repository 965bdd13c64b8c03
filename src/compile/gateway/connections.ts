// Listeners of TCP and TLS: where the bytes of a connection go. TLS is told apart by host name (SNI), whoever is its server.
import type { HttpRoute } from '../../model/index.ts';
import { planConnections } from '../plan/connections.ts';
import { gatewayView } from '../plan/view.ts';
import { routesOfListener } from './attachment.ts';
import { moreSpecific } from './hostnames.ts';
import { hostsOf, listenerActing, rankOf } from './hosts.ts';
import { chainName, gatewayTableName } from './names.ts';
import { type GatewayChainPlan, type PortSite, tlsOf } from './plan.ts';
import { type ListenerState, terminates } from './state.ts';

/** A chain for each host name of a TLS listener, one for all of TCP. What no route takes is closed, never left to a wider listener. */
export function planConnectionChains(site: PortSite, each: ListenerState): readonly GatewayChainPlan[] {
  const { mesh, state } = site;
  const { protocol, hostname } = each.listener;
  const routes = routesOfListener(mesh, state, each);
  const byName = protocol === 'TLS';
  const hosts = byName ? hostsOf(site, each, routes) : [''];
  const acting = listenerActing(site, each, 'tcp');
  const tls = terminates(each.listener) ? { tls: tlsOf(each) } : {};
  return hosts.map((host): GatewayChainPlan => {
    const route = routeFor(routes, host, hostname);
    const connections = route === undefined ? undefined : planConnections(mesh, route, gatewayView(mesh, state.gateway));
    const origins = [each.listener.origin, ...(route === undefined ? [] : [route.origin])];
    const name = host === hostname ? chainName(each.id) : `${chainName(each.id)} ${host}`;
    const place = gatewayTableName(state.gateway.id, name);
    return {
      name,
      hostname: host,
      byName,
      ...tls,
      end: { kind: 'connections', ...(connections === undefined ? {} : { connections }), place, acting, origins },
    };
  });
}

/** Gateway API: the route with the most specific host name, then the older one, which comes first. */
function routeFor(routes: readonly HttpRoute[], host: string, hostname: string): HttpRoute | undefined {
  const ranked = routes.flatMap((route) => {
    const rank = rankOf(route, host, hostname);
    return rank === undefined ? [] : [{ route, rank }];
  });
  return ranked.sort((a, b) => moreSpecific(a.rank, b.rank))[0]?.route;
}
