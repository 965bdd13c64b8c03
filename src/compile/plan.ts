// A proxy's configuration in Weft's own words: what `emit` turns into Envoy's, and what `explain` reads. No Envoy name in here.
import type { Diagnostic, Origin } from '../base/index.ts';
import type {
  Capture,
  Cors,
  External,
  ExternalAuth,
  ExternalTls,
  GatewayKey,
  HeaderChange,
  MatchExtension,
  Protocol,
  ProxyId,
  RouteMatch,
  ServiceKey,
  SessionPersistence,
  SpiffeId,
  Workload,
  WorkloadKey,
} from '../model/index.ts';
import type { Contribution, LocalityValues, RetryValues, TimeoutValues } from '../policy/index.ts';
import type { PathRewrite } from './plan/path-change.ts';
import type { Acting } from './plan/policies.ts';

/** Who may call nobody: everybody of an identity, or whose certificate's serial begins so (in lower-case hexadecimal). */
export type Banned = { readonly kind: 'identity'; readonly id: SpiffeId } | { readonly kind: 'serial'; readonly prefix: string };

export interface Proxy {
  readonly id: ProxyId;
  readonly role: 'sidecar' | 'gateway' | 'node';
  /** A sidecar serves one workload, a node proxy many; nothing below assumes one. */
  readonly serves: readonly WorkloadKey[];
  readonly envoyVersion: string;
  /** Changes when connections from before are to be ended, since a root was dropped. */
  readonly cycle?: number;
  /** Whose connections it does not take. */
  readonly banned?: readonly Banned[];
}

/**
 * What decides how a consumer sees a service. Consumers with equal `key` share every byte of its clusters, endpoints and
 * routes. '' is the plain view; `relay=DIR` dials through the pipe DIR/out.sock; `host=10.200.0.1` reaches the host's loopback
 * elsewhere; `ns=shop` where consumer routes or policies of that namespace apply to the
 * service; `gw=edge/main` where policies of that Gateway change how its proxies connect; `cns=shop` where policies of that namespace change how it connects; `id=SPIFFE` names the client's secret.
 * Clusters and endpoints do not depend on `ns` and are named without it (but with `cns`).
 */
export interface View {
  readonly key: string;
  readonly relayDirectory: string;
  readonly hostLoopback: string;
  readonly consumerNamespace: string;
  /** Namespace whose own policies change clusters and endpoints of this service; '' usually. */
  readonly connectionNamespace: string;
  /** The Gateway (`namespace/name`) that the caller is a proxy of, where policies name it that change how it connects; '' usually. */
  readonly gateway: GatewayKey | '';
  /** Zone and address of the caller, where a locality policy applies to the service: only endpoints differ by it, no name does. */
  readonly zone: string;
  readonly node: string;
  /** RouteFilters (`namespace/name`, sorted) that ask for the caller and hold for this consumer; `src=shop/from-web` in the key. */
  readonly sources: readonly string[];
  /** SPIFFE ID as the name of the client's secret, where one proxy holds several identities; '' in a sidecar. */
  readonly identity: string;
}

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

export interface ClusterPlan {
  readonly name: string;
  readonly service: ServiceKey;
  readonly port: number;
  readonly protocol: Protocol;
  /** Identities a server may present, sorted; empty = nobody serves it, so nobody is trusted. */
  readonly serverIds: readonly SpiffeId[];
  /** Present when the servers stand outside: then nobody's identity is checked, but perhaps a certificate's name. */
  readonly external?: ExternalPlan;
  /** Says to whom the connection was, in PROXY protocol before the TLS handshake: the way to the fallback. */
  readonly proxyProtocol: boolean;
  /** Some of its endpoints are sent plaintext. */
  readonly plaintext?: boolean;
  /** What is sent plaintext is spoken TLS with instead (BackendTLSPolicy); the certificate by the name of its secret. */
  readonly backendTls?: { readonly tls: ExternalTls; readonly certificate?: string };
  /** Some of its endpoints are applications themselves, so it speaks HTTP/1.1. */
  readonly older?: true;
  readonly retryBudget: { readonly percent: number; readonly minConcurrency: number };
  /** What policies say of it; they replace the defaults of emit/cluster.ts. */
  readonly contributions: readonly Contribution[];
  readonly origins: readonly Origin[];
}

/** How a cluster finds and speaks to servers outside the mesh. */
export interface ExternalPlan {
  readonly resolution: External['resolution'];
  /** What DNS is asked for, and the name a certificate must have unless `tls` says otherwise; a wildcard when dynamic. */
  readonly host: string;
  readonly port: number;
  readonly refreshMs: number;
  readonly resolvers: readonly string[];
  /** Whom proxies with this view ask; empty = whom their machine asks. */
  readonly asks: readonly string[];
  readonly tls?: ExternalTls;
  /** Name of the secret with the certificate that the servers are shown; absent: none. */
  readonly clientCertificate?: string;
  /** Present when connections leave the mesh by a Gateway, whose proxies do all of the above; sidecars connect to these alone. */
  readonly egress?: EgressPlan;
  /** Decides between two that have the same host. */
  readonly createdAt: string;
}

