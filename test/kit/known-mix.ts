// A mix of requests whose every outcome is known on both sides of a call: what V1, V3 and V4 compare with what was counted, traced and written down.
/** By default 1,000; WEFT_TEST_METRIC_REQUESTS=10000 is the full size. */
export const REQUESTS = Number(process.env['WEFT_TEST_METRIC_REQUESTS'] ?? 1000);
export const AT = 'http://lab.shop.mesh';
const GRPC = { 'content-type': 'application/grpc' };

export interface Part {
  readonly what: string;
  /** Of 1000 requests. */
  readonly share: number;
  readonly url: string;
  readonly grpc?: true;
  /** What the caller is answered. */
  readonly status: number;
  /** `code flags grpc-status`, as the caller's proxy sees one request. */
  readonly source: string;
  /** As the called one's does, for each time that it comes there; nothing: it does not come. */
  readonly destination: readonly string[];
  /** Who refused it, where, and why: `policy details`. */
  readonly refused?: { readonly by: 'source' | 'destination'; readonly policy: string; readonly details: string };
}

export const MIX: readonly Part[] = [
  { what: 'well', share: 500, url: `${AT}/bytes/100`, status: 200, source: '200 -', destination: ['200 -'] },
  { what: 'not found', share: 100, url: `${AT}/flaky/1000000/404/x`, status: 404, source: '404 -', destination: ['404 -'] },
  { what: 'failed', share: 50, url: `${AT}/flaky/1000000/500/y`, status: 500, source: '500 -', destination: ['500 -'] },
  { what: 'broken off', share: 20, url: `${AT}/break/1000000/z`, status: 503, source: '503 URX', destination: ['503 UC', '503 UC', '503 UC'] },
  { what: 'retried', share: 50, url: `${AT}/break/1/again-{n}`, status: 200, source: '200 -', destination: ['503 UC', '200 -'] },
  {
    what: 'timed out',
    share: 10,
    url: `${AT}/delay/60000`,
    status: 504,
    source: '504 UT',
    destination: ['0 DR'],
    refused: { by: 'source', policy: '"timeout":"TimeoutPolicy shop/lab"', details: 'response_timeout' },
  },
  {
    what: 'denied',
    share: 80,
    url: `${AT}/denied/{n}`,
    status: 403,
    source: '403 -',
    destination: ['403 -'],
    refused: { by: 'destination', policy: '', details: 'rbac_access_denied_matched_policy[shop/lab' },
  },
  {
    what: 'limited',
    share: 70,
    url: `${AT}/limited/{n}`,
    status: 429,
    source: '429 -',
    destination: ['429 RL'],
    refused: { by: 'destination', policy: '"ratelimit":"RateLimitPolicy shop/lab"', details: 'local_rate_limited' },
  },
  {
    what: 'failed on purpose',
    share: 40,
    url: `${AT}/fault/{n}`,
    status: 418,
    source: '418 -',
    destination: ['418 FI'],
    refused: { by: 'destination', policy: '"fault":"FaultPolicy shop/lab"', details: 'fault_filter_abort' },
  },
  { what: 'gRPC well', share: 50, url: `${AT}/grpc/0/0/k`, grpc: true, status: 200, source: '200 - 0', destination: ['200 - 0'] },
  { what: 'gRPC refused', share: 30, url: `${AT}/grpc/1000000/7/l`, grpc: true, status: 200, source: '200 - 7', destination: ['200 - 7'] },
];

export const countOf = ({ share }: Part): number => Math.max(1, Math.round((share * REQUESTS) / 1000));

/** How often each outcome is to be counted. */
export function expected(outcomes: (part: Part) => readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const part of MIX) for (const outcome of outcomes(part)) counts.set(outcome, (counts.get(outcome) ?? 0) + countOf(part));
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, each) => sum + each, 0);

/** Headers of the requests of a part. */
export const headersOf = ({ grpc }: Part): { readonly headers?: Readonly<Record<string, string>> } => (grpc === undefined ? {} : { headers: GRPC });
