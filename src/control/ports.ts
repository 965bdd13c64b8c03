// What the control plane needs from the outside, as types; bin/ joins them with what fits.
import type { Clock, Diagnostic } from '../base/index.ts';
import type { Banned } from '../compile/index.ts';
import type { Document, DocumentKey, ProxyId, SpiffeId, WorkloadKey } from '../model/index.ts';
import type { HoldingStore } from './holdings.ts';
import type { NodeAdmissions } from './node-admissions.ts';
import type { PushTrace } from './push-traces.ts';

export type ResourceEvent = { readonly kind: 'put'; readonly document: Document } | { readonly kind: 'delete'; readonly key: DocumentKey };

/** First batch: everything there is; later batches: what changed together. Ends when the signal aborts. */
export interface Source {
  events(signal: AbortSignal): AsyncIterable<readonly ResourceEvent[]>;
}

export interface ProxyAuthenticator {
  /** Claims of a bearer token, or undefined when it is not valid now. */
  authenticate(
    token: string,
  ): Promise<{ readonly proxy: ProxyId; readonly workload: WorkloadKey; readonly id: SpiffeId; readonly expiresAt: number } | undefined>;
}

export interface IssuedLeaf {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly notAfter: number;
  readonly renewAt: number;
  readonly version: string;
  /** Name of the root that it is of. */
  readonly authority: string;
}

/** Certificates for proxies; a certificate says for which workload it is. `held` recognises a version given out earlier (by this process or one before it) that is still good. */
export interface Issuer {
  issue(id: SpiffeId, workload?: WorkloadKey): Promise<IssuedLeaf>;
  held(id: SpiffeId, version: string): { readonly notAfter: number; readonly renewAt: number } | undefined;
  /** Whose identities these are. Without it certificates are held against the anchors whatever domain they name (in tests). */
  readonly trustDomain?: string;
  /** Name of the root that issues now. */
  readonly issuing: string;
  /** Grows when a root was dropped: connections from before are to be ended. */
  readonly cycle: number;
  /** Trust anchors, PEM; the callback is told when they, `issuing` or `cycle` change. */
  bundle(): string;
  onBundle(callback: () => void): () => void;
}

/** Other meshes whose workloads may call ours: trust anchors, PEM, by trust domain. */
export interface Peers {
  bundles(): ReadonlyMap<string, string>;
  onChange(callback: () => void): () => void;
}

/** Who may not call anybody any more. */
export interface ShutOut {
  /** The same object until it changes. */
  list(): readonly Banned[];
  /** Grows when connections from before are to be ended. */
  readonly cuts: number;
  onChange(callback: () => void): () => void;
}

export interface StatusSink {
  /** Replaces what the mesh says of a document. Called at most once per document and batch. */
  write(statuses: readonly { readonly key: DocumentKey; readonly generation: number; readonly status: Readonly<Record<string, unknown>> }[]): Promise<void>;
}

/** Remembers across restarts which document was refused by Envoy, and its last version that was accepted. */
export interface QuarantineStore {
  load(): ReadonlyMap<DocumentKey, Quarantine>;
  save(key: DocumentKey, entry: Quarantine | undefined): Promise<void>;
}

export interface Quarantine {
  /** Content hash of the refused document: another content is tried again. */
  readonly refused: string;
  readonly lastGood: Document | null;
  readonly words: string;
  readonly proxy: string;
  readonly at: number;
}

/** The real Envoy, asked before any proxy is. Never rejects. */
export interface EnvoyChecker {
  check(
    config: unknown,
  ): Promise<{ readonly kind: 'passed' } | { readonly kind: 'refused'; readonly words: string } | { readonly kind: 'unavailable'; readonly why: string }>;
}

/** Remembers across restarts what has passed the check, by document: a proxy that comes back is not without it meanwhile. */
export interface PassedStore {
  load(): ReadonlyMap<DocumentKey, readonly string[]>;
  save(key: DocumentKey, passed: readonly string[] | undefined): Promise<void>;
}

export interface ControlPorts {
  /** Without one nothing is checked beforehand, and documents say so. */
  readonly checker?: EnvoyChecker;
  readonly passed?: PassedStore;
  readonly source: Source;
  readonly authenticator: ProxyAuthenticator;
  readonly issuer: Issuer;
  readonly peers?: Peers;
  /** Without one nobody is. */
  readonly shutOut?: ShutOut;
  /** Trust anchors of this system, PEM, for servers outside the mesh. */
  readonly systemBundle?: string;
  readonly status: StatusSink;
  readonly quarantine: QuarantineStore;
  /** Without one it is not known after a restart which certificates are out. */
  readonly holdings?: HoldingStore;
  /** Which workloads a node has proved; none without. */
  readonly nodes?: Pick<NodeAdmissions, 'served'>;
  /** Told what a push went through, of some of them; must not throw. Without one nothing is followed. */
  readonly pushed?: (trace: PushTrace) => void;
  /** Codes of diagnostics that are not true of this control plane because of how it was started. */
  readonly moot?: ReadonlySet<string>;
  readonly clock: Clock;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>) => void;
}

export type { Diagnostic };
