// What /weft/v1/traces answers: what single requests went through, span by span. A span is what one proxy saw of one request. Text in it is what
// clients wrote, cut to a length, on one line, without values of queries and what looks like a secret.

/** Which side of a workload: what it was asked (`inbound`), what it asked itself (`outbound`), or a gateway. */
export type SpanSide = 'inbound' | 'outbound' | 'gateway';

export interface SpanView {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** Id of the span that this one happened in; empty at the top. */
  readonly parent: string;
  /** Id under which its proxy reported it: another one than the trace's where the tree was rebuilt. */
  readonly trace: string;
  /** What the request said of its trace in B3, which applications pass on among each other: ids of 32 and 16 digits; no parent is empty. */
  readonly b3?: { readonly trace: string; readonly span: string; readonly parent: string };
  readonly side: SpanSide;
  readonly kind: 'server' | 'client';
  /** Service of the workload whose proxy made it, `namespace/name`; empty when it serves none. */
  readonly service: string;
  readonly namespace: string;
  /** `namespace/name`, as the proxy's token says. */
  readonly workload: string;
  /** Service on the other end of a call (outbound and gateway), `namespace/name`; empty where it is unknown. */
  readonly peer: string;
  /** `GET /orders/{*}`: the method, and the path with ids taken out. */
  readonly name: string;
  /** Epoch µs, by the clock of the machine that the proxy runs on. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly method: string;
  readonly host: string;
  /** Values of the query are replaced by `…`. */
  readonly path: string;
  /** 0: there was no answer. */
  readonly status: number;
  readonly grpcStatus: string;
  readonly error: boolean;
  /** x-request-id. */
  readonly request: string;
  /** Which rule was taken: `shop/checkout/0`. */
  readonly route: string;
  readonly cluster: string;
  readonly upstream: string;
  /** First word of `weft-reason`; empty: nothing but the application had a part in the answer. */
  readonly cause: string;
  /** All of `weft-reason` but the request's id. */
  readonly reason: string;
  /** The document that is to blame, `Kind namespace/name`. */
  readonly policy: string;
  readonly flags: readonly string[];
  /** 1: asked once. */
  readonly attempts: number;
  /** What of the duration the proxy itself took, and what it waited for upstream (the application, inbound); -1: not known. */
  readonly proxyUs: number;
  readonly upstreamUs: number;
  /** What policies asked to be written on it (TelemetryPolicy `tracing.tags`). */
  readonly attributes: Readonly<Record<string, string>>;
  /** The edge to `parent` was not told but inferred from times: so sure is it, 0 to 1. */
  readonly inferred?: { readonly confidence: number };
}

export interface TraceSummary {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** When it began, RFC 3339. */
  readonly at: string;
  readonly durationUs: number;
  /** Of its first span: service (or gateway) that was asked first, what was asked, and the answer. */
  readonly service: string;
  readonly name: string;
  readonly status: number;
  /** Some span of it failed. */
  readonly error: boolean;
  readonly spans: number;
  /** All services with a span in it, sorted. */
  readonly services: readonly string[];
  readonly requests: readonly string[];
  /** Edges that were inferred; 0: all were told. */
  readonly inferred: number;
  /** How sure all of them are together; 1 without any. */
  readonly confidence: number;
  /** It ended so short a time ago that proxies may yet tell more of it, and parents may yet be inferred: what is seen may be a part. */
  readonly settling: boolean;
}

export interface TraceView extends TraceSummary {
  /** A parent before its children, children in order of time. */
  readonly tree: readonly SpanView[];
  /** Spans that name a parent which did not arrive. */
  readonly orphans: number;
}

export interface TracesQuery {
  /** `namespace/name`: traces with a span of this service. */
  readonly service?: string;
  readonly namespace?: string;
  /** `404`, or `5xx`, of any of its spans. */
  readonly status?: string;
  readonly error?: boolean;
  /** Least and most duration of the whole. */
  readonly minMs?: number;
  readonly maxMs?: number;
  /** Epoch ms. */
  readonly since?: number;
  readonly until?: number;
  /** Beginning of an x-request-id, of at least four characters. */
  readonly request?: string;
  /** Beginning of a path, of any of its spans. */
  readonly path?: string;
  readonly limit: number;
}

/** Losses since the control plane started. */
export interface SpanLossView {
  /** More than a proxy may tell. */
  readonly tooMany: number;
  readonly tooLarge: number;
  readonly unreadable: number;
  /** More came than the thread could take. */
  readonly behind: number;
  readonly notStored: number;
}

export interface TracesView {
  /** Newest first. */
  readonly items: readonly TraceSummary[];
  readonly lost: SpanLossView;
}

/** Where spans, or lines of access logs, are sent beside. Counts since the control plane started. */
export interface ExportView {
  readonly endpoint: string;
  readonly protocol: 'grpc' | 'http';
  readonly sent: number;
  readonly lost: number;
  /** What the collector said last when it did not take them; empty: all is well. */
  readonly trouble: string;
}

/** A collector and how it takes what it is sent. Counts since the control plane started; metrics are whole counts, of which nothing is lost. */
export interface CollectorView {
  readonly signal: 'metrics' | 'traces' | 'logs';
  readonly endpoint: string;
  readonly sent: number;
  readonly lost: number;
  readonly trouble: string;
}

export interface SpansKeptView {
  readonly spans: number;
  readonly bytes: number;
  readonly budgetBytes: number;
  /** RFC 3339; empty when there is none. */
  readonly oldest: string;
  readonly received: number;
  readonly lost: SpanLossView;
  readonly export?: ExportView;
}

/** A service that does not pass on what ties its calls together. */
export interface BrokenPropagationView {
  readonly service: string;
  /** Its calls that were made while it was asked something, and how many of them named it as their parent. */
  readonly calls: number;
  readonly propagated: number;
  /** RFC 3339. */
  readonly last: string;
}
