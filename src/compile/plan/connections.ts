// Routes of connections: TCPRoute at a port of a service, TCPRoute and TLSRoute at listeners of a Gateway.
import { byCodeUnit, type Diagnostic } from '../../base/index.ts';
import { diagnostic, type HttpRoute, isOfConnections, type Mesh, parentPorts, type ServiceParent, serviceParents } from '../../model/index.ts';
import { moreSpecific } from '../gateway/hostnames.ts';
import type { ConnectionPlan, NamedConnections, ServicePortPlan, View } from '../plan.ts';
import { destinationOf } from './backends.ts';
import { connectionRouteAt, tlsRoutesAt } from './ledger.ts';
import type { PortSite } from './routes.ts';
import { whoseRoutes } from './scope.ts';

/** The shares of a route of connections as a view sees its backends. Undefined for a route of requests. */
export function planConnections(mesh: Mesh, route: HttpRoute, view: View): ConnectionPlan | undefined {
  const { kind } = route;
  const [rule] = route.rules;
  if ((kind !== 'TCPRoute' && kind !== 'TLSRoute') || rule === undefined) return undefined;
  const backends = rule.backends.map(({ target, weight, origin }) => ({ ...destinationOf(mesh, { route, target, view }), weight, origin }));
  return { kind, route: `${route.namespace}/${route.name}`, backends, origin: rule.origin };
}

/** Every name of the routes, each with the older route that has it; the more specific first. */
function namesOf(mesh: Mesh, routes: readonly HttpRoute[], view: View): readonly NamedConnections[] {
  const found = new Map<string, NamedConnections>();
  for (const route of routes) {
    const connections = planConnections(mesh, route, view);
    if (connections === undefined) continue;
    for (const hostname of route.hostnames) if (!found.has(hostname)) found.set(hostname, { hostname, connections });
  }
  return [...found.values()].sort((a, b) => moreSpecific(a.hostname, b.hostname) || byCodeUnit(a.hostname, b.hostname));
}

/** What TLSRoutes, or else a TCPRoute, decide for a TCP port of a service (GEP-1294: the more specific kind has it), when there are any for these callers. */
export function connectionsAt(site: PortSite): Pick<ServicePortPlan, 'connections' | 'byServerName'> {
  const { mesh, service, view } = site;
  const named = tlsRoutesAt(mesh, site, whoseRoutes(mesh, service.key, view.consumerNamespace || service.namespace, 'connections'));
  if (named.length > 0) return { byServerName: namesOf(mesh, named, view) };
  const route = connectionRouteAt(mesh, site, whoseRoutes(mesh, service.key, view.consumerNamespace || service.namespace, 'connections'));
  const connections = route === undefined ? undefined : planConnections(mesh, route, view);
  return connections === undefined ? {} : { connections };
}

/** Ports among the parents of a route of connections on which it does nothing: of another protocol, or an older route has them. */
export function connectionDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  if (!isOfConnections(route)) return [];
  return serviceParents(route).flatMap((parent) => {
    return atService(mesh, route, parent);
  });
}

function atService(mesh: Mesh, route: HttpRoute, parent: ServiceParent): readonly Diagnostic[] {
  const service = mesh.services.get(parent.key);
  if (service === undefined) return [];
  const ports = parentPorts(service, parent);
  const meant = ports.filter((port) => port.protocol === 'tcp');
  // Without a port a route is for all that it can be for.
  const wrong = parent.port === undefined && parent.section === undefined && meant.length > 0 ? [] : ports.filter((port) => port.protocol !== 'tcp');
  return [
    ...wrong.map((port) =>
      diagnostic('WEFT1720', parent.origin, `port ${port.port} of Service ${parent.key} speaks ${port.protocol}, so the route has no effect on it`),
    ),
    ...meant.flatMap((port) => {
      const named = tlsRoutesAt(mesh, { service, port }, route.namespace);
      if (route.kind === 'TLSRoute') return shadowedNames(route, named, { parent, port: port.port });
      const [over] = named;
      if (over !== undefined) {
        const message = `TLSRoute ${over.namespace}/${over.name} has port ${port.port} of Service ${parent.key}: what asks for a name decides, and this TCPRoute gets no connections`;
        return [diagnostic('WEFT1403', parent.origin, message, 'give the backends to a TLSRoute, or another port to this route')];
      }
      const winner = connectionRouteAt(mesh, { service, port }, route.namespace);
      if (winner === undefined || winner.key === route.key) return [];
      const message = `TCPRoute ${winner.namespace}/${winner.name} has port ${port.port} of Service ${parent.key} and is older, or first by name; it gets the connections`;
      return [diagnostic('WEFT1403', parent.origin, message, 'merge the routes')];
    }),
  ];
}

/** Names of the route that an older TLSRoute has there. */
function shadowedNames(
  route: HttpRoute,
  all: readonly HttpRoute[],
  { parent, port }: { readonly parent: ServiceParent; readonly port: number },
): readonly Diagnostic[] {
  const before = all.slice(0, all.indexOf(route));
  return route.hostnames.flatMap((hostname, at) => {
    const winner = before.find((other) => other.hostnames.includes(hostname));
    if (winner === undefined) return [];
    const message = `TLSRoute ${winner.namespace}/${winner.name} has ${hostname} on port ${port} of Service ${parent.key} and is older, or first by name; it gets the connections`;
    return [diagnostic('WEFT1403', { ...route.origin, path: `spec.hostnames[${at}]` }, message, 'merge the routes')];
  });
}
