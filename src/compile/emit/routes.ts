import type { Diagnostic } from '../../base/index.ts';
import {
  encode,
  FractionalPercent_DenominatorType,
  headerMatcher,
  type Init,
  type MessageInitShape,
  pointsAt,
  preencoded,
  type Reference,
  RouteConfigurationSchema,
  RouteSchema,
  referencesIn,
  stringMatcher,
  violations,
} from '../../envoy/index.ts';
import { diagnostic, type Protocol, type SessionPersistence } from '../../model/index.ts';
import { contributionOf } from '../../policy/index.ts';
import type { AnswerPlan, RoutePlan, ServicePortPlan, WeightedBackend } from '../plan.ts';
import { carriesPort, closedAnswer, redirectAction, respondAction, respondHeaders, unresolvedRoute } from './answers.ts';
import { routeFilters, routeMetadata, variantsOf, withFilters } from './contributions.ts';
import { type Emission, type Forward, forwardAction, needsOwnRoute, sharesOf, stickySession } from './forward.ts';
import { isByName } from './lookups.ts';
import { otherName } from './nowhere.ts';
import { armOf, armValue, authorizerFilters, corsFilters, foreignPreflight, REFUSED_PREFLIGHT, sessionFilters } from './per-route.ts';
import { CAUSE_HEADER } from './reasons.ts';
import { ADDITION_NAMES, RETRY_HEADER } from './retry.ts';
import { commonRetry, ownRetryFilters } from './retry-methods.ts';
import { emitHeaders, joined } from './route-headers.ts';
import { emitMatch, type MatchInit, preflightMatch } from './route-match.ts';

type RouteInit = Omit<Init<typeof RouteSchema>, 'match'> & ReturnType<typeof emitHeaders> & { readonly match: MatchInit };

/** What routes of a plan have in common; `backend` has filters of its own, or is the only one. */
function frameOf({ plan }: Emission, backend?: WeightedBackend) {
  const contributed = routeFilters(plan.contributions);
  const session = plan.action.kind === 'forward' ? plan.action.session : undefined;
  const asked = plan.action.kind === 'forward' ? authorizerFilters(plan.action.authorizer) : {};
  const filters = { ...contributed.typedPerFilterConfig, ...asked, ...corsFilters(backend?.cors ?? plan.cors), ...sessionFilters(session) };
  return {
    name: plan.name,
    match: emitMatch(plan),
    ...emitHeaders(backend === undefined ? plan : joined(backend, plan)),
    ...routeMetadata(plan.contributions),
    ...(Object.keys(filters).length === 0 ? {} : { typedPerFilterConfig: filters }),
  };
}

/** The routes of a plan, in order: usually one. */
function emitRoutes(emission: Emission): readonly RouteInit[] {
  const { action } = emission.plan;
  if (contributionOf(emission.plan.contributions, 'closed') !== undefined) return [closed(emission)];
  const routes = action.kind === 'forward' ? forwarding(emission, action) : answering(emission);
  return routes.flatMap((route) => [...refusedPreflights(emission.plan, route), route, ...preflights(emission.plan, route)]);
}

/** Preflights of origins that are not allowed end here: Envoy's filter would answer them with some of the headers that allow. */
function refusedPreflights({ cors, ...plan }: RoutePlan, route: RouteInit): readonly RouteInit[] {
  if (cors === undefined) return [];
  const match = preflightMatch(plan) ?? route.match;
  const headers = [...match.headers, ...foreignPreflight(cors)];
  const { typedPerFilterConfig: _, ...bare } = route;
  return [{ ...bare, name: `${route.name}#origin`, match: { ...route.match, ...match, headers }, action: REFUSED_PREFLIGHT }];
}

/** With CORS and a condition on the method, preflights take the route as well: they only name the method. */
function preflights(plan: RoutePlan, route: RouteInit): readonly RouteInit[] {
  const cors = plan.cors !== undefined || (plan.action.kind === 'forward' && plan.action.backends.some((backend) => backend.cors !== undefined));
  const match = cors ? preflightMatch(plan) : undefined;
  if (match === undefined) return [];
  return [{ ...route, name: `${route.name}#preflight`, match: { ...route.match, ...match } }];
}

