import type { Origin } from '../../base/index.ts';
import { formatDuration, type HttpRoute, type RouteRule } from '../../model/index.ts';
import type { GivenLayer } from '../policy.ts';

/** Fields of a policy's spec, and what they are called in a rule's `retry` (Gateway API). */
const CALLED: Readonly<Record<string, string>> = { statusCodes: 'codes', attempts: 'attempts', 'backoff.base': 'backoff', 'backoff.max': 'backoff' };

/** Gateway API has one backoff, the least; it may grow to ten times that, which is what Envoy does by itself. */
const GROWTH = 10;

/** What a rule's own `retry` says: which statuses, how often, how soon. For which methods is still the policies' word. */
export function retryOfRule(_route: HttpRoute, rule: RouteRule, originOf: (path: string) => Origin): GivenLayer | undefined {
  const { retry } = rule;
  if (retry === undefined) return undefined;
  const { codes, attempts, backoffMs } = retry;
  const spec = {
    ...(codes.length === 0 ? {} : { statusCodes: codes }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(backoffMs === undefined ? {} : { backoff: { base: formatDuration(backoffMs), max: formatDuration(backoffMs * GROWTH) } }),
  };
  if (Object.keys(spec).length === 0) return undefined;
  return { spec, originOf: (path) => originOf(`${rule.origin.path}.retry.${CALLED[path] ?? ''}`), words: 'the rule itself' };
}
