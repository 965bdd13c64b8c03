import type { Diagnostic } from '../../base/index.ts';
import {
  diagnostic,
  type HttpRoute,
  isOfConnections,
  type Mesh,
  parentPorts,
  type RouteMatch,
  type Service,
  type ServicePort,
  serviceParents,
} from '../../model/index.ts';
import type { RouteAction, RoutePlan, WeightedBackend } from '../plan.ts';
import { attachedAt } from './ledger.ts';
import { patienceOf } from './policies.ts';
import { NO_CHANGE, planCandidates, type RouteSite, reached } from './route.ts';
import { routesSeen, whoseRoutes } from './scope.ts';

/** Name of the route of a service for which nobody wrote one; no document's route can have it. */
const defaultRouteName = (service: Service): string => `default:${service.key}`;

/** A port of a service as a view sees it. */
export interface PortSite extends RouteSite {
  readonly service: Service;
  readonly port: ServicePort;
  /** Where requests go for which nobody wrote a route. */
  readonly cluster: string;
}

/** The decision list of one HTTP port; with routes attached, a request without a match is answered 404. */
export function planRoutes(site: PortSite): readonly RoutePlan[] {
  const { mesh, service, view } = site;
  const { routes, candidates } = attachedAt(mesh, site, whoseRoutes(mesh, service.key, view.consumerNamespace || service.namespace, 'requests'));
  return routes === 0 ? [planStraight(site)] : planCandidates(site, candidates);
}

/** Straight to the cluster of the site, whatever routes there are. */
export function planStraight(site: PortSite): RoutePlan {
  const { service, port, cluster } = site;
  const match: RouteMatch = { path: { kind: 'pathPrefix', value: '/' }, headers: [], query: [], origin: service.origin };
  const backend: WeightedBackend = {
    service: service.key,
    port: port.port,
    cluster,
    weight: 1,
    mirrors: [],
    requestHeaders: NO_CHANGE,
    responseHeaders: NO_CHANGE,
    origin: port.origin,
  };
  const action: RouteAction = { kind: 'forward', backends: [backend], mirrors: [], ...patienceOf(site.base) };
  const contributions = reached(site, site.base.contributions);
  return {
    name: defaultRouteName(service),
    rule: 'default',
    match,
    narrowed: [],
    requestHeaders: NO_CHANGE,
    responseHeaders: NO_CHANGE,
    grpc: false,
    action,
    contributions,
    acting: site.base,
    origin: service.origin,
  };
}

/** Parents that are not there, have no such port, or do not speak HTTP on it. */
export function parentDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  return serviceParents(route).flatMap((parent) => {
    const service = mesh.services.get(parent.key);
    if (service === undefined) return [diagnostic('WEFT1307', parent.origin, `${parent.kind} ${parent.key} does not exist`)];
    if (route.kind === 'UDPRoute') return [diagnostic('WEFT1750', parent.origin, `Service ${parent.key} takes no UDPRoute: the route has no effect on it`)];
    const ports = parentPorts(service, parent);
    const has = service.ports.map((port) => port.port).join(', ');
    if (ports.length === 0)
      return [diagnostic('WEFT1308', parent.origin, `Service ${parent.key} has no port ${parent.port ?? `"${parent.section ?? ''}"`}; it has ${has}`)];
    if (service.headless) return [diagnostic('WEFT1710', parent.origin, `Service ${parent.key} is headless: calls to its instances do not take the route`)];
    if (isOfConnections(route)) return [];
    if (parent.port === undefined && parent.section === undefined && ports.some((port) => port.protocol !== 'tcp')) return [];
    return ports
      .filter((port) => port.protocol === 'tcp')
      .map((port) => diagnostic('WEFT1402', parent.origin, `port ${port.port} of Service ${parent.key} speaks TCP, so the route has no effect on it`));
  });
}

/** HTTPRoutes on ports that GRPCRoutes of the same callers have. */
export function kindDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  if (route.kind !== 'HTTPRoute') return [];
  return serviceParents(route).flatMap((parent) => {
    const service = mesh.services.get(parent.key);
    if (service === undefined) return [];
    const others = routesSeen(mesh, parent.key, route.namespace).filter((each) => each.kind === 'GRPCRoute');
    return parentPorts(service, parent).flatMap((port) => {
      const winner = others.find((each) => serviceParents(each).some((one) => one.key === parent.key && parentPorts(service, one).includes(port)));
      if (winner === undefined) return [];
      const name = `${winner.namespace}/${winner.name}`;
      return [diagnostic('WEFT1410', parent.origin, `port ${port.port} of Service ${parent.key} has GRPCRoute ${name}, so this HTTPRoute has no effect on it`)];
    });
  });
}
