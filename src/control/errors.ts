import { type ErrorClass, WeftError, type WeftErrorOptions } from '../base/index.ts';

/** gRPC numbers: 7 permission denied, 8 resource exhausted, 14 unavailable, 16 unauthenticated. */
export const CONTROL_ERRORS = {
  /** The stream carries no token, or one that is not valid now. */
  unauthenticated: { retryable: true, grpc: 16, http: 401 },
  /** The token is good, and the mesh has no workload (any more) that it speaks for. */
  'unknown-proxy': { retryable: true, grpc: 7, http: 403 },
  /** The control plane is not (or no longer) able to serve; the same call works later. */
  unavailable: { retryable: true, grpc: 14, http: 503 },
  /** The other side sends without reading. */
  overwhelmed: { retryable: true, grpc: 8, http: 429 },
} as const satisfies Record<string, ErrorClass>;

export type ControlErrorCode = keyof typeof CONTROL_ERRORS;

/** An error of this room; see CONTROL_ERRORS for what each code means to a caller. */
export function controlError(code: ControlErrorCode, message: string, options?: WeftErrorOptions): WeftError {
  return new WeftError(code, CONTROL_ERRORS[code], message, options);
}

/** What to print of a thrown value. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
