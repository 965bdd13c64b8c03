import type { ErrorClass } from '../base/index.ts';

/** gRPC numbers: 3 invalid argument, 14 unavailable, 16 unauthenticated. */
export const TELEMETRY_ERRORS = {
  /** The stream carries no token, or one that is not valid now. */
  unauthenticated: { retryable: true, grpc: 16, http: 401 },
  /** The log is none that is taken here, or not from this proxy. */
  'unknown-log': { retryable: false, grpc: 3, http: 400 },
  /** The thread that keeps records is not there at the moment. */
  unavailable: { retryable: true, grpc: 14, http: 503 },
  /** As many listen already as are let. */
  'too-many-taps': { retryable: true, grpc: 8, http: 429 },
} as const satisfies Record<string, ErrorClass>;
