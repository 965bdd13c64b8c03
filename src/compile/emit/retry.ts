import { duration, headerChange, headerMatcher, named, PreviousHostsPredicateSchema } from '../../envoy/index.ts';
import type { RetryPlan } from '../plan.ts';

/** The request did not reach an application, so any method may be tried again (docs/decisions/0005). */
const NOT_REACHED = ['connect-failure', 'refused-stream', 'reset-before-request', 'retriable-headers'];

/** Written by the peer's sidecar when it could not reach its application; the sidecar strips it from what applications answer. */
const PEER_COULD_NOT_CONNECT = headerMatcher('weft-reason', 'prefix', 'upstream-connect');

const PREVIOUS_HOSTS = named('envoy.retry_host_predicates.previous_hosts', PreviousHostsPredicateSchema, {});

/** Beside `weft-reason` on a peer's sidecar's answer when its application broke off: present means "again, if that is harmless". */
export const RETRY_HEADER = 'weft-retry';

/**
 * What a route for methods without side effects adds to the retry policy, as Envoy's router takes it from a request (it consumes
 * these headers, nobody upstream sees them): also after a reset, here or between the peer's sidecar and its application. A
 * policy of its own on every such route would double the size of a route table.
 */
export const SAFE_ADDITIONS = [headerChange('set', 'x-envoy-retry-on', 'reset'), headerChange('set', 'x-envoy-retriable-header-names', RETRY_HEADER)];

/** The retry policy for any method. Undefined when nothing is to be retried. */
export function emitRetry(retry: RetryPlan, tryMs: number) {
  if (retry.attempts === 0) return undefined;
  return {
    retryOn: NOT_REACHED.join(','),
    numRetries: retry.attempts,
    ...(tryMs > 0 ? { perTryTimeout: duration(tryMs) } : {}),
    retryHostPredicate: [PREVIOUS_HOSTS],
    // Random choices may hit the same endpoint again and again; ten make that improbable.
    hostSelectionRetryMaxAttempts: 10n,
    retryBackOff: { baseInterval: duration(25), maxInterval: duration(250) },
    retriableHeaders: [PEER_COULD_NOT_CONNECT],
  };
}
