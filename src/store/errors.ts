import type { ErrorClass } from '../base/index.ts';

/** Every way the store itself fails. `revision-gone` and `watch-overflow` mean: list again, then watch from that revision. */
export const STORE_ERRORS = {
  'store-locked': { retryable: false, grpc: 9, http: 503 },
  'store-open': { retryable: false, grpc: 9, http: 503 },
  'store-corrupt': { retryable: false, grpc: 15, http: 500 },
  'store-newer': { retryable: false, grpc: 9, http: 500 },
  /** Rows are sealed, and no key was given. */
  'store-sealed': { retryable: false, grpc: 9, http: 500 },
  'backup-damaged': { retryable: false, grpc: 15, http: 500 },
  'store-unavailable': { retryable: true, grpc: 14, http: 503 },
  'store-closed': { retryable: true, grpc: 14, http: 503 },
  'revision-gone': { retryable: false, grpc: 11, http: 410 },
  'watch-overflow': { retryable: false, grpc: 11, http: 410 },
} as const satisfies Record<string, ErrorClass>;

export type StoreErrorCode = keyof typeof STORE_ERRORS;
