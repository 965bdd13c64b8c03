// One rule and one match of a route document as a decision: the same for a Service's port and for a Gateway's virtual host.
import {
  type BackendRef,
  backendTlsOf,
  grantsOf,
  type HeaderChange,
  type HttpRoute,
  type Mesh,
  type Protocol,
  type RouteMatch,
  type RouteRule,
  type Service,
  splitServiceKey,
  targetsOf,
} from '../../model/index.ts';
import type { Contribution } from '../../policy/index.ts';
import type { RouteAction, RoutePlan, View, WeightedBackend } from '../plan.ts';
import { destinationOf } from './backends.ts';
import { candidatesOf } from './ledger.ts';
import { UNRESOLVED_CLUSTER } from './names.ts';
import { type Acting, actingForRule, type Place, patienceOf } from './policies.ts';
import type { Candidate } from './precedence.ts';
import { reachOf, withProcessors } from './processors.ts';
import { anyoneAsks } from './route-filters.ts';
import { serviceBehind, subsetBehind } from './targets.ts';
import { type FilterSite, type Treatment, treatmentOf } from './treatment.ts';
import { backendView } from './view.ts';

export const NO_CHANGE: HeaderChange = { set: [], add: [], remove: [] };

/** Where routes are planned: what of a port or a listener decides what becomes of them. */
export interface RouteSite extends FilterSite {
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
  return planCandidates(site, candidatesOf(routes));
}

/** The same for matches that are in order already. Those that ask for another caller are left out. */
export function planCandidates(site: RouteSite, candidates: readonly Candidate[]): readonly RoutePlan[] {
  const meant = anyoneAsks(site.mesh) ? candidates.filter((candidate) => isForCaller(site.view, candidate)) : candidates;
  return meant.map((candidate) => planRoute(site, candidate));
}

function isForCaller({ sources }: View, { extensions }: Candidate): boolean {
  return extensions.every(({ filter, source }) => source === undefined || sources.includes(filter));
}

type Known = Pick<Mesh, 'config' | 'policies' | 'services' | 'subsets' | 'grants' | 'backendTls'>;

interface Kept {
  readonly seen: string;
  readonly protocol: Protocol;
  /** Of the listener, where a redirect may write it; else 0. */
  readonly port: number;
  readonly mesh: Known;
  readonly base: Acting;
  readonly rule: RouteRule;
  readonly behind: readonly unknown[];
  readonly plan: RoutePlan;
}

/** By match and site: what was planned last, and the identity of everything it was planned from. */
const KEPT = new WeakMap<RouteMatch, readonly Kept[]>();

/** The plan of one match; the very same object as before when nothing it depends on has changed, so that its bytes are encoded once. */
export function planRoute(site: RouteSite, candidate: Candidate): RoutePlan {
  const { mesh, protocol, view, gateway, listener } = site;
  const seen = gateway === undefined ? view.key : `${view.key}#${gateway.namespace}/${gateway.name}`;
  const port = writesPort(candidate) ? listener.port : 0;
  const kept = KEPT.get(candidate.match) ?? [];
  const known = kept.find((each) => each.port === port && each.seen === seen && each.protocol === protocol);
  if (known !== undefined && isCurrent(known, site, candidate)) return known.plan;
  const plan = planAnew(site, candidate);
  const { config, policies, services, subsets, grants, backendTls } = mesh;
  const behind = behindOf(mesh, candidate);
  const fresh = {
    seen,
    protocol,
    port,
    mesh: { config, policies, services, subsets, grants, backendTls },
    base: site.base,
    rule: candidate.rule,
    behind,
    plan,
  };
  KEPT.set(candidate.match, [...kept.filter((each) => each !== known), fresh]);
  return plan;
}

/** A redirect may write the port of the listener. */
function writesPort({ rule }: Candidate): boolean {
  return rule.redirect !== undefined || rule.backends.some((backend) => backend.redirect !== undefined);
}

/** Asked for every route of a table at every change of it. The rule stands for its document and its filters: they are read anew together. */
function isCurrent(known: Kept, { mesh, view, base }: RouteSite, candidate: Candidate): boolean {
  const { config, policies, services, subsets, grants, backendTls } = known.mesh;
  if (known.rule !== candidate.rule || known.base !== base || config !== mesh.config || policies !== mesh.policies) return false;
  // Whether those are there whom filters call, and may be; secrets, and what providers say of themselves, decide whether anybody is let in.
  const { contributions, acting } = known.plan;
  if (contributions !== acting.contributions && reached({ mesh, view }, acting.contributions) !== contributions) return false;
  if (services === mesh.services && subsets === mesh.subsets && grants === mesh.grants && backendTls === mesh.backendTls) return true;
  const behind = behindOf(mesh, candidate);
  return known.behind.length === behind.length && behind.every((part, at) => part === known.behind[at]);
}

