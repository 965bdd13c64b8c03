// One rule and one match of a route document as a decision: the same for a Service's port and for a Gateway's virtual host.
import type { Origin } from '../../base/index.ts';
import { type HeaderChange, type HttpRoute, type Mesh, originOf, type Protocol, type RouteMatch, type RouteRule } from '../../model/index.ts';
import type { RetryPlan, RouteAction, RoutePlan, TimeoutPlan, View } from '../plan.ts';
import { planBackend } from './backends.ts';
import { byPrecedence, type Candidate } from './precedence.ts';

export const NO_CHANGE: HeaderChange = { set: [], add: [], remove: [] };
/** RFC 9110 §9.2.1: safe methods, without TRACE, which no client of a service uses. */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Where routes are planned: what of a port or a listener decides what becomes of them. */
export interface RouteSite {
  readonly mesh: Mesh;
  /** What the clients there speak. */
  readonly protocol: Protocol;
  /** How whoever runs the routes sees the services behind them. */
  readonly view: View;
  /** Of the Gateway whose listener it is; absent in a mesh. */
  readonly gateway?: { readonly namespace: string; readonly name: string };
}

/** The decisions of routes in the order in which requests are tried against them; the first match takes the request. */
export function planRouteList(site: RouteSite, routes: readonly HttpRoute[]): readonly RoutePlan[] {
  return candidatesOf(routes).map((candidate) => planRoute(site, candidate));
}

/** Every match of every rule, by precedence. */
export function candidatesOf(routes: readonly HttpRoute[]): readonly Candidate[] {
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
export function planRoute(site: RouteSite, candidate: Candidate): RoutePlan {
  const { mesh, protocol, view, gateway } = site;
  const parts = [
    mesh.config,
    mesh.documents.get(candidate.route.key),
    candidate.rule,
    ...candidate.rule.backends.map((backend) => mesh.services.get(backend.service)),
  ];
  const key = `${protocol}#${view.key}#${gateway === undefined ? '' : `${gateway.namespace}/${gateway.name}`}`;
  const kept = KEPT.get(candidate.match) ?? new Map<string, Kept>();
  const known = kept.get(key);
  if (known !== undefined && known.parts.length === parts.length && known.parts.every((part, at) => part === parts[at])) return known.plan;
  const plan = planAnew(site, candidate);
  KEPT.set(candidate.match, kept.set(key, { parts, plan }));
  return plan;
}

function planAnew(site: RouteSite, { route, rule, match }: Candidate): RoutePlan {
  const { requestHeaders, responseHeaders, origin } = rule;
  const name = `${route.namespace}/${route.name}/${rule.name}`;
  return { name, rule: rule.name, match, requestHeaders, responseHeaders, action: actionOf(site, route, rule), origin };
}

function actionOf(site: RouteSite, route: HttpRoute, rule: RouteRule): RouteAction {
  const backends = rule.backends.map((backend) => planBackend(site.mesh, { route, backend, view: site.view }));
  if (backends.length === 0) return { kind: 'unresolved', status: 500, why: 'the rule has no backendRefs' };
  if (backends.every((backend) => backend.weight === 0)) return { kind: 'unresolved', status: 500, why: 'all weights are 0' };
  const shares = backends.filter((backend) => backend.weight > 0);
  if (shares.every((backend) => backend.unresolved !== undefined)) return { kind: 'unresolved', status: 500, why: shares[0]?.unresolved ?? '' };
  return { kind: 'forward', backends, timeout: timeoutOf(site, route, rule), retry: retryOf(site) };
}

/** A gRPC call has its own deadline (`grpc-timeout`), so nothing is put on top of it unless a rule says so. */
export function defaultTimeout({ mesh, protocol }: RouteSite): TimeoutPlan {
  const requestMs = protocol === 'grpc' ? 0 : mesh.config.requestTimeoutMs;
  return { requestMs, tryMs: 0, requestOrigin: mesh.config.origin };
}

function timeoutOf(site: RouteSite, route: HttpRoute, rule: RouteRule): TimeoutPlan {
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

export function retryOf({ mesh }: RouteSite): RetryPlan {
  return { attempts: mesh.config.retryAttempts, safeMethods: SAFE_METHODS };
}
