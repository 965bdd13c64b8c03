import {
  type DocumentKey,
  type Mesh,
  makeDocumentKey,
  routesInto,
  routesOfFilter,
  routesOfService,
  routesOfTarget,
  type ServiceKey,
  serviceKey,
  serviceParents,
  servicesOfWorkload,
  splitDocumentKey,
  subsetsOfService,
  workloadKey,
} from '../model/index.ts';

/** Routes and Subsets of which something else is to be said when the document changes, beyond what `neighbours` knows of routes themselves. */
export function routeNeighbours(mesh: Mesh, key: DocumentKey): readonly DocumentKey[] {
  const { kind, namespace, name } = splitDocumentKey(key);
  switch (kind) {
    case 'Service':
      return subsets(mesh, serviceKey(namespace, name));
    case 'TCPRoute':
    case 'TLSRoute':
      return besides(mesh, key).filter((each) => ['TCPRoute', 'TLSRoute'].includes(splitDocumentKey(each).kind));
    case 'GRPCRoute':
      return overruledBy(mesh, key);
    case 'RouteFilter': {
      const routes = routesOfFilter(mesh, `${namespace}/${name}`);
      return routes.flatMap((route) => [route.key, ...besides(mesh, route.key)]);
    }
    case 'Subset':
      return routesOfTarget(mesh, { group: 'weft.dev', kind, namespace, name }).map((route) => route.key);
    case 'ReferenceGrant':
      return routesInto(mesh, namespace).map((route) => route.key);
    case 'Workload': {
      const workload = mesh.workloads.get(workloadKey(namespace, name));
      return workload === undefined ? [] : servicesOfWorkload(mesh, workload).flatMap((service) => subsets(mesh, service.key));
    }
    default:
      return [];
  }
}

/** HTTPRoutes on services that a GRPCRoute is attached to: they lose its ports. */
function overruledBy(mesh: Mesh, key: DocumentKey): readonly DocumentKey[] {
  return besides(mesh, key).filter((each) => splitDocumentKey(each).kind === 'HTTPRoute');
}

/** Routes on the same services. */
function besides(mesh: Mesh, key: DocumentKey): readonly DocumentKey[] {
  const route = mesh.routes.get(key);
  return route === undefined ? [] : serviceParents(route).flatMap((parent) => routesOfService(mesh, parent.key).map((each) => each.key));
}

function subsets(mesh: Mesh, service: ServiceKey): readonly DocumentKey[] {
  return subsetsOfService(mesh, service).map(({ namespace, name }) => makeDocumentKey('weft.dev', 'Subset', namespace, name));
}