/** The way to a Gateway that leads out of the mesh. */
export interface EgressPlan {
  readonly gateway: GatewayKey;
  readonly port: number;
  /** Server name of the TLS to the gateway: says what a connection is for. */
  readonly sni: string;
  readonly origin: Origin;
}

export interface EndpointPlan {
  /** '' for a server outside. */
  readonly workload: WorkloadKey | '';
  readonly address: string;
  readonly port: number;
  readonly state: 'healthy' | 'draining';
  readonly weight: number;
  readonly zone: string;
  /** It is sent plaintext: a policy says so, or it has no proxy and plaintext is let in. */
  readonly plaintext?: boolean;
  /** What telemetry calls it together with its like: `checkout/v2`. */
  readonly group?: string;
  /** 0 gets the requests while enough of it is healthy; then the next one has its share. */
  readonly priority: number;
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

/** One port of one service as one View sees it. `routes` is empty for TCP. */
export interface ServicePortPlan {
  readonly service: ServiceKey;
  /** Of a headless service: the one workload it leads to. */
  readonly instance?: WorkloadKey;
  /** What DNS answers for the host when that is not `vip`. */
  readonly answers?: readonly string[];
  /** What its chain and, with the view, its route table are called: `checkout.shop.mesh:80`. */
  readonly id: string;
  readonly host: string;
  readonly vip: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** The application speaks TLS itself: the name it calls can be read. */
  readonly encrypted?: true;
  readonly cluster: ClusterPlan;
  readonly endpoints: readonly EndpointPlan[];
  /** How near endpoints are preferred, where they are. */
  readonly locality?: LocalityValues;
  readonly routesName: string;
  readonly routes: readonly RoutePlan[];
  /** Of a TCP port with a TCPRoute; without one connections go to `cluster`. */
  readonly connections?: ConnectionPlan;
  /** Of a TCP port with TLSRoutes, the more specific names first: what asks for none of these names is closed. */
  readonly byServerName?: readonly NamedConnections[];
  readonly origin: Origin;
}

export interface ServicePlan {
  readonly service: ServiceKey;
  readonly view: View;
  readonly ports: readonly ServicePortPlan[];
  /** Clusters and endpoints of its Subsets: per port and Subset, without routes. */
  readonly subsets: readonly ServicePortPlan[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface InboundPortPlan {
  /** Where the application listens. */
  readonly port: number;
  readonly proxyPort: number;
  readonly protocol: Protocol;
  readonly cluster: string;
  /** Who has no certificate of the mesh is let in as well. */
  readonly plaintext: boolean;
  /** What policies add to requests that arrive here. */
  readonly routeContributions: readonly Contribution[];
  /** What policies say of the way to the application. */
  readonly clusterContributions: readonly Contribution[];
}

export interface InboundPlan {
  readonly workload: WorkloadKey;
  /** Appended to the names of its resources: '' in a sidecar, `/<workload>` where a proxy serves several. */
  readonly suffix: string;
  /** SDS name of its certificate. */
  readonly secret: string;
  readonly identity: SpiffeId;
  /** As the proxy's: 0 before any root was dropped. */
  readonly cycle: number;
  readonly bind: string;
  /** Of the workload. */
  readonly address: string;
  readonly capture: Capture;
  /** In a pod: plaintext to ports that nobody declared is passed on as bytes. */
  readonly undeclared: boolean;
  readonly ports: readonly InboundPortPlan[];
}

export interface NamePlan {
  readonly service: ServiceKey;
  /** What DNS answers. */
  readonly addresses: readonly string[];
}

/** One workload's way out. `chains` are the ports of the services in scope, sorted by service and port. */
/** How to reach what the proxy was not told of. */
export interface FallbackPlan {
  readonly cluster: string;
}

export interface OutboundPlan {
  /** Where services go that are not in `chains`; without one they are refused. */
  readonly fallback?: FallbackPlan;
  readonly workload: Workload;
  readonly suffix: string;
  readonly chains: readonly ServicePortPlan[];
  /** Names that its applications may use, and where each leads; sorted. Of two with one name only the one that is called is here. */
  readonly names: ReadonlyMap<string, NamePlan>;
}

/** What belongs to one proxy alone: its listeners and the way to its own applications. */
export interface ProxyPlan {
  readonly proxy: Proxy;
  readonly view: View;
  /** Services whose resources it holds, sorted: those in scope, and those that the routes of these send to. */
  readonly scope: readonly ServiceKey[];
  readonly outbound: readonly OutboundPlan[];
  readonly inbound: readonly InboundPlan[];
  readonly passthrough: boolean;
  readonly diagnostics: readonly Diagnostic[];
}
