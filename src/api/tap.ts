// What /weft/v1/tap asks and answers: requests as they happen, one JSON object per line. Text in it is what clients wrote, made harmless as in
// records (docs/records.md): cut to a length, without control characters, values of queries and what looks like a secret.
import { z } from 'zod';
import type { RecordSide } from './records.ts';

export type TapSide = Exclude<RecordSide, 'connection'>;

/** One end of a request. Empty text: it is not known at the proxy that tells. */
export interface TapEnd {
  /** `namespace/name` of the workload; only of the end whose proxy tells. */
  readonly workload: string;
  /** `namespace/name`. */
  readonly service: string;
  readonly namespace: string;
  /** SPIFFE ID. */
  readonly principal: string;
  /** IP address, for the one that is called with its port. */
  readonly address: string;
}

/** A request that is over, as one proxy on its way saw it. */
export interface TapRequest {
  readonly kind: 'request';
  /** x-request-id, the same at every proxy on its way. */
  readonly request: string;
  /** RFC 3339, when it began. */
  readonly at: string;
  readonly side: TapSide;
  /** `namespace/name` of the proxy that tells. */
  readonly proxy: string;
  readonly source: TapEnd;
  readonly destination: TapEnd;
  readonly port: number;
  /** Mutual TLS between the two. */
  readonly secured: boolean;
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  /** Values of the query are replaced by `…`. */
  readonly path: string;
  /** 0: there was no answer. */
  readonly status: number;
  /** Empty: it is no gRPC. */
  readonly grpcStatus: string;
  /** Envoy's short words: `UF`, `NR`. */
  readonly flags: readonly string[];
  /** First word of `weft-reason`; empty: nothing but the application had a part in it. */
  readonly cause: string;
  readonly reason: string;
  /** `Kind namespace/name` that is to blame. */
  readonly policy: string;
  readonly route: string;
  /** From its first byte to the last one of the answer. */
  readonly durationUs: number;
  /** Of these, what whoever was asked took; -1: nobody was. The rest is the proxy's, and the client's own. */
  readonly upstreamUs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** How often it was sent again. */
  readonly retries: number;
  /** Only when asked for: names in lower case, of those that are told (docs/tap.md); secrets are `…`. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly responseHeaders?: Readonly<Record<string, string>>;
}

/** Said when it begins, when the set of proxies has changed, and every few seconds. */
export interface TapStanding {
  readonly kind: 'standing';
  /** Proxies that tell every request now, and those that are to and do not yet. */
  readonly telling: number;
  readonly waiting: number;
}

/** So many requests matched and are not in the stream, since the last line that said so. */
export interface TapDropped {
  readonly kind: 'dropped';
  readonly count: number;
  /** More than maxRps; the reader did not keep up; the control plane did not. */
  readonly why: 'max-rps' | 'slow-reader' | 'behind';
}

/** The last line, when the control plane ends it. */
export interface TapEnded {
  readonly kind: 'ended';
  readonly why: string;
}

/** One line. A reader skips kinds that it does not know. */
export type TapLine = TapRequest | TapStanding | TapDropped | TapEnded;

export const TAP_MOST_RPS = 1000;
export const TAP_DEFAULT_RPS = 100;

const name = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be lower-case letters, digits, "-" and "."');
const place = z.string().regex(/^[a-z0-9.-]+(\/[a-z0-9.-]+)?$/, 'must be NAME or NAMESPACE/NAME');
const yes = z.enum(['', '1', 'true', '0', 'false']).transform((text) => text !== '0' && text !== 'false');

/**
 * The query of `GET /weft/v1/tap`. What is tapped is one of service, workload and gateway, or all of a namespace; bare names are looked for in
 * `namespace`. The other fields narrow it. `from` is the caller, whose proxies are then asked as well.
 */
export const TapQuerySchema = z.strictObject({
  namespace: name.optional(),
  service: place.optional(),
  workload: place.optional(),
  gateway: place.optional(),
  /** Labels of workloads, as kubectl's `-l`: `app=web,version!=v1`. */
  selector: z.string().min(1).max(512).optional(),
  /** Workload or service account of the caller. */
  from: place.optional(),
  /** Service that is called. */
  to: place.optional(),
  side: z.enum(['outbound', 'inbound', 'gateway']).optional(),
  /** Beginning of the path. */
  path: z.string().startsWith('/', 'must begin with "/"').max(1024).optional(),
  method: z
    .string()
    .regex(/^[A-Za-z]{1,32}$/, 'must be an HTTP method')
    .transform((text) => text.toUpperCase())
    .optional(),
  scheme: z.enum(['http', 'https']).optional(),
  /** Beginning of the authority. */
  authority: z.string().min(1).max(255).optional(),
  status: z
    .string()
    .regex(/^(\d{1,3}|[1-5]xx)$/, 'must be a status (404) or a class of them (5xx)')
    .optional(),
  headers: yes.default(false),
  maxRps: z.coerce.number().int().min(1).max(TAP_MOST_RPS).default(TAP_DEFAULT_RPS),
});

export type TapQuery = z.output<typeof TapQuerySchema>;
