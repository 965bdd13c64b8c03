// What a mesh *is*, parsed: documents as users wrote them, and the entities the compiler reads. Everything is frozen data.
import type { Brand, Origin } from '../base/index.ts';
import type { External } from './external.ts';
import type { CollectorsSpec } from './kinds/collectors.ts';
import type { TelemetrySections } from './kinds/telemetry.ts';

export type {
  BackendRef,
  BackendTarget,
  Cors,
  DirectResponse,
  ExternalAuth,
  FilterRef,
  HeaderChange,
  HttpRoute,
  MatchExtension,
  Mirror,
  NamedMatch,
  PathChange,
  PathMatch,
  Redirect,
  ReferenceGrant,
  Rewrite,
  RouteFilter,
  RouteFilters,
  RouteMatch,
  RouteParent,
  RouteRetry,
  RouteRule,
  ServiceParent,
  SessionPersistence,
  SourceMatch,
  StringMatch,
  Subset,
} from './route-entities.ts';

/** `v1/Service/shop/checkout` = group (empty for core) is left out when empty: `Service/shop/checkout`, `weft.dev/Mesh//default`. */
export type DocumentKey = Brand<string, 'DocumentKey'>;
/** `namespace/name` of a Service; of an ExternalService `namespace/external:name` (external.ts). */
export type ServiceKey = Brand<string, 'ServiceKey'>;
/** `namespace/name` of a Workload. It is also the id of the sidecar that serves it. */
export type WorkloadKey = Brand<string, 'WorkloadKey'>;
/** Id of a proxy; for a sidecar the WorkloadKey of its one workload. */
export type ProxyId = Brand<string, 'ProxyId'>;
/** `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`, made by `spiffeId` or `parseSpiffeId`. */
export type SpiffeId = Brand<string, 'SpiffeId'>;
export type TrustDomain = Brand<string, 'TrustDomain'>;

export interface ObjectMeta {
  readonly name: string;
  /** '' for kinds that have no namespace (Mesh). */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly uid?: string;
  /** The store's revision of the last write, as a decimal string. */
  readonly resourceVersion?: string;
  /** Grows by one with every change of `spec`. */
  readonly generation?: number;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
}

/** A document as written, after schema validation: defaults filled in, nothing unknown in it. */
export interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** How a port's bytes are understood. `http` is HTTP/1.1 towards the application, `h2c` and `grpc` are HTTP/2. */
export type Protocol = 'http' | 'h2c' | 'grpc' | 'tcp';

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  /** A number, or the name of a workload's port. */
  readonly targetPort: number | string;
  readonly protocol: Protocol;
  /** False when no appProtocol (or telling port name) was given. */
  readonly declared: boolean;
  /** Where the protocol comes from. disputed: workloads speak differently, so it is bytes. routed: a route of requests leads there. */
  readonly told: 'declared' | 'detected' | 'disputed' | 'routed' | 'assumed';
  /** The application speaks TLS itself, so the name it calls can be read (SNI), and nothing else. Its protocol is tcp. */
  readonly encrypted?: true;
  readonly origin: Origin;
}

/** A port for UDP. Sidecars carry no datagrams: only gateways do. */
export interface DatagramPort {
  readonly name: string;
  readonly port: number;
  /** A number, or the name of a workload's port for UDP. */
  readonly targetPort: number | string;
  readonly origin: Origin;
}