/** Nobody is let in: whatever the rule would do. */
function closed(emission: Emission): RouteInit {
  const frame = frameOf(emission);
  const { action, reason } = closedAnswer();
  return { ...frame, responseHeadersToAdd: [...frame.responseHeadersToAdd, ...reason], action };
}

function answering(emission: Emission): readonly RouteInit[] {
  const { action } = emission.plan;
  const frame = frameOf(emission);
  if (action.kind === 'unresolved') {
    const { action: answer, reason } = unresolvedRoute(emission.plan, action);
    return [{ ...frame, responseHeadersToAdd: [...frame.responseHeadersToAdd, ...reason], action: answer }];
  }
  return action.kind === 'forward' ? [] : answers(emission, frame, action);
}

type Frame = ReturnType<typeof frameOf>;

function answers({ plan }: Emission, frame: Frame, answer: AnswerPlan): readonly RouteInit[] {
  if (answer.kind === 'respond') {
    return [{ ...frame, responseHeadersToAdd: [...respondHeaders(answer), ...frame.responseHeadersToAdd], action: respondAction(answer) }];
  }
  const ignoreCase = plan.narrowed.some((each) => each.ignorePathCase);
  const plain = { ...frame, action: redirectAction(answer, { ignoreCase, writtenPort: false }) };
  if (!carriesPort(answer)) return [plain];
  const headers = [...frame.match.headers, headerMatcher(':authority', 'regex', '.*:[0-9]+')];
  const written = redirectAction(answer, { ignoreCase, writtenPort: true });
  return [{ ...frame, name: `${frame.name}#port`, match: { ...frame.match, headers }, action: written }, plain];
}

/** One route with weighted shares; one for each share where some of them are treated in ways that only a route can say. */
function forwarding(emission: Emission, action: Forward): readonly RouteInit[] {
  const session = stickySession(action);
  const pinned = session === undefined ? [] : sharesOf(action).map((backend) => pinnedRoute(emission, action, { session, backend }));
  return [...pinned, ...drawn(emission, action)];
}

interface Pinned {
  readonly session: SessionPersistence;
  readonly backend: WeightedBackend;
}

/** For requests of a session that is with a backend already. */
function pinnedRoute(emission: Emission, action: Forward, { session, backend }: Pinned): RouteInit {
  const route = forward(emission, action, [backend], backend);
  const cookie = { name: armOf(session), stringMatch: stringMatcher('exact', armValue(backend)) };
  return { ...route, name: `${route.name}#${armValue(backend)}`, match: { ...route.match, cookies: [...(route.match.cookies ?? []), cookie] } };
}

/** Which backend a request goes to is drawn. */
function drawn(emission: Emission, action: Forward): readonly RouteInit[] {
  const shares = sharesOf(action);
  const [only] = shares;
  if (!shares.some(needsOwnRoute)) return [forward(emission, action, shares, shares.length === 1 ? only : undefined)];
  const total = shares.reduce((sum, backend) => sum + backend.weight, 0);
  let before = 0;
  return shares.flatMap((backend, at) => {
    before += backend.weight;
    const routes =
      backend.answer === undefined ? [forward(emission, action, [backend], backend)] : answers(emission, frameOf(emission, backend), backend.answer);
    return at === shares.length - 1 ? routes : routes.map((route) => ({ ...route, match: { ...route.match, ...upTo(before / total) } }));
  });
}

/** Envoy draws one number for a request and asks every route with it, so shares are the steps between rising limits. */
function upTo(share: number) {
  const numerator = Math.round(share * 1_000_000);
  return { runtimeFraction: { defaultValue: { numerator, denominator: FractionalPercent_DenominatorType.MILLION }, runtimeKey: 'weft.share' } };
}

function forward(emission: Emission, action: Forward, shares: readonly WeightedBackend[], backend: WeightedBackend | undefined): RouteInit {
  const frame = frameOf(emission, backend);
  // Without attempts, what the filter adds for safe methods must not begin any.
  const none = action.retry.attempts === 0 && emission.common.attempts > 0 ? ADDITION_NAMES : [];
  const value = forwardAction(emission, action, shares);
  const filters = withFilters(frame.typedPerFilterConfig, ownRetryFilters(emission.common, action.retry));
  return { ...frame, ...filters, requestHeadersToRemove: [...frame.requestHeadersToRemove, ...none], action: { case: 'route', value } };
}