/** What stands behind the backends and mirrors of a rule, and what permits to go there. */
function behindOf(mesh: Mesh, { route, rule }: Candidate): readonly unknown[] {
  return targetsOf({ rules: [rule] }).flatMap((target) => {
    const key = serviceBehind(mesh, target);
    const service = key === undefined ? undefined : mesh.services.get(key);
    const own = [subsetBehind(mesh, target), service, ...opening(mesh, service)];
    return target.namespace === route.namespace ? own : [...own, ...grantsOf(mesh, target.namespace)];
  });
}

/** Whether requests can go to a port with TLS of the application's own, policies for it decide. */
function opening(mesh: Mesh, service: Service | undefined): readonly unknown[] {
  if (service === undefined || !service.ports.some(({ encrypted }) => encrypted === true)) return [];
  return backendTlsOf(mesh, splitServiceKey(service.key));
}

function planAnew(site: RouteSite, candidate: Candidate): RoutePlan {
  const { route, rule, match, extensions } = candidate;
  const acting = actingForRule(site.place, site.base, { route, rule });
  const treatment = treatmentOf(site, { route, filters: rule, path: match.path });
  const { requestHeaders, responseHeaders, cors } = treatment;
  return {
    name: `${route.namespace}/${route.name}/${rule.name}`,
    rule: rule.name,
    match,
    narrowed: extensions,
    requestHeaders,
    responseHeaders,
    ...(cors === undefined ? {} : { cors }),
    grpc: route.kind === 'GRPCRoute',
    action: actionOf(site, { ...candidate, acting, treatment }),
    contributions: reached(site, acting.contributions),
    acting,
    origin: rule.origin,
  };
}

/** The contributions of a place, with the clusters of the services that they call as this place sees them. */
export function reached({ mesh, view }: Pick<RouteSite, 'mesh' | 'view'>, contributions: readonly Contribution[]): readonly Contribution[] {
  return withProcessors(
    contributions,
    reachOf(mesh, view.consumerNamespace, (service) => backendView(mesh, view, service)),
  );
}

interface Rule extends Candidate {
  readonly acting: Acting;
  readonly treatment: Treatment;
}

function actionOf(site: RouteSite, candidate: Rule): RouteAction {
  const { rule, acting, treatment } = candidate;
  if (treatment.problem !== undefined) return unresolved(candidate, treatment.problem);
  if (treatment.answer !== undefined) return treatment.answer;
  const backends = rule.backends.map((backend) => planBackend(site, candidate, backend));
  if (backends.length === 0) return unresolved(candidate, 'the rule has no backendRefs');
  const shares = backends.filter((backend) => backend.weight > 0);
  if (shares.length === 0) return unresolved(candidate, 'all weights are 0');
  if (shares.every((backend) => backend.unresolved !== undefined)) return unresolved(candidate, shares[0]?.unresolved ?? '');
  const { rewrite, mirrors, authorizer } = treatment;
  const session = rule.session === undefined ? {} : { session: rule.session };
  return {
    kind: 'forward',
    backends,
    ...patienceOf(acting),
    ...(rewrite === undefined ? {} : { rewrite }),
    mirrors,
    ...session,
    ...(authorizer === undefined ? {} : { authorizer }),
  };
}

/** Gateway API: 500, and UNAVAILABLE where gRPC is spoken (Envoy makes that of 503). */
function unresolved({ route }: Candidate, why: string): RouteAction {
  return { kind: 'unresolved', status: route.kind === 'GRPCRoute' ? 503 : 500, why };
}

function planBackend(site: RouteSite, { route, match }: Candidate, backend: BackendRef): WeightedBackend {
  const { problem, ...own } = treatmentOf(site, { route, filters: backend, path: match.path });
  const to = destinationOf(site.mesh, { route, target: backend.target, view: site.view });
  const planned = { ...to, ...own, weight: backend.weight, origin: backend.origin };
  return problem === undefined ? planned : { ...planned, cluster: UNRESOLVED_CLUSTER, unresolved: problem };
}
