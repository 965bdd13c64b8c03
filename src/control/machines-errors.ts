import { type ErrorClass, WeftError, type WeftErrorOptions } from '../base/index.ts';

export const MACHINE_ERRORS = {
  /** The request is not as the protocol says, or makes a document that the model refuses. */
  'bad-request': { retryable: false, grpc: 3, http: 400 },
  /** The join token or the proxy token is not valid. */
  'not-signed-in': { retryable: false, grpc: 16, http: 401 },
  /** The token is valid and does not allow this. */
  'not-allowed': { retryable: false, grpc: 7, http: 403 },
  /** The name is taken by a document that is not this machine's. */
  'name-taken': { retryable: false, grpc: 6, http: 409 },
  /** The workload has left, or its lease ended too long ago: it must join again. */
  'workload-gone': { retryable: false, grpc: 5, http: 404 },
  /** Too many attempts to join from one address. */
  'too-many': { retryable: true, grpc: 8, http: 429 },
  /** Somebody else keeps writing the same document. */
  busy: { retryable: true, grpc: 10, http: 409 },
} as const satisfies Record<string, ErrorClass>;

export function machineError(code: keyof typeof MACHINE_ERRORS, message: string, options?: WeftErrorOptions): WeftError {
  return new WeftError(code, MACHINE_ERRORS[code], message, options);
}
