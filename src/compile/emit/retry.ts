import { duration, headerMatcher, named, PreviousHostsPredicateSchema } from '../../envoy/index.ts';
import type { RetryPlan, TimeoutPlan } from '../plan.ts';

/** The request did not reach an application, so any method may be tried again (docs/decisions/0005). */
const NOT_REACHED = ['connect-failure', 'refused-stream', 'reset-before-request', 'retriable-headers'];
/** It may have reached one: only for methods without side effects (RFC 9110 §9.2.2). */
const PERHAPS_REACHED = ['reset'];

/** Written by the peer's sidecar when it could not reach its application; the sidecar strips it from what applications answer. */
const PEER_COULD_NOT_CONNECT = headerMatcher('weft-reason', 'prefix', 'upstream-connect');

const PREVIOUS_HOSTS = named('envoy.retry_host_predicates.previous_hosts', PreviousHostsPredicateSchema, {});

export type Repeatable = 'safe' | 'any';

/** `safe`: for requests whose method has no side effects. Undefined when nothing is to be retried. */
export function emitRetry(retry: RetryPlan, timeout: TimeoutPlan, repeatable: Repeatable) {
  if (retry.attempts === 0) return undefined;
  return {
    retryOn: (repeatable === 'safe' ? [...NOT_REACHED, ...PERHAPS_REACHED] : NOT_REACHED).join(','),
    numRetries: retry.attempts,
    ...(timeout.tryMs > 0 ? { perTryTimeout: duration(timeout.tryMs) } : {}),
    retryHostPredicate: [PREVIOUS_HOSTS],
    // Random choices may hit the same endpoint again and again; ten make that improbable.
    hostSelectionRetryMaxAttempts: 10n,
    retryBackOff: { baseInterval: duration(25), maxInterval: duration(250) },
    retriableHeaders: [PEER_COULD_NOT_CONNECT],
  };
}
