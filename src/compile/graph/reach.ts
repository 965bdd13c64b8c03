// Routes that no request reaches, and those that end nowhere.
import { byCodeUnit, type Diagnostic } from '../../base/index.ts';
import { diagnostic, type HttpRoute, type Mesh, type ServiceKey, serviceParents } from '../../model/index.ts';
import { audience, proxied } from '../audience.ts';
import { planService } from '../plan/service.ts';
import { shadowDiagnostics } from '../plan/shadow.ts';
import { PLAIN_VIEW } from '../plan/view.ts';
import type { Survey } from './findings.ts';
import { backendsOf, routesSeenFrom } from './patience.ts';

/** WEFT1904 and WEFT1909: a route that Scopes hide, and rules of which every match is taken before. */
export function reachFindings({ mesh }: Survey, route: HttpRoute): readonly Diagnostic[] {
  return [...hiddenParents(mesh, route), ...lostRules(mesh, route)];
}

function hiddenParents(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  return serviceParents(route).flatMap((parent) => {
    if (!mesh.services.has(parent.key)) return [];
    const consumers = parent.namespace === route.namespace ? undefined : route.namespace;
    const callers = proxied(mesh).all.filter((workload) => consumers === undefined || workload.namespace === consumers);
    const sees = audience(mesh, parent.key).some((workload) => consumers === undefined || workload.namespace === consumers);
    if (sees || callers.length === 0) return [];
    const whose = consumers === undefined ? '' : ` of namespace ${consumers}`;
    return [diagnostic('WEFT1904', parent.origin, `none of the ${callers.length} proxies${whose} sees Service ${parent.key}: their Scopes do not name it`)];
  });
}

function lostRules(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  const lost = new Map(shadowDiagnostics(mesh, route).map((each) => [each.at.path, each]));
  if (lost.size === 0) return [];
  return route.rules.flatMap((rule) => {
    const first = rule.matches[0] === undefined ? undefined : lost.get(rule.matches[0].origin.path);
    if (first === undefined || !rule.matches.every((match) => lost.has(match.origin.path))) return [];
    const found = diagnostic('WEFT1909', rule.origin, `rule "${rule.name}" never gets a request: ${first.message}`);
    return [first.by === undefined ? found : { ...found, by: first.by }];
  });
}

/** WEFT1905, for rules of routes to the service; where nothing runs at all (files alone) nothing is said. */
export function emptyBackendFindings({ mesh }: Survey, service: ServiceKey): readonly Diagnostic[] {
  if (mesh.workloads.size === 0) return [];
  const found = new Map<string, Diagnostic>();
  for (const route of routesSeenFrom(mesh, service, '')) {
    for (const key of backendsOf(route)) {
      const backend = route.action.backends.find((each) => each.service === key);
      if (backend === undefined || backend.origin.kind === 'Service') continue;
      const healthy = endpointsReady(mesh, key, backend.port);
      if (healthy === undefined || healthy > 0) continue;
      found.set(backend.origin.path, diagnostic('WEFT1905', backend.origin, `Service ${key} has no endpoint that is ready on port ${backend.port}`));
    }
  }
  return [...found.values()].sort((a, b) => byCodeUnit(a.at.path, b.at.path));
}

/** Undefined when there is no such port: that is said elsewhere. */
function endpointsReady(mesh: Mesh, service: ServiceKey, port: number): number | undefined {
  const plan = planService(mesh, service, PLAIN_VIEW).ports.find((each) => each.port === port);
  return plan?.endpoints.filter((endpoint) => endpoint.state === 'healthy').length;
}
