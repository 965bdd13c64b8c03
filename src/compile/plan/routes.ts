import { byCodeUnit, canonicalJson, type Diagnostic, type Origin } from '../../base/index.ts';
import {
  diagnostic,
  type HeaderChange,
  type HttpRoute,
  type Mesh,
  originOf,
  parentPorts,
  type RouteMatch,
  type RouteRule,
  type Service,
  type ServicePort,
} from '../../model/index.ts';
import type { RetryPlan, RouteAction, RoutePlan, TimeoutPlan, View, WeightedBackend } from '../plan.ts';
import { planBackend } from './backends.ts';
import { clusterName } from './names.ts';
import { byPrecedence, bySpecificity, type Candidate } from './precedence.ts';
import { routesSeen } from './scope.ts';

export const NO_CHANGE: HeaderChange = { set: [], add: [], remove: [] };
/** RFC 9110 §9.2.1: safe methods, without TRACE, which no client of a service uses. */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
/** Name of the route of a service for which nobody wrote one; no document's route can have it. */
const defaultRouteName = (service: Service): string => `default:${service.key}`;

interface Site {
  readonly mesh: Mesh;
  readonly service: Service;
  readonly port: ServicePort;
  readonly view: View;
}

/** Routes of the calls of a view that attach to the port, by precedence of age. */
export function attachedRoutes({ mesh, service, port, view }: Site): readonly HttpRoute[] {
  const caller = view.consumerNamespace === '' ? service.namespace : view.consumerNamespace;
  const attaches = (route: HttpRoute): boolean => route.parents.some((parent) => parent.service === service.key && parentPorts(service, parent).includes(port));
  return routesSeen(mesh, service.key, caller).filter(attaches);
}

/** The decision list of one HTTP port: the first match takes the request; with routes attached, a request without a match is answered 404. */
export function planRoutes(site: Site): readonly RoutePlan[] {
  const routes = attachedRoutes(site);
  if (routes.length === 0) return [defaultRoute(site)];
  return candidatesOf(routes).map((candidate) => planRoute(site, candidate));
}

function candidatesOf(routes: readonly HttpRoute[]): readonly Candidate[] {
  const all = routes.flatMap((route) => route.rules.flatMap((rule, ruleAt) => rule.matches.map((match, matchAt) => ({ route, rule, ruleAt, match, matchAt }))));
  return all.sort(byPrecedence);
}

interface Kept {
  readonly parts: readonly unknown[];
  readonly plan: RoutePlan;
}

/** By match and view: what was planned last, and the identity of everything it was planned from. */
const KEPT = new WeakMap<RouteMatch, Map<string, Kept>>();

/** The plan of one match; the very same object as before when nothing it depends on has changed, so that its bytes are encoded once. */
function planRoute(site: Site, candidate: Candidate): RoutePlan {
  const { mesh, port, view } = site;
  const parts = [
    mesh.config,
    mesh.documents.get(candidate.route.key),
    candidate.rule,
    ...candidate.rule.backends.map((backend) => mesh.services.get(backend.service)),
  ];
  const key = `${port.protocol}#${view.key}`;
  const kept = KEPT.get(candidate.match) ?? new Map<string, Kept>();
  const known = kept.get(key);
  if (known !== undefined && known.parts.length === parts.length && known.parts.every((part, at) => part === parts[at])) return known.plan;
  const plan = planAnew(site, candidate);
  KEPT.set(candidate.match, kept.set(key, { parts, plan }));
  return plan;
}

function planAnew(site: Site, { route, rule, match }: Candidate): RoutePlan {
  const { requestHeaders, responseHeaders, origin } = rule;
  const name = `${route.namespace}/${route.name}/${rule.name}`;
  return { name, rule: rule.name, match, requestHeaders, responseHeaders, action: actionOf(site, route, rule), origin };
}

function actionOf(site: Site, route: HttpRoute, rule: RouteRule): RouteAction {
  const backends = rule.backends.map((backend) => planBackend(site.mesh, { route, backend, view: site.view }));
  if (backends.length === 0) return { kind: 'unresolved', status: 500, why: 'the rule has no backendRefs' };
  if (backends.every((backend) => backend.weight === 0)) return { kind: 'unresolved', status: 500, why: 'all weights are 0' };
  const shares = backends.filter((backend) => backend.weight > 0);
  if (shares.every((backend) => backend.unresolved !== undefined)) return { kind: 'unresolved', status: 500, why: shares[0]?.unresolved ?? '' };
  return { kind: 'forward', backends, timeout: timeoutOf(site, route, rule), retry: retryOf(site) };
}

/** A gRPC call has its own deadline (`grpc-timeout`), so nothing is put on top of it unless a rule says so. */
function defaultTimeout({ mesh, port }: Site): TimeoutPlan {
  const requestMs = port.protocol === 'grpc' ? 0 : mesh.config.requestTimeoutMs;
  return { requestMs, tryMs: 0, requestOrigin: mesh.config.origin };
}

