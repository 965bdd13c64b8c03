// A proxy's configuration in Weft's own words: what `emit` turns into Envoy's, and what `explain` reads. No Envoy name in here.
import type { Diagnostic, Origin } from '../base/index.ts';
import type { Capture, GatewayKey, Protocol, ProxyId, ServiceKey, SpiffeId, Workload, WorkloadKey } from '../model/index.ts';
import type { Contribution, LocalityValues } from '../policy/index.ts';
import type { ClusterPlan, EndpointPlan } from './plan/cluster-plan.ts';
import type { ConnectionPlan, NamedConnections, RoutePlan } from './plan/route-plan.ts';

export type { ClusterPlan, EgressPlan, EndpointPlan, ExternalPlan } from './plan/cluster-plan.ts';
export type {
  AnswerPlan,
  AuthorizerPlan,
  ConnectionBackend,
  ConnectionPlan,
  MirrorPlan,
  NamedConnections,
  RedirectPlan,
  RespondPlan,
  RetryPlan,
  RewritePlan,
  RouteAction,
  RoutePlan,
  TimeoutPlan,
  WeightedBackend,
} from './plan/route-plan.ts';

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

/** How to reach what the proxy was not told of. */
export interface FallbackPlan {
  readonly cluster: string;
}

/** One workload's way out. `chains` are the ports of the services in scope, sorted by service and port. */
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
