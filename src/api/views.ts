// What /weft/v1 answers, as the CLI and later the dashboard read it.
import type { Diagnostic, Origin } from '../base/index.ts';

export interface ProxyView {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly role: 'sidecar' | 'gateway' | 'node';
  /** Workloads that a node's proxy serves. */
  readonly serves?: readonly string[];
  readonly identity: string;
  readonly connected: boolean;
  /** `in sync` everything acknowledged; `pending` sent and not yet acknowledged; `refused` a resource was refused. */
  readonly sync: 'in sync' | 'pending' | 'refused' | 'disconnected';
  readonly envoyVersion: string;
  /** Epoch ms of the last acknowledged change; 0 = never. */
  readonly configuredAt: number;
  readonly scope: { readonly services: number; readonly of: number };
  readonly certificateNotAfter: number;
  /** Of its heap, as it said last; absent until it has. */
  readonly memoryBytes?: number;
  /** The replica of the control plane that it is connected to; absent where there is one alone. */
  readonly replica?: string;
  readonly refusals: readonly { readonly resource: string; readonly documents: readonly Origin[]; readonly words: string; readonly at: number }[];
}

/** One decoded resource of a proxy, as JSON in Envoy's own field names, with where it came from and what the proxy said of it. */
export interface ProxyResourceView {
  readonly type: 'listener' | 'routes' | 'cluster' | 'endpoints' | 'secret' | 'extension';
  readonly name: string;
  readonly version: string;
  readonly acknowledged: boolean;
  readonly origins: readonly Origin[];
  /** Secrets carry certificates, never keys. */
  readonly content: unknown;
}

export interface ExplainStep {
  readonly subject: string;
  readonly value: string;
  readonly note: string;
  readonly origin?: Origin;
}

export interface ExplainView {
  readonly title: string;
  readonly hops: readonly { readonly title: string; readonly steps: readonly ExplainStep[] }[];
  readonly verdict: { readonly ok: boolean; readonly text: string; readonly alternatives: readonly string[] };
}

/** Answer of POST /weft/v1/apply. A refused one is a Status of 422 (`invalid`) whose `details` are an ApplyView with nothing applied. */
export interface ApplyView {
  /** Nothing was written when any diagnostic is an error. */
  readonly applied: readonly {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly result: 'created' | 'configured' | 'unchanged';
  }[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Kubernetes' Status object, for every refused request. */
export interface StatusView {
  readonly apiVersion: 'v1';
  readonly kind: 'Status';
  readonly status: 'Failure' | 'Success';
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: unknown;
}
