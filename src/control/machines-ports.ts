// What the machine protocol needs from the outside, as types; bin/ joins them with the store, identity, compile and the control plane.

import type { Clock, Result } from '../base/index.ts';
import type { Document, DocumentKey, ProxyId, SpiffeId, TrustDomain, WorkloadKey } from '../model/index.ts';
import type { NodeAdmissions } from './node-admissions.ts';

/** What a join token allows; identity's `JoinGrant`. */
export interface MachineGrant {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** identity's `Entrance`; its `Tokens` alone in tests. */
export interface MachineTokens {
  /** False when this peer tries too often. */
  admit?(peer: string): boolean;
  /** The attempt of this peer went well. */
  joined?(peer: string, attestor?: string): void;
  /** Why this workload may not join although its evidence is good. */
  refusal?(namespace: string, workload: string, serviceAccount: string): string | undefined;
  /** Checks without spending. */
  verifyJoin(token: string, attestor?: string): Promise<Result<MachineGrant, { readonly code: string; readonly message: string }>>;
  redeemJoin(token: string, attestor?: string): Promise<Result<MachineGrant, { readonly code: string; readonly message: string }>>;
  issueProxy(claims: {
    readonly proxy: ProxyId;
    readonly workload: WorkloadKey;
    readonly id: SpiffeId;
  }): Promise<{ readonly token: string; readonly expiresAt: number }>;
  authenticate(
    token: string,
  ): Promise<{ readonly proxy: ProxyId; readonly workload: WorkloadKey; readonly id: SpiffeId; readonly expiresAt: number } | undefined>;
  /** The same with a token that may have expired, for renewing alone; without it such a machine joins again. */
  authenticateLapsed?(
    token: string,
  ): Promise<{ readonly proxy: ProxyId; readonly workload: WorkloadKey; readonly id: SpiffeId; readonly expiresAt: number } | undefined>;
}

export type MachineWrite =
  | { readonly kind: 'put'; readonly document: Document; readonly expect?: 'absent' | string }
  | { readonly kind: 'delete'; readonly key: DocumentKey; readonly expect?: string };

/** The store, behind whatever every document goes through on its way in (a service's virtual address is given there). */
export interface MachineDocuments {
  get(key: DocumentKey): Document | undefined;
  list(options: { readonly kind: string }): { readonly documents: readonly Document[] };
  /** One transaction: all or none. */
  write(
    writes: readonly MachineWrite[],
    author: string,
  ): Promise<Result<readonly Document[], { readonly kind: 'conflict' | 'exists' | 'missing'; readonly key: DocumentKey }>>;
}

export interface MachinePorts {
  readonly tokens: MachineTokens;
  readonly documents: MachineDocuments;
  readonly clock: Clock;
  trustDomain(): TrustDomain;
  /** Trust anchor of the control plane's own certificate, PEM: goes into the bootstrap of every proxy. */
  rootPem(): string;
  /** Which workloads nodes have joined for; without it no node can. */
  readonly nodes?: Pick<NodeAdmissions, 'admit' | 'forget'>;
  /** Another replica of the control plane keeps the lease of this workload; absent where there is none. */
  leasedElsewhere?(key: DocumentKey): boolean;
  /** A workload has ended in order: its proxy is gone for good. */
  left?(proxy: ProxyId): void;
  /** How many of the proxies that know a document's content of this generation have acknowledged it, and how many there are. */
  seen(key: DocumentKey, generation: number): { readonly seen: number; readonly total: number } | Promise<{ readonly seen: number; readonly total: number }>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>) => void;
}

export interface MachineOptions {
  /** How long a workload stays without a Renew. Default 30 s. */
  readonly leaseMs?: number;
}
