// What a policy adds to a plan: values of a closed union, never a change of somebody else's. Where only Weft's own words are needed
// (because explain and the graph checks read them too) they are used; else the pieces are Envoy's messages, which plans carry unread.
import type { Origin } from '../base/index.ts';
import type { ClusterSchema, HealthCheckSchema, Init, Packed, RouteActionSchema, RouteMatchSchema, UpstreamHttpProtocolOptionsSchema } from '../envoy/index.ts';
import type { ServiceKey } from '../model/index.ts';
import type { AuthorizationPlan } from './authorization/plan.ts';
import type { Match } from './authorization/rules.ts';
import type { RetryValues } from './contribution-retry.ts';
import type { AuthorizerFilterName } from './external-authorization/slots.ts';
import type { TlsMode } from './mutual-tls/schema.ts';
import type { SignInPlan } from './oidc/plan.ts';
import type { TokenCheck } from './request-authentication/compile.ts';

/** How long a request, a try, silence may last; 0 = for ever. Milliseconds. */
export interface TimeoutValues {
  readonly requestMs: number;
  readonly tryMs: number;
  /** Silence on a stream; undefined = what the connection manager says. */
  readonly idleMs?: number;
  /** The whole stream, also one that never ends by itself (gRPC watch, server-sent events). */
  readonly streamMs?: number;
  readonly requestOrigin: Origin;
}

/** How much is traced of requests that come without a decision, and what is written on spans besides. */
export interface TracingValues {
  /** Of 10,000. */
  readonly rate: number;
  readonly tags: readonly { readonly name: string; readonly from: { readonly header: string } | { readonly literal: string } }[];
}

/** How much may be asked of a cluster at once. */
export interface LimitValues {
  readonly connections: number;
  readonly pendingRequests: number;
  readonly requests: number;
  readonly connectionsPerEndpoint?: number;
  /** Retries at a time, in place of the budget. */
  readonly retries?: number;
}

/** Which endpoints are near, and when the others are used. */
export interface LocalityValues {
  /** Prefer: others when the near ones do not suffice. Require: only the near ones, and the zones that stand in for them. */
  readonly mode: 'Prefer' | 'Require';
  readonly nearest: 'Zone' | 'Node';
  /** Zones that stand in for a zone, the first one first. */
  readonly failover: ReadonlyMap<string, readonly string[]>;
  /** Percent: an area is left while its healthy share times this is less than 100 %. */
  readonly overprovisioning: number;
}

/** The filters that ask AuthorizationPolicies, of requests and of connections; in this order. */
export type AuthorizationFilterName = 'weft.authz_audit' | 'weft.authz_deny' | 'weft.authz_allow';

/** Names of the fixed HTTP filters (compile/order.ts) that a policy can switch on for a route. */
export type HttpFilterName =
  | 'weft.fault'
  | 'weft.local_ratelimit'
  | 'weft.stateful_session'
  | 'weft.caller'
  | 'weft.adaptive_concurrency'
  | 'weft.admission_control'
  | 'weft.bandwidth_limit'
  | 'weft.lua'
  | 'weft.wasm'
  | 'weft.ext_proc'
  | 'weft.cors'
  | 'weft.buffer'
  | 'weft.oauth2'
  | 'weft.jwt_once'
  | 'weft.jwt'
  | 'weft.jwt_crit'
  | AuthorizerFilterName
  | AuthorizationFilterName;

/** Names of the fixed network filters of TCP ports, in front of the application (compile/emit/discovered.ts). */
export type NetworkFilterName = 'weft.connection_limit' | 'weft.connection_rate';

