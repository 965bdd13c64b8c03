// What /weft/v1/records answers: what proxies told of requests and connections. Text in it is what clients wrote, cut to a length and without
// control characters; values of queries and what looks like a secret are taken out before anything is kept.

/** Where the record was made; `connection` is a bare connection, or a handshake that failed. */
export type RecordSide = 'outbound' | 'inbound' | 'gateway' | 'connection';

export interface RecordView {
  /** Grows with every record; `after` in a query continues behind it. */
  readonly seq: number;
  /** RFC 3339. */
  readonly at: string;
  /** x-request-id; empty on connections. */
  readonly request: string;
  readonly side: RecordSide;
  /** The proxy that made it: who it is, its token said. */
  readonly proxy: string;
  /** SPIFFE ID of the caller, empty when it has none (plaintext, or from outside). */
  readonly source: string;
  readonly sourceAddress: string;
  readonly secured: boolean;
  /** What was agreed upon with who called, where it arrives: `TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768`. */
  readonly tls?: string;
  /** SPIFFE ID of who was called, empty where nobody was reached. */
  readonly destination: string;
  /** `namespace/name`, empty where it is unknown. */
  readonly service: string;
  readonly port: number;
  readonly method: string;
  readonly host: string;
  /** Values of the query are replaced by `…`. */
  readonly path: string;
  /** 0: there was no answer. */
  readonly status: number;
  readonly grpcStatus: string;
  /** First word of `weft-reason`; empty: nothing but the application had a part in it. */
  readonly cause: string;
  /** All of `weft-reason` but the request's id; empty without one. */
  readonly reason: string;
  /** The document that is to blame, `Kind namespace/name`; empty where there is none or it is not known. */
  readonly policy: string;
  /** This proxy gave the answer itself; otherwise it came from whom it had asked. */
  readonly own: boolean;
  /** Policies in DryRun that would have denied it. */
  readonly wouldDeny: readonly string[];
  readonly route: string;
  readonly cluster: string;
  readonly upstream: string;
  readonly flags: readonly string[];
  readonly details: string;
  readonly failure: string;
  readonly attempts: number;
  readonly durationMs: number;
  /** Until the first byte of the answer came from upstream; -1: none did. */
  readonly upstreamMs: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly userAgent: string;
  /** Of the documents, when the record came: what has changed since can be told. */
  readonly revision: number;
}

export interface RecordsQuery {
  /** Beginning of a request id, of at least four characters. */
  readonly request?: string;
  readonly after?: number;
  /** Epoch ms. */
  readonly since?: number;
  readonly limit: number;
  readonly side?: RecordSide;
  /** Beginning of a cause; `any` is every record with one. */
  readonly cause?: string;
  /** `namespace/name`. */
  readonly service?: string;
  /** `namespace/service account`. */
  readonly from?: string;
  /** Beginning of a path. */
  readonly path?: string;
  /** `404`, or `5xx`. */
  readonly status?: string;
}

/** Losses since the control plane started: nothing is dropped in silence. */
export interface LossView {
  readonly tooMany: number;
  readonly tooLarge: number;
  readonly unreadable: number;
  readonly behind: number;
  readonly notStored: number;
}

export interface RecordsView {
  /** Oldest first. */
  readonly items: readonly RecordView[];
  /** `after` for what comes next. */
  readonly next: number;
  readonly lost: LossView;
}

/** Who spoke with whom, and how: connections with the same ends are one line. */
export interface PeerView {
  readonly security: 'mtls' | 'plaintext' | 'refused';
  /** SPIFFE ID, empty in plaintext. */
  readonly source: string;
  /** IP address, only in plaintext and of those that were refused. */
  readonly address: string;
  readonly destination: string;
  readonly service: string;
  readonly port: number;
  readonly connections: number;
  /** RFC 3339. */
  readonly first: string;
  readonly last: string;
  /** Why a handshake failed. */
  readonly why: string;
  /** What was agreed upon last: `TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768`. */
  readonly tls?: string;
}

/** What was observed of requests to one port, added up. */
export interface UseView {
  readonly outcome: 'passed' | 'denied' | 'would-deny';
  readonly source: string;
  readonly destination: string;
  readonly service: string;
  readonly port: number;
  readonly method: string;
  /** Ids in it are `{*}`. */
  readonly path: string;
  readonly policy: string;
  readonly count: number;
  readonly first: string;
  readonly last: string;
}

export interface KeptView {
  readonly records: number;
  readonly bytes: number;
  readonly budgetBytes: number;
  /** RFC 3339; empty when there is none. */
  readonly oldest: string;
  readonly received: number;
  readonly lost: LossView;
  /** Proxies of which something was lost, by what was lost. */
  readonly losers: readonly { readonly proxy: string; readonly lost: number }[];
}

/** A policy that allows what was observed of a service, and how much that was. */
export interface SuggestionView {
  readonly service: string;
  /** Since when was looked, and since when there is something to look at (empty: nothing). RFC 3339. */
  readonly since: string;
  readonly from: string;
  readonly connections: number;
  /** Requests of the sample, and refusals; the others were only counted by their connections. */
  readonly samples: number;
  readonly callers: readonly {
    readonly port: number;
    /** `namespace/account`; the whole SPIFFE ID of a caller of another trust domain. */
    readonly account: string;
    readonly samples: number;
    /** Empty: any, because too little was seen. */
    readonly methods: readonly string[];
    readonly paths: readonly string[];
    readonly last: string;
  }[];
  /** Callers without an identity: no ALLOW rule by identity lets them in. */
  readonly plaintext: readonly { readonly address: string; readonly port: number; readonly last: string }[];
  /** In DryRun; undefined when nobody was seen. */
  readonly document?: Readonly<Record<string, unknown>> | undefined;
}

/** What a policy denied, or (in DryRun) would have. */
export interface VerdictView {
  readonly outcome: 'denied' | 'would-deny';
  readonly policy: string;
  readonly service: string;
  readonly port: number;
  readonly source: string;
  readonly count: number;
  readonly last: string;
  /** Methods and paths, some of them. */
  readonly requests: readonly string[];
}

/** A document that had a part in a request, as it is now. */
export interface PartView {
  readonly role: 'policy' | 'route';
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly file?: string;
  readonly line?: number;
  /** Since the request was made; `unknown` where history does not reach back so far. */
  readonly state: 'unchanged' | 'changed' | 'gone' | 'unknown';
}

/** A past request: what every proxy on its way told, in order, and the documents that decided. */
export interface RequestView {
  readonly request: string;
  readonly records: readonly RecordView[];
  readonly parts: readonly PartView[];
}
