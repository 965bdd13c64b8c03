// Who answers, in Weft's own words: the servers behind a port of a service, and how they are found, spoken to and trusted.
import type { Origin } from '../../base/index.ts';
import type { External, ExternalTls, GatewayKey, Protocol, ServiceKey, SpiffeId, WorkloadKey } from '../../model/index.ts';
import type { Contribution } from '../../policy/index.ts';

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