/** A route, and before it those that policies put in its place for some of its requests. */
function withVariants(plan: RoutePlan, route: RouteInit): readonly RouteInit[] {
  const variants = variantsOf(plan.contributions).map(({ name, when, typedPerFilterConfig }) => {
    const headers = [...route.match.headers, ...(when.headers ?? [])];
    const queryParameters = [...route.match.queryParameters, ...(when.queryParameters ?? [])];
    const match = { ...route.match, ...when, headers, queryParameters };
    return { ...route, name: `${route.name}#${name}`, match, typedPerFilterConfig: { ...route.typedPerFilterConfig, ...typedPerFilterConfig } };
  });
  return [...variants, route];
}

interface Encoded {
  readonly protocol: Protocol;
  /** What the virtual host says of retries. */
  readonly common: string;
  /** The routes of a plan, in order. */
  readonly routes: readonly MessageInitShape<typeof RouteSchema>[];
  readonly references: readonly Reference[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Routes that were encoded before: a plan is the same object while nothing it is made from changes (see plan/route.ts). */
const ENCODED = new WeakMap<RoutePlan, readonly Encoded[]>();

function encodeRoute(emission: Emission): Encoded {
  const { plan, protocol, common } = emission;
  const kept = ENCODED.get(plan) ?? [];
  const known = kept.find((each) => each.protocol === protocol && each.common === common.key);
  if (known !== undefined) return known;
  const routes = emitRoutes(emission).flatMap((route) => withVariants(plan, route));
  const found = routes.flatMap((route) => violations(RouteSchema, route));
  const diagnostics = found.map(({ path, rule }) => diagnostic('WEFT1502', plan.match.origin, `Envoy would refuse ${path}: ${rule}`));
  const bytes = routes.map((route) => encode(RouteSchema, route));
  const encoded = {
    protocol,
    common: common.key,
    routes: bytes.map((each) => preencoded<typeof RouteSchema>(each)),
    references: bytes.flatMap((each) => referencesIn(RouteSchema, each)),
    diagnostics,
  };
  ENCODED.set(plan, [...kept, encoded]);
  return encoded;
}

/** What a virtual host is made of: of a service's port, or of a host of a gateway's listener. */
export interface HostPlan {
  readonly name: string;
  readonly protocol: Protocol;
  readonly routes: readonly RoutePlan[];
}

/** A virtual host but for its domains, its routes encoded; with what Envoy would say against them. */
export function emitVirtualHost(port: HostPlan) {
  const forward = port.routes.map((route) => route.action).find((action) => action.kind === 'forward');
  const { host: retries, ...common } = commonRetry(forward?.retry);
  const all = port.routes.map((plan) => encodeRoute({ plan, protocol: port.protocol, common }));
  const routes = all.flatMap((each) => each.routes);
  const host = { name: port.name, routes, ...retries };
  return { host, references: all.map((each) => each.references), diagnostics: all.flatMap((each) => each.diagnostics) };
}

export function hostOf({ host, port, protocol, routes }: ServicePortPlan): HostPlan {
  return { name: `${host}:${port}`, protocol, routes };
}

/**
 * The route table of one port of a service: the address called has decided already, so one virtual host takes every Host header.
 * A `weft-reason` is not removed here: it is the peer's sidecar's, which strips what an application writes.
 */
export function emitRouteTable(port: ServicePortPlan): { readonly bytes: Uint8Array; readonly diagnostics: readonly Diagnostic[] } {
  const { host, references, diagnostics } = emitVirtualHost(hostOf(port));
  const encoded = (routes: typeof host.routes): Uint8Array =>
    encode(RouteConfigurationSchema, {
      name: port.routesName,
      virtualHosts: isByName(port)
        ? [{ ...host, routes, domains: [port.host, `${port.host}:${port.port}`] }, otherName(port)]
        : [{ ...host, routes, domains: ['*'] }],
      responseHeadersToRemove: [RETRY_HEADER, CAUSE_HEADER],
      validateClusters: false,
    });
  const bytes = encoded(host.routes);
  pointsAt(bytes, [referencesIn(RouteConfigurationSchema, encoded([])), ...references]);
  return { bytes, diagnostics };
}
