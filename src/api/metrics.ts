// What /weft/v1/stat, /edges, /series and /metrics/kept answer: golden numbers, added up from what proxies count. Every request is counted once: where its
// caller's proxy saw it, or the callee's where the caller has none. Numbers are whole counts of the window unless their name says otherwise.

/** Who answers: the control plane's own store, or the server that `weft up --prometheus` names. */
export type MetricsSource = 'store' | 'prometheus';

/** `unknown`: a bare connection whose ends say nothing, or a caller without a proxy. */
export type SecurityView = 'mutual_tls' | 'none' | 'unknown';

/** Answers by the first digit of their status; `none` had no answer (a reset, or the caller went away). */
export interface CodesView {
  readonly '1xx': number;
  readonly '2xx': number;
  readonly '3xx': number;
  readonly '4xx': number;
  readonly '5xx': number;
  readonly none: number;
}

export interface GoldenView {
  readonly requests: number;
  readonly rps: number;
  /** Status 5xx, a connection that broke, or a gRPC status that is the server's fault (2, 4, 13, 14, 15). A caller that goes away is none. */
  readonly failures: number;
  /** Of 1; null without requests. */
  readonly successRate: number | null;
  /** Answered by the mesh itself or broken on the way (Envoy said why in its flags). */
  readonly byMesh: number;
  readonly codes: CodesView;
  /** Until the last byte of the answer; null where nothing was measured. */
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly meanMs: number | null;
  /** Bodies of requests and of answers, and bytes of bare connections, as the callee receives and sends them. */
  readonly receivedBytesPerSecond: number;
  readonly sentBytesPerSecond: number;
  /** Bare connections (TCP): opened and closed in the window. */
  readonly opened: number;
  readonly closed: number;
}

export interface MetricsWindow {
  /** RFC 3339; what was asked for, widened to whole steps. */
  readonly since: string;
  readonly until: string;
  /** Of what is kept for so long ago. */
  readonly resolutionMs: number;
  readonly source: MetricsSource;
}

export interface ServiceStatView extends GoldenView {
  /** `namespace/name`; a host of outside of the mesh, or `unknown`. */
  readonly service: string;
  /** Of the service; empty for what is outside. */
  readonly namespace: string;
  /** Sorted; several when it is called in several ways. */
  readonly protocols: readonly ('http' | 'grpc' | 'tcp')[];
  /** Share of requests and connections in mutual TLS, of 1; null when there were none. */
  readonly secured: number | null;
}

/** Answer of GET /weft/v1/stat?since=10m&until=&namespace=: services by name. */
export interface StatView extends MetricsWindow {
  readonly items: readonly ServiceStatView[];
}

export interface EdgeEndView {
  /** Name of the workload, without the part that tells its instances apart; `unknown` where it has no proxy. */
  readonly workload: string;
  readonly namespace: string;
  /** Canonical: what its instances have in common (label app, or the workload). */
  readonly service: string;
  /** Label version; `unknown` without. */
  readonly version: string;
  /** SPIFFE ID; `unknown` without. */
  readonly principal: string;
}

export interface EdgeView extends GoldenView {
  readonly source: EdgeEndView;
  readonly destination: EdgeEndView & {
    /** `namespace/name` of the service that was called, as in StatView. */
    readonly called: string;
  };
  readonly protocol: 'http' | 'grpc' | 'tcp';
  readonly security: SecurityView;
}

/** Answer of GET /weft/v1/edges?since=10m&until=&namespace= (edges that begin or end there): most requests first. */
export interface EdgesView extends MetricsWindow {
  readonly items: readonly EdgeView[];
  /** Edges beyond the 5000 busiest. */
  readonly more: number;
}

export const SERIES_BY = ['code', 'source', 'destination', 'route', 'version'] as const;
export type SeriesBy = (typeof SERIES_BY)[number];

/** One line of a chart: one number per step, in the order of `times`. */
export interface SeriesLine {
  /** `503`, `grpc 14`, `shop/web`, `v2`, a route's name; empty for all together. */
  readonly name: string;
  readonly requests: readonly number[];
  readonly failures: readonly number[];
  readonly p50Ms: readonly (number | null)[];
  readonly p90Ms: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
  readonly receivedBytes: readonly number[];
  readonly sentBytes: readonly number[];
  readonly opened: readonly number[];
}

/** Answer of GET /weft/v1/series?service=&by=&since=&until=&stepMs= (without a service: of all together). */
export interface SeriesView extends MetricsWindow {
  readonly service: string;
  readonly by: SeriesBy | '';
  readonly stepMs: number;
  /** Where steps begin, epoch ms. */
  readonly times: readonly number[];
  /** The busiest first, at most 50; what is beyond is in the line `other`. */
  readonly lines: readonly SeriesLine[];
}

/** What is asked of metrics; moments in epoch ms, `namespace` empty for all. */
export interface MetricsQuery {
  readonly since: number;
  readonly until: number;
  readonly namespace: string;
}

/** What is asked of one service: how many requests failed, and how many took as long as that or longer. */
export interface SpentQuery {
  readonly since: number;
  readonly until: number;
  /** As in StatView. */
  readonly service: string;
  /** Undefined: no matter how long. */
  readonly slowMs?: number;
}

/** Whole counts. */
export interface SpentView {
  readonly requests: number;
  readonly failures: number;
  /** Requests whose time was measured, and those of them that took `slowMs` or longer. */
  readonly measured: number;
  readonly slow: number;
}

export interface SeriesQuery {
  readonly since: number;
  readonly until: number;
  /** 0: about 120 steps. */
  readonly stepMs: number;
  /** `namespace/name`; empty for all. */
  readonly service: string;
  /** Services of this namespace alone; empty for all. */
  readonly namespace: string;
  readonly by: SeriesBy | '';
}

/** Data points that did not get in, since the control plane started. */
export interface MetricsLossView {
  /** Messages. */
  readonly tooLarge: number;
  readonly unreadable: number;
  /** Messages that came while too many waited. */
  readonly behind: number;
  /** Points of a proxy that counts more series than any that is well. */
  readonly tooMany: number;
  /** Points of metrics that are none of the mesh's. */
  readonly unknown: number;
  /** Rollups that could not be written: no room, or no right to. */
  readonly notStored: number;
}

/**
 * Entries of logs and spans that proxies told and nobody got: dropped while nobody listened (since the proxy began), or lost on their way (since the
 * control plane began).
 */
export interface UndeliveredView {
  readonly logs: number;
  readonly spans: number;
  /** Those that lost most. */
  readonly proxies: readonly { readonly proxy: string; readonly logs: number; readonly spans: number }[];
}

/** Answer of GET /weft/v1/metrics/kept. */
export interface MetricsKeptView {
  readonly source: MetricsSource;
  readonly bytes: number;
  readonly budgetBytes: number;
  readonly levels: readonly { readonly stepMs: number; readonly keepMs: number; readonly files: number; readonly bytes: number; readonly oldest: string }[];
  /** Label sets by the namespace whose proxies sent them. What is over the budget is counted under `other`, so sums stay right. */
  readonly series: readonly { readonly namespace: string; readonly series: number; readonly budget: number; readonly foldedPoints: number }[];
  readonly points: number;
  readonly proxies: number;
  readonly lost: MetricsLossView;
  readonly undelivered: UndeliveredView;
  /** Pushes to the collector of `--metrics-to`. */
  readonly forwarded?: { readonly sent: number; readonly failed: number; readonly trouble: string };
}