function timeoutOf(site: Site, route: HttpRoute, rule: RouteRule): TimeoutPlan {
  const fallback = defaultTimeout(site);
  const tryMs = rule.backendTimeoutMs ?? 0;
  if (rule.requestTimeoutMs === undefined) return { ...fallback, tryMs };
  return { requestMs: rule.requestTimeoutMs, tryMs, requestOrigin: placeIn(site.mesh, route, `${rule.origin.path}.timeouts.request`) };
}

/** A place inside a route's document, with its line when the document carries them. */
function placeIn(mesh: Mesh, route: HttpRoute, path: string): Origin {
  const document = mesh.documents.get(route.key);
  return document === undefined ? { ...route.origin, path } : originOf(document, path);
}

function retryOf({ mesh }: Site): RetryPlan {
  return { attempts: mesh.config.retryAttempts, safeMethods: SAFE_METHODS };
}

function defaultRoute(site: Site): RoutePlan {
  const { service, port, view } = site;
  const match: RouteMatch = { path: { kind: 'pathPrefix', value: '/' }, headers: [], query: [], origin: service.origin };
  const cluster = clusterName(service.host, port.port, view);
  const backend: WeightedBackend = {
    service: service.key,
    port: port.port,
    cluster,
    weight: 1,
    requestHeaders: NO_CHANGE,
    responseHeaders: NO_CHANGE,
    origin: port.origin,
  };
  const action: RouteAction = { kind: 'forward', backends: [backend], timeout: defaultTimeout(site), retry: retryOf(site) };
  return { name: defaultRouteName(service), rule: 'default', match, requestHeaders: NO_CHANGE, responseHeaders: NO_CHANGE, action, origin: service.origin };
}

/** What two matches must have in common for one of them never to be reached. */
function meaningOf({ path, method, headers, query }: RouteMatch): string {
  const sorted = (list: RouteMatch['headers']): RouteMatch['headers'] => [...list].sort((a, b) => byCodeUnit(a.name, b.name));
  const value = path.kind === 'pathPrefix' ? path.value.replace(/(.)\/+$/, '$1') : path.value;
  return canonicalJson({ path: { kind: path.kind, value }, method, headers: sorted(headers), query: sorted(query) });
}

/** Equal matches: within a route the later one is never reached; between routes age decides (both are told to the loser). */
export function shadowDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const parent of route.parents) {
    const home = parent.service.slice(0, parent.service.indexOf('/'));
    const routes = routesSeen(mesh, parent.service, route.namespace).filter((each) => each.namespace === route.namespace);
    if (route.namespace !== home && routes.length === 0) continue;
    const winners = new Map<string, Candidate>();
    for (const candidate of candidatesOf(routes)) {
      const winner = winners.get(meaningOf(candidate.match));
      if (winner === undefined) winners.set(meaningOf(candidate.match), candidate);
      else if (candidate.route.key === route.key) found.push(shadowed(candidate, winner));
    }
  }
  return found.filter((each, at) => found.findIndex((other) => other.at.path === each.at.path && other.message === each.message) === at);
}

function shadowed(loser: Candidate, winner: Candidate): Diagnostic {
  if (loser.route.key === winner.route.key) {
    return diagnostic('WEFT1404', loser.match.origin, `the same as ${winner.match.origin.path}, which is tried first; this match is never reached`);
  }
  const why = bySpecificity(loser.match, winner.match) === 0 && loser.route.createdAt !== winner.route.createdAt ? 'older' : 'first by name';
  return diagnostic(
    'WEFT1403',
    loser.match.origin,
    `HTTPRoute ${winner.route.namespace}/${winner.route.name} (${winner.match.origin.path}) matches the same requests and is ${why}; it gets them`,
  );
}

/** Parents that are not there, have no such port, or do not speak HTTP on it. */
export function parentDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  return route.parents.flatMap((parent) => {
    const service = mesh.services.get(parent.service);
    if (service === undefined) return [diagnostic('WEFT1307', parent.origin, `Service ${parent.service} does not exist`)];
    const ports = parentPorts(service, parent);
    const has = service.ports.map((port) => port.port).join(', ');
    if (ports.length === 0)
      return [diagnostic('WEFT1308', parent.origin, `Service ${parent.service} has no port ${parent.port ?? `"${parent.section ?? ''}"`}; it has ${has}`)];
    if (parent.port === undefined && parent.section === undefined && ports.some((port) => port.protocol !== 'tcp')) return [];
    return ports
      .filter((port) => port.protocol === 'tcp')
      .map((port) => diagnostic('WEFT1402', parent.origin, `port ${port.port} of Service ${parent.service} speaks TCP, so the route has no effect on it`));
  });
}