export type Contribution =
  /** A document behind the others: it is blamed when Envoy refuses them, and told when proxies run them. Made by resolve.ts for all. */
  | { readonly kind: 'document'; readonly origin: Origin }
  | { readonly kind: 'timeout'; readonly values: TimeoutValues }
  | { readonly kind: 'retry'; readonly values: RetryValues }
  /** Of a cluster: how many retries there may be at a time, in percent of the requests in flight and at least. */
  | { readonly kind: 'retry-budget'; readonly percent: number; readonly minConcurrency: number; readonly origin: Origin }
  /** Fields of a route's action. Two contributions to one slot of a route cannot be: a slot belongs to one policy kind. */
  | { readonly kind: 'route-action'; readonly slot: string; readonly fields: Init<typeof RouteActionSchema>; readonly origin: Origin }
  /** Whom to name in the reason of an answer that the mesh itself gives: `TimeoutPolicy shop/checkout`. Read by emit/reasons.ts from the route. */
  | {
      readonly kind: 'blame';
      readonly cause: 'timeout' | 'retry' | 'fault' | 'ratelimit' | 'authz' | 'extauthz' | 'signin';
      readonly policy: string;
      readonly origin: Origin;
    }
  /** Switches a filter of the fixed list on for a route; `config` is its per-route message (undefined: as its listener-level config says). */
  | {
      readonly kind: 'http-filter';
      readonly filter: HttpFilterName;
      readonly config?: Packed;
      /** Of a filter that is told by itself what it does: where it stands, which is part of its name. */
      readonly place?: string;
      readonly origin: Origin;
      readonly origins?: readonly Origin[];
    }
  /** The same for a filter that calls a Service: plans say by which cluster (compile/plan/processors.ts). */
  | {
      readonly kind: 'http-filter-to';
      readonly filter: HttpFilterName;
      readonly service: ServiceKey;
      readonly port: number;
      readonly config: (cluster: string) => Packed;
      readonly origin: Origin;
    }
  /**
   * A filter for some of the requests only (by caller, header …): a route before the route it belongs to, with the same action and this
   * further condition. `name` tells it apart; it is stable.
   */
  | {
      readonly kind: 'http-filter-when';
      readonly name: string;
      readonly when: Pick<Init<typeof RouteMatchSchema>, 'headers' | 'queryParameters' | 'runtimeFraction'>;
      readonly filters: readonly { readonly filter: HttpFilterName; readonly config?: Packed }[];
      readonly origin: Origin;
    }
  /** The listener-level part of a filter, by ECDS under a stable name: token buckets, concurrency controllers. */
  | {
      readonly kind: 'extension';
      readonly filter: HttpFilterName | NetworkFilterName;
      readonly config: Packed;
      /** Where routes share the filter: which of them it is the same for. Equal words, equal config; the metadata of the routes say them. */
      readonly among?: string;
      readonly origin: Origin;
    }
  /** Who may do what where requests or connections arrive, in Weft's words: read by explain and the checks. */
  | { readonly kind: 'authorization'; readonly plan: AuthorizationPlan; readonly origin: Origin; readonly origins: readonly Origin[] }
  /** Of a TCP port: whom the TLS handshake lets in, in place of everybody of the mesh. */
  | { readonly kind: 'callers'; readonly matches: readonly Match[]; readonly origin: Origin }
  /** Of a TCP port: a filter of its chain, in the order of their list. */
  | { readonly kind: 'network-filter'; readonly filter: AuthorizationFilterName; readonly config: Packed; readonly origin: Origin }
  /** Of a listener of a Gateway: its clients may use HTTP/3 too. */
  | { readonly kind: 'http3'; readonly origin: Origin }
  /** Fields of a cluster; they replace the defaults of emit/cluster.ts. */
  | { readonly kind: 'cluster'; readonly slot: string; readonly fields: Init<typeof ClusterSchema>; readonly origin: Origin }
  /** Fields of a cluster's HTTP options (idle, ages, windows, upstream filters). */
  | {
      readonly kind: 'upstream-http';
      readonly slot: string;
      readonly fields: Init<typeof UpstreamHttpProtocolOptionsSchema>;
      readonly origin: Origin;
    }
  | { readonly kind: 'health-check'; readonly check: Init<typeof HealthCheckSchema>; readonly origin: Origin }
  /** How much may be asked of a cluster at once; emit joins it with the budget for retries. */
  /** How long a TCP connection of the caller may be silent. It stands in the caller's chain for the port. */
  | { readonly kind: 'tcp-idle'; readonly ms: number; readonly origin: Origin }
  | { readonly kind: 'limits'; readonly values: LimitValues; readonly origin: Origin }
  /** Of a route: what it says to the tracer (compile/emit/route-tracing.ts). */
  | { readonly kind: 'tracing'; readonly values: TracingValues; readonly origin: Origin }
  /** Whose tokens are valid, and whether one is needed; told to the filter by itself (compile/emit/tokens.ts). */
  | { readonly kind: 'tokens'; readonly check: TokenCheck; readonly origin: Origin; readonly origins: readonly Origin[] }
  /** Users sign in there; plans say at which addresses, or that nobody can (compile/plan/sign-in.ts). */
  | { readonly kind: 'sign-in'; readonly plan: SignInPlan; readonly origin: Origin }
  /** Nobody is let in there, since what would decide about them is missing. */
  | { readonly kind: 'closed'; readonly cause: 'sign-in-unavailable'; readonly origin: Origin }
  /** How connections to a port of an application must be: read by plan/proxy.ts, and for callers by plan/tls-mode.ts. */
  | { readonly kind: 'mutual-tls'; readonly mode: TlsMode; readonly origin: Origin }
  /** How endpoints of other zones are used: read by plan/endpoints.ts. */
  | { readonly kind: 'locality'; readonly values: LocalityValues; readonly origin: Origin };

export type ContributionKind = Contribution['kind'];

/** The contributions of one kind. */
export function contributionsOf<K extends ContributionKind>(all: readonly Contribution[], kind: K): readonly Extract<Contribution, { kind: K }>[] {
  return all.filter((each): each is Extract<Contribution, { kind: K }> => each.kind === kind);
}

/** The one contribution of a kind that only one policy kind makes. */
export function contributionOf<K extends ContributionKind>(all: readonly Contribution[], kind: K): Extract<Contribution, { kind: K }> | undefined {
  return contributionsOf(all, kind)[0];
}

/** Documents of policies behind contributions: each once. */
export function originsIn(contributions: readonly Contribution[]): readonly Origin[] {
  const byDocument = new Map(contributionsOf(contributions, 'document').map(({ origin }) => [`${origin.kind}/${origin.namespace}/${origin.name}`, origin]));
  return [...byDocument.values()];
}
