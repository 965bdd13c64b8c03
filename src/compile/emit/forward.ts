// Requests that go on to backends.
import { duration, type Init, percent, RouteAction_ClusterNotFoundResponseCode, type RouteActionSchema } from '../../envoy/index.ts';
import type { Protocol, SessionPersistence } from '../../model/index.ts';
import type { MirrorPlan, RewritePlan, RouteAction, RoutePlan, WeightedBackend } from '../plan.ts';
import { actionFields } from './contributions.ts';
import { pathFields } from './path-rewrite.ts';
import { armCookie } from './per-route.ts';
import { type CommonRetry, emitHedge, ownRetry } from './retry.ts';
import { emitHeaders, hostRewrite } from './route-headers.ts';

export type Forward = Extract<RouteAction, { kind: 'forward' }>;

export interface Emission {
  readonly plan: RoutePlan;
  readonly protocol: Protocol;
  /** The retry policy on the virtual host, which holds for routes that have none of their own. */
  readonly common: CommonRetry;
}

/** Backends that take a share. */
export function sharesOf({ backends }: Forward): readonly WeightedBackend[] {
  return backends.filter((backend) => backend.weight > 0);
}

/** A backend with filters that Envoy knows on routes only, not on the shares of one. */
export function needsOwnRoute({ rewrite, mirrors, cors, answer }: WeightedBackend): boolean {
  return rewrite?.path !== undefined || mirrors.length > 0 || cors !== undefined || answer !== undefined;
}

/** A server outside is asked for by its own name, unless a filter says another. */
function ownHost({ host }: Pick<WeightedBackend, 'host'>) {
  return host === undefined ? {} : { hostRewriteSpecifier: { case: 'hostRewriteLiteral', value: host } as const };
}

function clusterSpecifier(backends: readonly WeightedBackend[], session: SessionPersistence | undefined) {
  const [only] = backends;
  if (backends.length === 1 && only !== undefined) return { case: 'cluster', value: only.cluster } as const;
  const clusters = backends.map((backend) => ({
    name: backend.cluster,
    weight: backend.weight,
    ...withCookie(emitHeaders(backend), session, backend),
    ...ownHost(backend),
    ...hostRewrite(backend.requestHeaders, backend.rewrite),
  }));
  return { case: 'weightedClusters', value: { clusters } } as const;
}

type Headers = ReturnType<typeof emitHeaders>;

/** Header changes, and with a session the cookie that says with which backend it is. */
export function withCookie<H extends Headers>(headers: H, session: SessionPersistence | undefined, backend: WeightedBackend): H {
  return session === undefined ? headers : { ...headers, responseHeadersToAdd: [...headers.responseHeadersToAdd, armCookie(session, backend)] };
}

/** The session that has to stay with one of several backends; its endpoint is another filter's matter. */
export function stickySession(action: Forward): SessionPersistence | undefined {
  return action.session?.type === 'Cookie' && sharesOf(action).length > 1 ? action.session : undefined;
}

/** The deadline a gRPC client sends is kept, however long; without one there is none. */
function streamLimits(grpc: boolean, streamMs: number | undefined) {
  if (!grpc && streamMs === undefined) return {};
  const most = streamMs === undefined ? {} : { maxStreamDuration: duration(streamMs) };
  return { maxStreamDuration: { ...most, ...(grpc ? { grpcTimeoutHeaderMax: duration(0) } : {}) } };
}

/** The application behind a mirror sees what is sent, not that it is a copy: Envoy would append `-shadow` to the host. */
function mirrorPolicy({ cluster, share }: MirrorPlan) {
  const some = share < 1 ? { runtimeFraction: { defaultValue: percent(share * 100), runtimeKey: 'weft.mirror' } } : {};
  return { cluster, ...some, traceSampled: true, disableShadowHostSuffixAppend: true };
}

/** The action for requests that go to `shares`: all of them, or the one that has a route of its own. */
export function forwardAction({ plan, protocol, common }: Emission, action: Forward, shares: readonly WeightedBackend[]): Init<typeof RouteActionSchema> {
  const [only] = shares;
  const single = shares.length === 1 && only !== undefined ? only : undefined;
  const rewrite: RewritePlan | undefined = single?.rewrite === undefined ? action.rewrite : { ...action.rewrite, ...single.rewrite };
  const mirrors = [...action.mirrors, ...(single?.mirrors ?? [])].map(mirrorPolicy);
  const retryPolicy = ownRetry(common, action);
  const headers = single === undefined ? plan.requestHeaders : { ...plan.requestHeaders, set: [...single.requestHeaders.set, ...plan.requestHeaders.set] };
  return {
    clusterSpecifier: clusterSpecifier(shares, stickySession(action)),
    clusterNotFoundResponseCode: RouteAction_ClusterNotFoundResponseCode.INTERNAL_SERVER_ERROR,
    timeout: duration(action.timeout.requestMs),
    ...(action.timeout.idleMs === undefined ? {} : { idleTimeout: duration(action.timeout.idleMs) }),
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
    ...emitHedge(action.retry),
    ...(single === undefined ? {} : ownHost(single)),
    ...hostRewrite(headers, rewrite),
    ...pathFields(
      rewrite?.path,
      plan.narrowed.some((each) => each.ignorePathCase),
    ),
    ...(mirrors.length === 0 ? {} : { requestMirrorPolicies: mirrors }),
    ...streamLimits(plan.grpc || protocol === 'grpc', action.timeout.streamMs),
    ...actionFields(plan.contributions),
  };
}
