import { type ErrorClass, WeftError, type WeftErrorOptions } from '../base/index.ts';
import { GRPC } from '../wire/index.ts';

export const KUBE_ERRORS = {
  /** A kubeconfig that cannot be read, or says what is not supported. */
  'bad-kubeconfig': { retryable: false, grpc: GRPC.failedPrecondition, http: 400 },
  /** No credential can be had: a file that is not there, a plugin that failed. */
  'no-credential': { retryable: true, grpc: GRPC.unauthenticated, http: 401 },
  /** The API server cannot be reached, or does not answer in time. */
  unreachable: { retryable: true, grpc: GRPC.unavailable, http: 503 },
  /** It answered something that is not its protocol. */
  protocol: { retryable: true, grpc: GRPC.internal, http: 502 },
  /** What was listed is too old to go on from; list anew. */
  expired: { retryable: true, grpc: GRPC.outOfRange, http: 410 },
} as const satisfies Record<string, ErrorClass>;

/** A fault on the way to an API server; what the server itself refuses keeps the reason and words of its Status (wire's `refusal`). */
export function kubeError(code: keyof typeof KUBE_ERRORS, message: string, options?: WeftErrorOptions): WeftError {
  return new WeftError(code, KUBE_ERRORS[code], message, options);
}

/** Whether an error says that a resourceVersion or a continue token is too old (410 of a request, or of an ERROR event in a watch). */
export function isExpired(error: unknown): boolean {
  return error instanceof WeftError && error.class.http === 410;
}

/** The HTTP status of a refusal, 0 for anything else. */
export function httpOf(error: unknown): number {
  return error instanceof WeftError && error.code !== 'unreachable' ? error.class.http : 0;
}
