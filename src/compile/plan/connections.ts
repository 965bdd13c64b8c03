// Routes of connections: TCPRoute at a port of a service, TCPRoute and TLSRoute at listeners of a Gateway.
import type { Diagnostic } from '../../base/index.ts';
import { diagnostic, type HttpRoute, isOfConnections, type Mesh, parentPorts, type ServiceParent, serviceParents } from '../../model/index.ts';
import type { ConnectionPlan, View } from '../plan.ts';
import { destinationOf } from './backends.ts';
import { connectionRouteAt } from './ledger.ts';
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

/** What a TCPRoute decides for a TCP port of a service, when there is one for these callers. */
export function connectionsAt(site: PortSite): { readonly connections?: ConnectionPlan } {
  const { mesh, service, view } = site;
  const route = connectionRouteAt(mesh, site, whoseRoutes(mesh, service.key, view.consumerNamespace || service.namespace, 'connections'));
  const connections = route === undefined ? undefined : planConnections(mesh, route, view);
  return connections === undefined ? {} : { connections };
}

/** Ports among the parents of a route of connections on which it does nothing: of another protocol, or an older route has them. */
export function connectionDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  if (!isOfConnections(route)) return [];
  return serviceParents(route).flatMap((parent) => {
    if (route.kind === 'TLSRoute') return [diagnostic('WEFT1723', parent.origin, `Service ${parent.key} takes no TLSRoute: the route has no effect on it`)];
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
      const winner = connectionRouteAt(mesh, { service, port }, route.namespace);
      if (winner === undefined || winner.key === route.key) return [];
      const message = `TCPRoute ${winner.namespace}/${winner.name} has port ${port.port} of Service ${parent.key} and is older, or first by name; it gets the connections`;
      return [diagnostic('WEFT1403', parent.origin, message, 'merge the routes')];
    }),
  ];
}
