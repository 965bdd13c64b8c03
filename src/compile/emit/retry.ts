import { canonicalJson } from '../../base/index.ts';
import {
  anyOf,
  duration,
  ExtensionWithMatcherSchema,
  extension,
  HeaderMutationSchema,
  headerChange,
  headerIs,
  headerMatcher,
  type NamedConfig,
  named,
  not,
  PreviousHostsPredicateSchema,
  PreviousPrioritiesConfigSchema,
  RetryPolicy_ResetHeaderFormat,
  SkipFilterSchema,
} from '../../envoy/index.ts';
import { SAFE_METHODS } from '../../policy/index.ts';
import type { RetryPlan, TimeoutPlan } from '../plan.ts';
import { forAnyMethod, RETRY_HEADER, reachesPeers } from './retry-words.ts';

export { RETRY_HEADER } from './retry-words.ts';

/** Written by the peer's sidecar when it could not reach its application; the sidecar strips it from what applications answer. */
const PEER_COULD_NOT_CONNECT = headerMatcher('weft-reason', 'prefix', 'upstream-connect');

const PREVIOUS_HOSTS = named('envoy.retry_host_predicates.previous_hosts', PreviousHostsPredicateSchema, {});
const OTHER_PRIORITIES = named('envoy.retry_priorities.previous_priorities', PreviousPrioritiesConfigSchema, { updateFrequency: 1 });

/** Request headers that Envoy's router reads into the retry policy, and consumes: nobody upstream sees them. */
const ADDITIONS = [
  ['x-envoy-retry-on', 'reset'],
  ['x-envoy-retriable-header-names', RETRY_HEADER],
] as const;
export const ADDITION_NAMES = ADDITIONS.map(([name]) => name);

export const SAFE_METHODS_FILTER = 'weft.safe_methods';

/**
 * Envoy's retry policy has no condition on the method. This filter adds what may be retried beyond it for methods without side effects
 * (RFC 9110 §9.2.2): after a reset, here or between the peer's sidecar and its application. The other way, two routes for each
 * match, makes a route table twice as large and three times as slow to take in; the filter costs nothing that can be measured.
 */
export function safeMethodsFilter(): NamedConfig {
  const requestMutations = ADDITIONS.map(([name, value]) => ({ action: { case: 'append' as const, value: headerChange('set', name, value) } }));
  const [first = '', ...others] = SAFE_METHODS;
  const isMethod = (method: string) => headerIs(':method', 'exact', method);
  return named(SAFE_METHODS_FILTER, ExtensionWithMatcherSchema, {
    extensionConfig: extension('envoy.filters.http.header_mutation', HeaderMutationSchema, { mutations: { requestMutations } }),
    xdsMatcher: {
      matcherType: {
        case: 'matcherList',
        value: { matchers: [{ predicate: not(anyOf([isMethod(first), ...others.map(isMethod)])), onMatch: { onMatch: { case: 'action', value: SKIP } } }] },
      },
    },
  });
}

const SKIP = extension('skip', SkipFilterSchema, {});

const PRESENT = { case: 'presentMatch', value: true } as const;

const FORMATS = { Seconds: RetryPolicy_ResetHeaderFormat.SECONDS, UnixTimestamp: RetryPolicy_ResetHeaderFormat.UNIX_TIMESTAMP };

function serverDirected({ serverDirected: directed }: RetryPlan) {
  if (directed === undefined) return {};
  const resetHeaders = directed.headers.map(({ name, format }) => ({ name, format: FORMATS[format] }));
  return { rateLimitedRetryBackOff: { resetHeaders, maxInterval: duration(directed.maxMs) } };
}

/** The retry policy, as far as it is for any method; the rest is in retry-methods.ts. Undefined when nothing is to be retried. */
export function emitRetry(retry: RetryPlan, tryMs: number) {
  if (retry.attempts === 0) return undefined;
  const { words, statusCodes, headers } = forAnyMethod(retry);
  return {
    retryOn: words.join(),
    numRetries: retry.attempts,
    ...(tryMs > 0 ? { perTryTimeout: duration(tryMs) } : {}),
    ...(retry.avoidPreviousHosts ? { retryHostPredicate: [PREVIOUS_HOSTS] } : {}),
    ...(retry.avoidPreviousLocalities ? { retryPriority: OTHER_PRIORITIES } : {}),
    // Of two endpoints least-request takes the one with fewer requests three times of four, which is the dead one: by
    // calculation ten picks end there in one of eighteen cases (0.75^10), a hundred in none.
    hostSelectionRetryMaxAttempts: 100n,
    retryBackOff: { baseInterval: duration(retry.baseBackoffMs), maxInterval: duration(retry.maxBackoffMs) },
    ...serverDirected(retry),
    ...(statusCodes.length === 0 ? {} : { retriableStatusCodes: [...statusCodes] }),
    retriableHeaders: [...(reachesPeers(retry) ? [PEER_COULD_NOT_CONNECT] : []), ...headers.map((name) => ({ name, headerMatchSpecifier: PRESENT }))],
  };
}

export interface CommonRetry {
  /** All that it says, as text. */
  readonly key: string;
  readonly attempts: number;
  /** Undefined where no route forwards anything. */
  readonly plan: RetryPlan | undefined;
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

/** Where a second try goes out beside a slow one, for every method; for some of them it is a header (retry-methods.ts). */
export function emitHedge({ attempts, hedge, methods }: RetryPlan) {
  if (!hedge || attempts === 0 || !methods.includes('*')) return {};
  return { hedgePolicy: { initialRequests: 1, hedgeOnPerTryTimeout: true } };
}
