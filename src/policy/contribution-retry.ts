// What is tried again, in Weft's words: explain and the graph checks read it as well as emit.
import type { Origin } from '../base/index.ts';

/** Why a request may be tried again, as documents say it. */
export const RETRY_CONDITIONS = [
  'connect-failure',
  'refused-stream',
  'reset-before-request',
  'reset',
  'gateway-error',
  '5xx',
  'retriable-4xx',
  'envoy-ratelimited',
  'grpc-cancelled',
  'grpc-deadline-exceeded',
  'grpc-internal',
  'grpc-resource-exhausted',
  'grpc-unavailable',
] as const;
export type RetryCondition = (typeof RETRY_CONDITIONS)[number];

/**
 * Conditions that hold for every method. The first three mean that the request did not reach an application; gRPC has only the method
 * POST, so who names one of its statuses has decided.
 */
export const FOR_ANY_METHOD: ReadonlySet<RetryCondition> = new Set<RetryCondition>([
  'connect-failure',
  'refused-stream',
  'reset-before-request',
  'grpc-cancelled',
  'grpc-deadline-exceeded',
  'grpc-internal',
  'grpc-resource-exhausted',
  'grpc-unavailable',
]);

/** What a server says about when to come again. */
export interface ResetHeader {
  readonly name: string;
  /** Seconds from now (`Retry-After`), or a point in time. */
  readonly format: 'Seconds' | 'UnixTimestamp';
}

/** What is tried again, how often, and how soon. */
export interface RetryValues {
  /** Tries after the first; 0 = none. */
  readonly attempts: number;
  readonly on: readonly RetryCondition[];
  readonly statusCodes: readonly number[];
  /** Headers of an answer that ask for another try by being there. */
  readonly responseHeaders: readonly string[];
  /** Methods to which `statusCodes`, `responseHeaders` and those of `on` apply that are not FOR_ANY_METHOD; `*` = all. */
  readonly methods: readonly string[];
  readonly baseBackoffMs: number;
  readonly maxBackoffMs: number;
  /** Obeyed when an answer that is tried again has one of them; longer waits than the maximum are not. */
  readonly serverDirected?: { readonly headers: readonly ResetHeader[]; readonly maxMs: number };
  readonly avoidPreviousHosts: boolean;
  readonly avoidPreviousLocalities: boolean;
  /** A try that takes longer than the per-try timeout gets company instead of being given up. */
  readonly hedge: boolean;
  readonly origin: Origin;
}
