// Limits as Envoy counts them: a request gets one descriptor per limit that is about it, and each descriptor has its bucket. Every entry
// of a descriptor has a name of its own, so limits never share a bucket by chance.
import {
  duration,
  ExprDescriptorSchema,
  extension,
  type HeaderMatcherSchema,
  headerMatcher,
  type Init,
  type LocalRateLimitDescriptorSchema,
  type MessageInitShape,
  queryMatcher,
  type RateLimitActionSchema,
  type RateLimitSchema,
} from '../../envoy/index.ts';
import { parseDuration } from '../../model/index.ts';
import type { Limit, Rate } from './schema.ts';

export type Action = Init<typeof RateLimitActionSchema>;
type Entry = { readonly key: string; readonly value: string };

interface Part {
  readonly action: Action;
  /** Without a value: each value there is has its own bucket. */
  readonly entry: Entry;
}

export interface Counting {
  readonly rateLimits: readonly Init<typeof RateLimitSchema>[];
  readonly descriptors: readonly Init<typeof LocalRateLimitDescriptorSchema>[];
}

type Callers = NonNullable<Limit['overrides']>[number]['from'];

/** A limit, and before it those of the callers who have one of their own; namespaces are those of `trustDomain`. */
export function countingOf(limit: Limit, trustDomain?: string): readonly Counting[] {
  const overrides = limit.overrides ?? [];
  const everybodyElse = overrides.flatMap(({ from }) => from);
  return [
    ...overrides.map((override, at) => counting(limit, override, [named(`${limit.name}#${at}`), ...callers(override.from, true, trustDomain)])),
    counting(limit, limit, [named(limit.name), ...(everybodyElse.length === 0 ? [] : callers(everybodyElse, false, trustDomain))]),
  ];
}

function counting(limit: Limit, rate: Rate, head: readonly Part[]): Counting {
  const parts = [...head, ...matched(limit), ...keyed(limit)];
  const { cost } = limit;
  const hits = cost === undefined ? {} : { hitsAddend: cost.header === undefined ? { number: BigInt(cost.number ?? 1) } : { format: `%REQ(${cost.header})%` } };
  return {
    rateLimits: [{ actions: parts.map(({ action }) => action), ...hits }],
    descriptors: [{ entries: parts.map(({ entry }) => entry), tokenBucket: bucketOf(rate) }],
  };
}

/** Envoy fills buckets steadily, so a burst is what is in a full one. `requests: 0` is a bucket that never fills. */
export function bucketOf({ requests, per, burst }: Rate) {
  return { maxTokens: burst ?? requests, tokensPerFill: Math.max(requests, 1), fillInterval: duration(parseDuration(per) ?? 1000) };
}

/** `generic_key` is a literal: nothing in it is ever replaced. */
function named(name: string): Part {
  return part({ case: 'genericKey', value: { descriptorKey: 'limit', descriptorValue: name } }, 'limit', name);
}

function part(actionSpecifier: NonNullable<Action['actionSpecifier']>, key: string, value = ''): Part {
  return { action: { actionSpecifier }, entry: { key, value } };
}

type Matcher = MessageInitShape<typeof HeaderMatcherSchema>;

/** Who calls is in a header that the proxy itself writes, from the certificate. */
function callers(from: Callers, expected: boolean, trustDomain?: string): readonly Part[] {
  const domain = trustDomain === undefined ? '[^/;]+' : escaped(trustDomain);
  const each = from.map(({ namespace, serviceAccount }) => `/ns/${namespace}/sa/${serviceAccount ?? '[^/;]+'}`);
  const header = headerMatcher('x-forwarded-client-cert', 'regex', `.*;URI=spiffe://${domain}(${each.join('|')})(;.*)?`);
  return [
    part({ case: 'headerValueMatch', value: { descriptorKey: 'caller', descriptorValue: 'yes', expectMatch: expected, headers: [header] } }, 'caller', 'yes'),
  ];
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** What a request must be like for the limit to be about it; all in one action for headers, one for each query parameter. */
function matched({ match }: Limit): readonly Part[] {
  const { pathPrefix, methods = [], headers = [], query = [] } = match ?? {};
  const matchers: Matcher[] = [
    ...(pathPrefix === undefined || pathPrefix === '/' ? [] : [headerMatcher(':path', 'regex', `${escaped(pathPrefix.replace(/\/+$/, ''))}([/?].*)?`)]),
    ...(methods.length === 0 ? [] : [headerMatcher(':method', 'regex', methods.join('|'))]),
    ...headers.map(({ name, value }) => (value === undefined ? present(name) : headerMatcher(name.toLowerCase(), 'exact', value))),
  ];
  const asked = query.map(({ name, value }, at) => {
    const parameter = value === undefined ? { name, queryParameterMatchSpecifier: PRESENT } : queryMatcher(name, 'exact', value);
    const key = `query${at}`;
    return part(
      { case: 'queryParameterValueMatch', value: { descriptorKey: key, descriptorValue: 'yes', expectMatch: true, queryParameters: [parameter] } },
      key,
      'yes',
    );
  });
  if (matchers.length === 0) return asked;
  return [
    part({ case: 'headerValueMatch', value: { descriptorKey: 'match', descriptorValue: 'yes', expectMatch: true, headers: matchers } }, 'match', 'yes'),
    ...asked,
  ];
}

const PRESENT = { case: 'presentMatch', value: true } as const;
const present = (name: string): Matcher => ({ name: name.toLowerCase(), headerMatchSpecifier: PRESENT });

/** What has a bucket of its own. A request without the header or parameter is not counted. */
function keyed({ by = [] }: Limit): readonly Part[] {
  return by.map(({ kind, name = '' }, at): Part => {
    const key = `by${at}`;
    switch (kind) {
      case 'ServiceAccount':
        return part(expression(key, 'connection.uri_san_peer_certificate'), key);
      case 'Namespace':
        return part(expression(key, NAMESPACE), key);
      case 'ClientAddress':
        // Envoy gives this one its name itself.
        return { action: { actionSpecifier: { case: 'remoteAddress', value: {} } }, entry: { key: 'remote_address', value: '' } };
      case 'Method':
        return part(header(':method', key), key);
      case 'Path':
        return part(expression(key, 'request.url_path'), key);
      case 'Header':
        return part(header(name.toLowerCase(), key), key);
      default:
        return part({ case: 'queryParameters', value: { queryParameterName: name, descriptorKey: key, skipIfAbsent: false } }, key);
    }
  });
}

/** An expression with a regular expression costs a proxy some 75 µs a request, which the others do not. */
const NAMESPACE = "re.extract(connection.uri_san_peer_certificate, '/ns/([^/]+)/sa/', '\\\\1')";

const header = (headerName: string, descriptorKey: string) => ({ case: 'requestHeaders', value: { headerName, descriptorKey, skipIfAbsent: false } }) as const;

/** A request without a certificate is not counted. */
function expression(descriptorKey: string, text: string) {
  const value = extension('envoy.rate_limit_descriptors.expr', ExprDescriptorSchema, {
    descriptorKey,
    skipIfError: false,
    exprSpecifier: { case: 'text', value: text },
  });
  return { case: 'extension', value } as const;
}
