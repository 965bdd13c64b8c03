import { canonicalJson } from '../../base/index.ts';
import {
  duration,
  ExtensionWithMatcherSchema,
  extension,
  HeaderMutationSchema,
  HttpRequestHeaderMatchInputSchema,
  headerChange,
  headerMatcher,
  type NamedConfig,
  named,
  PreviousHostsPredicateSchema,
  SkipFilterSchema,
} from '../../envoy/index.ts';
import { SAFE_METHODS } from '../../policy/index.ts';
import type { RetryPlan, TimeoutPlan } from '../plan.ts';

/** Written by the peer's sidecar when it could not reach its application; the sidecar strips it from what applications answer. */
const PEER_COULD_NOT_CONNECT = headerMatcher('weft-reason', 'prefix', 'upstream-connect');

const PREVIOUS_HOSTS = named('envoy.retry_host_predicates.previous_hosts', PreviousHostsPredicateSchema, {});

/** Beside `weft-reason` on a peer's sidecar's answer when its application broke off: present means "again, if that is harmless". */
export const RETRY_HEADER = 'weft-retry';

/** Request headers that Envoy's router reads into the retry policy, and consumes: nobody upstream sees them. */
const ADDITIONS = [
  ['x-envoy-retry-on', 'reset'],
  ['x-envoy-retriable-header-names', RETRY_HEADER],
] as const;
export const ADDITION_NAMES = ADDITIONS.map(([name]) => name);

/**
 * Envoy's retry policy has no condition on the method. This filter adds what may be retried beyond it for methods without side effects
 * (RFC 9110 §9.2.2): after a reset, here or between the peer's sidecar and its application. The other way, two routes for each
 * match, makes a route table twice as large and three times as slow to take in; the filter costs nothing that can be measured.
 */
export function safeMethodsFilter(): NamedConfig {
  const requestMutations = ADDITIONS.map(([name, value]) => ({ action: { case: 'append' as const, value: headerChange('set', name, value) } }));
  return named('weft.safe_methods', ExtensionWithMatcherSchema, {
    extensionConfig: extension('envoy.filters.http.header_mutation', HeaderMutationSchema, { mutations: { requestMutations } }),
    xdsMatcher: {
      matcherType: {
        case: 'matcherList',
        value: { matchers: [{ predicate: not(SAFE_METHODS.map(isMethod)), onMatch: { onMatch: { case: 'action', value: SKIP } } }] },
      },
    },
  });
}

const SKIP = extension('skip', SkipFilterSchema, {});
const METHOD = extension('method', HttpRequestHeaderMatchInputSchema, { headerName: ':method' });

function isMethod(method: string) {
  return {
    matchType: {
      case: 'singlePredicate' as const,
      value: { input: METHOD, matcher: { case: 'valueMatch' as const, value: { matchPattern: { case: 'exact' as const, value: method } } } },
    },
  };
}

function not(predicates: ReturnType<typeof isMethod>[]) {
  const any = { matchType: { case: 'orMatcher' as const, value: { predicate: predicates } } };
  return { matchType: { case: 'notMatcher' as const, value: any } };
}

/** The retry policy for any method. Undefined when nothing is to be retried. */
export function emitRetry(retry: RetryPlan, tryMs: number) {
  if (retry.attempts === 0) return undefined;
  return {
    retryOn: retry.on.join(','),
    numRetries: retry.attempts,
    ...(tryMs > 0 ? { perTryTimeout: duration(tryMs) } : {}),
    retryHostPredicate: [PREVIOUS_HOSTS],
    // Of two endpoints least-request takes the one with fewer requests three times of four, which is the dead one: by
    // calculation ten picks end there in one of eighteen cases (0.75^10), a hundred in none.
    hostSelectionRetryMaxAttempts: 100n,
    retryBackOff: { baseInterval: duration(retry.baseBackoffMs), maxInterval: duration(retry.maxBackoffMs) },
    retriableHeaders: [PEER_COULD_NOT_CONNECT],
  };
}

export interface CommonRetry {
  /** All that it says, as text. */
  readonly key: string;
  readonly attempts: number;
}

/** What a retry policy says, wherever it comes from. */
export function retryKey({ origin: _, ...values }: RetryPlan): string {
  return canonicalJson(values);
}

/**
 * The route's own retry policy; none where the virtual host's says the same, which is the usual case and halves the work that a
 * large table is for Envoy. An empty one switches that off.
 */
export function ownRetry(common: CommonRetry, { retry, timeout }: { readonly retry: RetryPlan; readonly timeout: TimeoutPlan }) {
  if (timeout.tryMs === 0 && retryKey(retry) === common.key) return undefined;
  return emitRetry(retry, timeout.tryMs) ?? {};
}
