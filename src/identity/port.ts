import type { ProxyId, SpiffeId, WorkloadKey } from '../model/index.ts';

/** A leaf certificate with its key, as PEM, and when to replace it (epoch ms). */
export interface Svid {
  readonly id: SpiffeId;
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly notAfter: number;
  readonly renewAt: number;
}

/** Whom a verified token speaks for. It is the only source of a proxy's identity; the xDS node is never believed over it. */
export interface ProxyClaims {
  readonly proxy: ProxyId;
  readonly workload: WorkloadKey;
  readonly id: SpiffeId;
  /** Epoch ms; streams end before it. */
  readonly expiresAt: number;
}

/** What a join token allows: one machine, once, as this service account. */
export interface JoinGrant {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Labels the workload gets and cannot change; `app` is the service account unless given here. */
  readonly labels: Readonly<Record<string, string>>;
  readonly expiresAt: number;
}