export interface Service {
  readonly key: ServiceKey;
  readonly namespace: string;
  readonly name: string;
  /** `checkout.shop.mesh`. */
  readonly host: string;
  /** Virtual IPv4 address: spec.clusterIP, given at creation and kept. */
  readonly vip: string;
  readonly ports: readonly ServicePort[];
  /** Ports for UDP, which have numbers of their own. */
  readonly datagrams?: readonly DatagramPort[];
  readonly selector: Readonly<Record<string, string>>;
  /** DNS answers the addresses of its instances instead of its own. */
  readonly headless: boolean;
  /** Of a headless service: its workloads, by key. */
  readonly instances: readonly Instance[];
  /** Workloads that are not ready count as well. */
  readonly publishNotReady: boolean;
  /** Present when it stands outside the mesh: no workload serves it. `host` and `vip` are those of its first host. */
  readonly external?: External;
  /** spec.trafficDistribution: calls stay on the caller's machine, or in its zone, while they can. */
  readonly near?: 'Node' | 'Zone';
  /** In Kubernetes, of type LoadBalancer: where clients outside reach it (its status), empty until it has an address. */
  readonly published?: readonly string[];
  /** spec.sessionAffinity ClientIP: a caller stays with its endpoint. */
  readonly affinity?: 'Caller';
  readonly origin: Origin;
}

/**
 * One workload as a headless service shows it: `<name>.<service>.<namespace>.mesh`, with an address of its own. `own`: the address is the workload's, as
 * in a cluster, where names lead there by themselves; callers then say the workload's port, not the service's.
 */
export interface Instance {
  readonly workload: WorkloadKey;
  readonly name: string;
  readonly vip: string;
  readonly own?: true;
  readonly ready: boolean;
}

export interface WorkloadPort {
  readonly name: string;
  /** Where the application listens. */
  readonly port: number;
  /** Where the proxy accepts mutual TLS for it; the same as `port` where inbound traffic is captured. */
  readonly proxyPort: number;
  /** What the application was found to speak, or said to when it was started. */
  readonly speaks?: Protocol;
}

/** `Starting` and `Draining` workloads get no new requests; `Draining` ones finish what they have. */
export type WorkloadState = 'Starting' | 'Ready' | 'Draining';

/**
 * How the proxy of a workload gets its traffic, as `weft run` or the pod's rules set it up.
 * netns: listeners stand inside the application's own network namespace (path as Envoy sees it); `directory` is where plaintext comes in
 * by pipes, when a policy lets it in.
 * relay: Envoy shares a device-less namespace with the application; everything leaves and enters through pipes in `directory`.
 * explicit: no capture; an HTTP proxy port and one loopback port per TCP upstream.
 * pod: listeners stand in the network namespace of a pod, at fixed ports (compile/pod); `resolvers` are empty where Envoy asks those of its own container, `ipv6` says
 * that the pod has such an address, `clusterDomain` that its rules ask the proxy for names of Services of that domain, too. Envoy shares the namespace with the application, or enters it at `netns` (the path as Envoy sees it) and answers `probes` there.
 * fallback: no application; takes the connections of other proxies to services they were not told of (PROXY protocol, mutual TLS).
 * none: the application is not captured (a proxy for tests, or outbound only by explicit calls).
 */
export type Capture =
  | { readonly mode: 'netns'; readonly netns: string; readonly resolvers: readonly string[]; readonly directory?: string | undefined }
  | { readonly mode: 'relay'; readonly directory: string; readonly resolvers: readonly string[] }
  | {
      readonly mode: 'explicit';
      readonly httpPort: number;
      readonly upstreams: readonly { readonly service: string; readonly port: number; readonly localPort: number }[];
    }
  | {
      readonly mode: 'pod';
      readonly ipv6: boolean;
      readonly resolvers: readonly string[];
      readonly clusterDomain?: string | undefined;
      readonly netns?: string | undefined;
      readonly probes?: readonly PodProbe[] | undefined;
    }
  | { readonly mode: 'fallback' }
  | { readonly mode: 'none' };

/** One probe of a container of a pod, as the kubelet asks for it at the proxy. */
export interface PodProbe {
  /** At the proxy: begins with a slash, and is no other probe's. */
  readonly path: string;
  readonly kind: 'http' | 'https' | 'tcp' | 'grpc';
  /** Of the application. */
  readonly port: number;
  /** `httpGet.path`, with its query. */
  readonly targetPath?: string | undefined;
  /** What the application is to see beside the headers that the kubelet sends; those may stay in the probe. */
  readonly headers?: readonly { readonly name: string; readonly value: string }[] | undefined;
  /** What the application is to see as Host: the header of that name in the probe; otherwise the pod and the port, as without a proxy. */
  readonly host?: string | undefined;
  /** `grpc.service`. */
  readonly service?: string | undefined;
  readonly timeoutMs: number;
  readonly periodMs: number;
}

