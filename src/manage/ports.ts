// What the management API needs from the outside, as types; bin/ joins them with the store, control, compile and identity.
import type {
  CollectorView,
  EdgesView,
  EffectiveRequest,
  EffectiveView,
  EffectView,
  ExplainView,
  FatesView,
  HealthView,
  KeptView,
  MeshPeerView,
  MetricsKeptView,
  MetricsQuery,
  PeerView,
  ProxyResourceView,
  ProxyView,
  RecordsQuery,
  RecordsView,
  RecordView,
  SeriesQuery,
  SeriesView,
  SpentQuery,
  SpentView,
  StatView,
  SuggestionView,
  TapLine,
  UseView,
  VerdictView,
} from '../api/index.ts';
import type { Clock, Diagnostic, Family } from '../base/index.ts';
import type { Document, DocumentKey, Mesh } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import type { BanPort } from './ban-routes.ts';
import type { CaDesk } from './ca-routes.ts';
import type { TapPlan } from './tap-routes.ts';
import type { TracesPort } from './traces-routes.ts';

/** What `weft explain --from A --to B …` asks. `from` is `namespace/workload`, `to` as an application would call it. */
export interface ExplainQuestion {
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a join token shall allow; identity's `JoinGrant`. */
export interface JoinTokenGrant {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** What the control plane says of itself. */
export interface PlaneFacts {
  readonly version: string;
  readonly trustDomain: string;
  /** `host:port` where proxies and machines sign in. */
  readonly xdsAddress: string;
  readonly rootPem: string;
  /** SHA-256 of the root certificate, as in a join token. */
  readonly rootFingerprint: string;
}

export interface MetricsPort {
  stat(query: MetricsQuery): Promise<StatView>;
  edges(query: MetricsQuery): Promise<EdgesView>;
  series(query: SeriesQuery): Promise<SeriesView>;
  spent(query: SpentQuery): Promise<SpentView>;
  kept(): Promise<MetricsKeptView>;
  /** Heaps of proxies in bytes, by id; absent where none is kept. */
  memory?(): Promise<ReadonlyMap<string, number>>;
  /** For Prometheus, in its own text or in OpenMetrics. */
  page(openMetrics: boolean): Promise<{ readonly type: string; readonly text: string }>;
}

export interface ManagePorts {
  readonly store: Store;
  readonly clock: Clock;
  facts(): PlaneFacts;
  /** The mesh's roots; without it there is nothing at /weft/v1/ca. */
  readonly ca?: CaDesk;
  /** What the control plane has done since it started, as plain numbers. */
  counters(): Readonly<Record<string, number>>;
  proxies(): readonly ProxyView[];
  /** Undefined when there is no such proxy. `id` is `namespace/name`. */
  resources(id: string): readonly ProxyResourceView[] | undefined | Promise<readonly ProxyResourceView[] | undefined>;
  explain(question: ExplainQuestion): ExplainView | Promise<ExplainView>;
  /** What holds at a service, and why. */
  effective(question: EffectiveRequest): EffectiveView;
  /** What became of every field of a document; undefined when it is not there. */
  fates(key: DocumentKey): FatesView | undefined;
  /** What is wrong among the documents, errors first. */
  diagnostics(): Promise<readonly Diagnostic[]>;
  /** What writing these documents would do to proxies. */
  effect(documents: readonly Document[]): Promise<EffectView>;
  /** What proxies told of requests and connections; absent where nothing is kept. */
  readonly records?: {
    find(query: RecordsQuery): Promise<RecordsView>;
    peers(since: number): Promise<readonly PeerView[]>;
    uses(since: number): Promise<readonly UseView[]>;
    requests(request: string): Promise<readonly { readonly request: string; readonly records: readonly RecordView[] }[]>;
    suggest(since: number, service: string | undefined): Promise<readonly SuggestionView[]>;
    verdicts(since: number, service: string | undefined): Promise<readonly VerdictView[]>;
    kept(): Promise<KeptView>;
  };
  /** Golden numbers; absent where nothing is kept. */
  readonly metrics?: MetricsPort;
  /** What requests went through; absent where nothing is kept. */
  readonly traces?: TracesPort;
  /** Where what proxies tell goes beside, and lines of access logs that could not be written; absent where nothing is kept. */
  readonly beside?: () => Promise<{ readonly collectors: readonly CollectorView[]; readonly lines: { readonly notStored: number } }>;
  /** Requests as they happen, until the signal; absent where nothing can be tapped. */
  readonly tap?: { open(plan: TapPlan, signal: AbortSignal): AsyncIterable<TapLine> };
  /** What a kube cluster is not heard of at the moment, and why; absent without one. */
  readonly unheard?: () => readonly { readonly type: string; readonly words: string }[];
  /** Documents in force; absent where there is no control plane (in tests). */
  readonly mesh?: () => Mesh;
  /** How the control plane itself is. */
  health?(): Promise<HealthView>;
  /** The control plane's own metrics; absent: none. */
  families?(): Promise<readonly Family[]>;
  /** Parts that do not work, by name: then the control plane is not ready. Absent: it is. */
  ready?(): Promise<readonly string[]>;
  /** What machines show of themselves: clocks, and attempts to join that were refused. */
  readonly machines?: {
    readonly clocks: ReadonlyMap<string, number>;
    readonly refusedJoins: ReadonlyMap<string, { readonly count: number; readonly last: number }>;
  };
  /** The other replicas of the control plane; absent where it is the only one. */
  readonly replica?: {
    /** As the others call this one. */
    readonly name: string;
    /** What the others are told. */
    report(asked: { readonly tallied: number; readonly standings: boolean }): object;
    /** Answers of all others to a GET, asked as an administrator, and who did not answer. */
    ask(path: string): Promise<{ readonly answers: readonly { readonly replica: string; readonly body: unknown }[]; readonly silent: readonly string[] }>;
    /** The same of a stream of lines; one that cannot be had, or breaks off, ends. */
    lines(path: string, signal: AbortSignal): readonly AsyncIterable<unknown>[];
  };
  /** Lines of a backup of the data folder. */
  backup?(): AsyncIterable<string>;
  createJoin(grant: JoinTokenGrant): Promise<string>;
  /** Other meshes; absent where there are none (in tests). */
  meshPeers?(): readonly MeshPeerView[];
  /** Who is shut out; absent where nobody can be (in tests). */
  readonly bans?: BanPort;
  /**
   * What only shows between documents, given that these were written: missing backends, unreachable rules. These come and go
   * with other documents, so none of them refuses a write: an error among them is handed on as a warning. Asked before the write, of
   * the mesh as it is then; what is returned does the work, after it.
   */
  analyze(documents: readonly Document[]): () => readonly Diagnostic[] | Promise<readonly Diagnostic[]>;
  /** What only the real Envoy can say against documents that are to be written; empty where it takes too long. Like `analyze`, it refuses nothing. */
  check?(documents: readonly Document[]): Promise<readonly Diagnostic[]>;
  log(level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>): void;
}
