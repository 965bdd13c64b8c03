// One rule and one match of a route document as a decision: the same for a Service's port and for a Gateway's virtual host.
import type { HeaderChange, HttpRoute, Mesh, Protocol, RouteMatch, RouteRule } from '../../model/index.ts';
import type { RouteAction, RoutePlan, View } from '../plan.ts';
import { planBackend } from './backends.ts';
import { candidatesOf } from './ledger.ts';
import { type Acting, actingForRule, type Place, patienceOf } from './policies.ts';
import type { Candidate } from './precedence.ts';

export const NO_CHANGE: HeaderChange = { set: [], add: [], remove: [] };

/** Where routes are planned: what of a port or a listener decides what becomes of them. */
export interface RouteSite {
  readonly mesh: Mesh;
  /** What the clients there speak. */
  readonly protocol: Protocol;
  /** How whoever runs the routes sees the services behind them. */
  readonly view: View;
  /** Of the Gateway whose listener it is; absent in a mesh. */
  readonly gateway?: { readonly namespace: string; readonly name: string };
  /** Where policies are asked, and what holds there whatever the route. */
  readonly place: Place;
  readonly base: Acting;
}

/** The decisions of routes in the order in which requests are tried against them; the first match takes the request. */
export function planRouteList(site: RouteSite, routes: readonly HttpRoute[]): readonly RoutePlan[] {
  return candidatesOf(routes).map((candidate) => planRoute(site, candidate));
}

interface Kept {
  readonly seen: string;
  readonly protocol: Protocol;
  readonly mesh: Pick<Mesh, 'config' | 'policies' | 'services'>;
  readonly base: Acting;
  readonly rule: RouteRule;
  readonly backends: readonly unknown[];
  readonly plan: RoutePlan;
}

/** By match and view: what was planned last, and the identity of everything it was planned from. */
const KEPT = new WeakMap<RouteMatch, readonly Kept[]>();

/** The plan of one match; the very same object as before when nothing it depends on has changed, so that its bytes are encoded once. */
export function planRoute(site: RouteSite, candidate: Candidate): RoutePlan {
  const { mesh, protocol, view, gateway } = site;
  const seen = gateway === undefined ? view.key : `${view.key}#${gateway.namespace}/${gateway.name}`;
  const kept = KEPT.get(candidate.match) ?? [];
  const known = kept.find((each) => each.seen === seen && each.protocol === protocol);
  if (known !== undefined && isCurrent(known, site, candidate)) return known.plan;
  const plan = planAnew(site, candidate);
  const { config, policies, services } = mesh;
  const backends = candidate.rule.backends.map((backend) => services.get(backend.service));
  const fresh = { seen, protocol, mesh: { config, policies, services }, base: site.base, rule: candidate.rule, backends, plan };
  KEPT.set(candidate.match, [...kept.filter((each) => each !== known), fresh]);
  return plan;
}

/** Asked for every route of a table at every change of it. The rule stands for its document: both are read anew together. */
function isCurrent(known: Kept, { mesh, base }: RouteSite, { rule }: Candidate): boolean {
  if (known.rule !== rule || known.base !== base || known.mesh.config !== mesh.config || known.mesh.policies !== mesh.policies) return false;
  return known.mesh.services === mesh.services || rule.backends.every((backend, at) => mesh.services.get(backend.service) === known.backends[at]);
}

function planAnew(site: RouteSite, { route, rule, match }: Candidate): RoutePlan {
  const { requestHeaders, responseHeaders, origin } = rule;
  const name = `${route.namespace}/${route.name}/${rule.name}`;
  const acting = actingForRule(site.place, site.base, { route, rule });
  return {
    name,
    rule: rule.name,
    match,
    requestHeaders,
    responseHeaders,
    action: actionOf(site, { route, rule, acting }),
    contributions: acting.contributions,
    acting,
    origin,
  };
}

interface Rule {
  readonly route: HttpRoute;
  readonly rule: RouteRule;
  readonly acting: Acting;
}

function actionOf(site: RouteSite, { route, rule, acting }: Rule): RouteAction {
  const backends = rule.backends.map((backend) => planBackend(site.mesh, { route, backend, view: site.view }));
  if (backends.length === 0) return { kind: 'unresolved', status: 500, why: 'the rule has no backendRefs' };
  if (backends.every((backend) => backend.weight === 0)) return { kind: 'unresolved', status: 500, why: 'all weights are 0' };
  const shares = backends.filter((backend) => backend.weight > 0);
  if (shares.every((backend) => backend.unresolved !== undefined)) return { kind: 'unresolved', status: 500, why: shares[0]?.unresolved ?? '' };
  return { kind: 'forward', backends, ...patienceOf(acting) };
}