export interface WorkloadProxy {
  readonly capture: Capture;
  /** Address the inbound listener binds; '' with relay capture (a pipe). */
  readonly bind: string;
  /** How this proxy reaches the loopback of its own host when its network namespace is another one (pasta); '' when directly. */
  readonly hostLoopback: string;
  /** The node whose proxy serves the workload, in place of one of its own. */
  readonly node?: WorkloadKey;
}

export interface Workload {
  readonly key: WorkloadKey;
  readonly namespace: string;
  readonly name: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  readonly ports: readonly WorkloadPort[];
  /** Where the application takes datagrams. */
  readonly datagrams?: readonly { readonly name: string; readonly port: number }[];
  readonly zone: string;
  /** What the machine it runs on is called: its address unless it was said. */
  readonly machine: string;
  readonly weight: number;
  readonly state: WorkloadState;
  /** Absent for a workload written by hand that has no proxy of Weft's. */
  readonly proxy?: WorkloadProxy;
  /** It has no proxy and takes no mutual TLS, so callers send it plaintext. */
  readonly plaintext?: true;
  /** It is no application but a proxy of this Gateway, of its own namespace. */
  readonly gateway?: GatewayKey;
  /** It is no application but the proxy of a node, which serves the workloads that name it. */
  readonly node?: true;
  readonly origin: Origin;
}

/** `namespace/name` of a Gateway or ListenerSet. */
export type GatewayKey = Brand<string, 'GatewayKey'>;

/** What a proxy of the selected workloads may see. Hosts: `name`, `namespace/name`, `namespace/*`, `*`. */
export interface Scope {
  readonly key: DocumentKey;
  readonly namespace: string;
  readonly name: string;
  /** Labels of the workloads it is for; empty = every workload of the namespace. */
  readonly selector: Readonly<Record<string, string>>;
  readonly services: readonly string[];
  readonly createdAt: string;
  readonly origin: Origin;
}

/** What a policy may name in `targetRefs`. */
export type TargetKind = 'Mesh' | 'Namespace' | 'Service' | 'ExternalService' | 'Gateway' | 'HTTPRoute' | 'GRPCRoute' | 'TCPRoute' | 'TLSRoute';

export interface PolicyTarget {
  readonly kind: TargetKind;
  /** '' for Mesh and Namespace. */
  readonly namespace: string;
  readonly name: string;
  /** Name of a port (Service), a listener (Gateway) or a rule (routes). */
  readonly section?: string;
  readonly origin: Origin;
}

/** A document that attaches to others. `spec` is its own part, as the schema of its kind gives it: without targets and selector. */
export interface Policy {
  readonly key: DocumentKey;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly targets: readonly PolicyTarget[];
  /** Labels of workloads of the policy's namespace, in place of targets. */
  readonly selector?: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly origin: Origin;
}

/** Services that the workloads of a service account were seen to call. */
export interface LearnedScope {
  readonly key: DocumentKey;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly services: readonly ServiceKey[];
}

export interface MeshConfig {
  readonly trustDomain: TrustDomain;
  readonly outbound: 'AllowAny' | 'RegisteredOnly';
  /** The Service of the proxies that know every service; proxies are sent only what they use while it exists. Undefined: they are sent everything. */
  readonly fallback?: ServiceKey;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly retryBudgetPercent: number;
  readonly retryBudgetMinConcurrency: number;
  readonly retryAttempts: number;
  /** Lifetime of a leaf certificate; renewed at half of it. */
  readonly leafLifetimeMs: number;
  /** What is told of traffic unless a TelemetryPolicy says otherwise. */
  readonly telemetry?: TelemetrySections;
  /** Where what proxies tell goes beside. */
  readonly collectors?: CollectorsSpec;
  readonly origin: Origin;
}
