import { type ErrorClass, WeftError, type WeftErrorOptions } from '../base/index.ts';

const bug: ErrorClass = { retryable: false, grpc: 13, http: 500 };

export const IDENTITY_ERRORS = {
  /** A file with a private key may be read or written by others. */
  'key-exposed': bug,
  /** A key or certificate file is missing, damaged, expired, or does not belong to the other. */
  'key-unusable': bug,
  /** The root on disk is for another trust domain than the mesh. */
  'trust-domain-changed': bug,
  /** What was asked for cannot be certified: a malformed identity or name. */
  'bad-identity': { retryable: false, grpc: 3, http: 400 },
  /** A certificate did not say what it should have said; it was not given out. */
  'recheck-failed': bug,
  /** The key of a sealed data folder is not there, or cannot be used. */
  'seal-locked': bug,
  'seal-wrong-key': bug,
  /** Something of a sealed data folder is not what was sealed there. */
  'seal-damaged': bug,
  /** Too many certificates are waited for by one identity. */
  'signing-busy': { retryable: true, grpc: 8, http: 429 },
  /** A certificate chain and key that were supplied cannot sign for this mesh. */
  'ca-unusable': { retryable: false, grpc: 3, http: 422 },
  /** The state of the root rotation does not allow what was asked. */
  'rotation-refused': { retryable: false, grpc: 9, http: 409 },
  'bad-grant': { retryable: false, grpc: 3, http: 422 },
} as const satisfies Record<string, ErrorClass>;

export function identityError(code: keyof typeof IDENTITY_ERRORS, message: string, options?: WeftErrorOptions): WeftError {
  return new WeftError(code, IDENTITY_ERRORS[code], message, options);
}
