// What becomes of a request, or of a connection, in Weft's own words: of each rule of a route what it asks for, what it does, and to whom it sends.
import type { Origin } from '../../base/index.ts';
import type { Cors, ExternalAuth, HeaderChange, MatchExtension, RouteMatch, ServiceKey, SessionPersistence } from '../../model/index.ts';
import type { Contribution, RetryValues, TimeoutValues } from '../../policy/index.ts';
import type { PathRewrite } from './path-change.ts';
import type { Acting } from './policies.ts';

export type TimeoutPlan = TimeoutValues;
export type RetryPlan = RetryValues;

/** What is forwarded with another host or path. */
export interface RewritePlan {
  readonly hostname?: string;
  readonly path?: PathRewrite;
  readonly origin: Origin;
}

export interface MirrorPlan {
  readonly service: ServiceKey;
  readonly subset?: string;
  readonly port: number;
  readonly cluster: string;
  /** Of requests, above 0 and up to 1. */
  readonly share: number;
  readonly origin: Origin;
}

export interface RedirectPlan {
  readonly kind: 'redirect';
  /** Absent: that of the request. */
  readonly scheme?: 'http' | 'https';
  readonly hostname?: string;
  readonly path?: PathRewrite;
  readonly port: number;
  /** The port is that of the scheme, and so is not written. */
  readonly usualPort: boolean;
  readonly status: 301 | 302 | 303 | 307 | 308;
  readonly origin: Origin;
}

export interface RespondPlan {
  readonly kind: 'respond';
  readonly status: number;
  readonly body: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly origin: Origin;
}

/** Who is asked before a request of a route goes on. */
export interface AuthorizerPlan {
  readonly service: ServiceKey;
  readonly subset?: string;
  readonly port: number;
  readonly cluster: string;
  /** Why nobody can be asked: then nobody passes. */
  readonly unresolved?: string;
  readonly auth: ExternalAuth;
}

/** What a proxy answers by itself because a document says so. */
export type AnswerPlan = RedirectPlan | RespondPlan;

export interface WeightedBackend {
  readonly service: ServiceKey;
  /** Name of the Subset, when it is one. */
  readonly subset?: string;
  readonly port: number;
  readonly cluster: string;
  /** Filters of this backend alone that go beyond headers. */
  readonly rewrite?: RewritePlan;
  readonly mirrors: readonly MirrorPlan[];
  readonly cors?: Cors;
  readonly answer?: AnswerPlan;
  readonly weight: number;
  readonly requestHeaders: HeaderChange;
  readonly responseHeaders: HeaderChange;
  readonly origin: Origin;
  /** The host that its requests are sent for; absent: as the application wrote it. */
  readonly host?: string;
  /** Why its share is answered with 500, when it is; `cluster` is then `unresolved`. */
  readonly unresolved?: string;
}

/** `forward` with no usable backend answers 500 (Gateway API), which is `unresolved`. */
export type RouteAction =
  | {
      readonly kind: 'forward';
      readonly backends: readonly WeightedBackend[];
      readonly timeout: TimeoutPlan;
      readonly retry: RetryPlan;
      readonly rewrite?: RewritePlan;
      readonly mirrors: readonly MirrorPlan[];
      readonly session?: SessionPersistence;
      readonly authorizer?: AuthorizerPlan;
    }
  | AnswerPlan
  | { readonly kind: 'unresolved'; readonly status: number; readonly why: string };

/** One (rule, match) pair in the order in which requests are tried: Gateway API precedence is already applied. */
export interface RoutePlan {
  /** `namespace/route/rule`, shown by Envoy in access logs and by explain. */
  readonly name: string;
  readonly match: RouteMatch;
  /** Further conditions, all of which must hold; those on the caller are decided already. */
  readonly narrowed: readonly MatchExtension[];
  readonly requestHeaders: HeaderChange;
  readonly responseHeaders: HeaderChange;
  readonly cors?: Cors;
  /** Of a GRPCRoute: deadlines and errors are gRPC's. */
  readonly grpc: boolean;
  readonly action: RouteAction;
  /** What policies add to it, beside the timeout and the retries of its action. */
  readonly contributions: readonly Contribution[];
  /** What policies hold for it, and why: for explain, effective values and fates. */
  readonly acting: Acting;
  readonly origin: Origin;
  /** The rule's name or position, as people call it; 'default' for the route of a service nobody wrote one for. */
  readonly rule: string;
}

export type ConnectionBackend = Pick<WeightedBackend, 'service' | 'subset' | 'port' | 'cluster' | 'weight' | 'host' | 'unresolved' | 'origin'>;

/** Where connections go because a TCPRoute or TLSRoute says so. */
export interface ConnectionPlan {
  readonly kind: 'TCPRoute' | 'TLSRoute';
  /** `namespace/route`. */
  readonly route: string;
  /** Those that cannot be resolved keep their share, which is closed. */
  readonly backends: readonly ConnectionBackend[];
  readonly origin: Origin;
}

/** Where connections go whose TLS asks for a name: exact, or a `*.` wildcard. */
export interface NamedConnections {
  readonly hostname: string;
  readonly connections: ConnectionPlan;
}
