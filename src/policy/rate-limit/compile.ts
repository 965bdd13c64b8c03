import { byCodeUnit } from '../../base/index.ts';
import {
  ConnectionLimitSchema,
  duration,
  HttpLocalRateLimitSchema,
  headerChange,
  NetworkLocalRateLimitSchema,
  type Packed,
  pack,
  percent,
  XRateLimitHeadersRFCVersion,
} from '../../envoy/index.ts';
import type { Contribution } from '../contribution.ts';
import { decidedBy, type Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { type Reader, readerOf } from '../read.ts';
import { bucketOf, countingOf } from './descriptors.ts';
import type { Limit, RateLimitSpec } from './schema.ts';

/**
 * Limits where requests arrive, and at Gateways. Buckets travel by ECDS, those of each port or route table under a name of its own, so that
 * no other change fills them; routes only switch them on.
 */
export function compileRateLimits(effective: Effective, site: Site): readonly Contribution[] {
  const read = readerOf(effective);
  if (site.protocol === 'tcp') return connections(read);
  return requests(read, effective, site);
}

/** Routes count together where the same documents say the same for the same target. */
function amongOf({ fields }: Effective): string {
  const said = [...fields.values()].flatMap(({ from: { policy, words } }) => (policy === undefined ? [] : [`${policy.namespace}/${policy.name} ${words}`]));
  return [...new Set(said)].sort(byCodeUnit).join(', ');
}

interface Shared {
  readonly among: string;
  readonly place: string;
}

function requests(read: Reader, effective: Effective, { side, name, trustDomain }: Site): readonly Contribution[] {
  const shared: Shared | undefined = side === 'gateway' ? { among: amongOf(effective), place: name } : undefined;
  const limits = read.list<Limit>('limits');
  const policy = decidedBy(effective, 'limits');
  const origin = read.origin('limits');
  if (limits.length === 0 || policy === undefined) return [];
  return [
    {
      kind: 'extension',
      filter: 'weft.local_ratelimit',
      config: buckets(limits, read, trustDomain),
      ...(shared === undefined ? {} : { among: shared.among }),
      origin,
    },
    { kind: 'http-filter', filter: 'weft.local_ratelimit', ...(shared === undefined ? {} : { place: shared.place }), origin },
    { kind: 'blame', cause: 'ratelimit', policy, origin },
  ];
}

/** So many callers (or values of a header) have a bucket at a time; who was away for longest begins with a full one. */
const MOST_KEYS = 10_000;

function buckets(limits: readonly Limit[], read: Reader, trustDomain: string | undefined): Packed {
  const counted = limits.flatMap((limit) => countingOf(limit, trustDomain));
  const headers = read.list<{ readonly name: string; readonly value: string }>('response.headers');
  return pack(HttpLocalRateLimitSchema, {
    statPrefix: 'weft',
    status: { code: read.number('response.status') ?? 429 },
    filterEnabled: { defaultValue: percent(100) },
    filterEnforced: { defaultValue: percent(read.text('enforcement') === 'DryRun' ? 0 : 100) },
    responseHeadersToAdd: headers.map(({ name, value }) => headerChange('set', name, value.replaceAll('%', '%%'))),
    rateLimits: counted.flatMap((each) => each.rateLimits),
    descriptors: counted.flatMap((each) => each.descriptors),
    maxDynamicDescriptors: MOST_KEYS,
    alwaysConsumeDefaultTokenBucket: false,
    localRateLimitPerDownstreamConnection: false,
    enableXRatelimitHeaders: read.flag('response.rateLimitHeaders') ? XRateLimitHeadersRFCVersion.DRAFT_VERSION_03 : XRateLimitHeadersRFCVersion.OFF,
    enableRetryAfterHeader: read.flag('response.retryAfter'),
    rateLimitedAsResourceExhausted: true,
  });
}

function connections(read: Reader): readonly Contribution[] {
  const origin = read.origin('tcp');
  const most = read.number('tcp.maxConnections');
  const fresh = read.given('tcp.newConnections') as NonNullable<RateLimitSpec['tcp']>['newConnections'];
  // Nothing is only counted here: who would be refused is let in, and nobody could tell.
  if (read.text('enforcement') === 'DryRun') return [];
  const limits: Contribution[] = [];
  if (most !== undefined) {
    const config = pack(ConnectionLimitSchema, { statPrefix: 'weft', maxConnections: BigInt(most), delay: duration(0) });
    limits.push({ kind: 'extension', filter: 'weft.connection_limit', config, origin });
  }
  if (fresh !== undefined) {
    const tokenBucket = bucketOf({ requests: fresh.connections, per: fresh.per, burst: fresh.burst });
    limits.push({ kind: 'extension', filter: 'weft.connection_rate', config: pack(NetworkLocalRateLimitSchema, { statPrefix: 'weft', tokenBucket }), origin });
  }
  return limits;
}
