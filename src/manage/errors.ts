import { type ErrorClass, WeftError, type WeftErrorOptions } from '../base/index.ts';

/** Every refusal of the management API. `reason` is the word of Kubernetes' Status object. */
export const MANAGE_ERRORS = {
  'bad-request': { retryable: false, grpc: 3, http: 400, reason: 'BadRequest' },
  unauthorized: { retryable: false, grpc: 16, http: 401, reason: 'Unauthorized' },
  forbidden: { retryable: false, grpc: 7, http: 403, reason: 'Forbidden' },
  'not-found': { retryable: false, grpc: 5, http: 404, reason: 'NotFound' },
  'method-not-allowed': { retryable: false, grpc: 12, http: 405, reason: 'MethodNotAllowed' },
  'already-exists': { retryable: false, grpc: 6, http: 409, reason: 'AlreadyExists' },
  conflict: { retryable: true, grpc: 10, http: 409, reason: 'Conflict' },
  'too-large': { retryable: false, grpc: 8, http: 413, reason: 'RequestEntityTooLarge' },
  'unsupported-media-type': { retryable: false, grpc: 12, http: 415, reason: 'UnsupportedMediaType' },
  invalid: { retryable: false, grpc: 3, http: 422, reason: 'Invalid' },
  'too-many-requests': { retryable: true, grpc: 8, http: 429, reason: 'TooManyRequests' },
  'admin-token': { retryable: false, grpc: 9, http: 500, reason: 'InternalError' },
} as const satisfies Record<string, ErrorClass & { readonly reason: string }>;

export type ManageErrorCode = keyof typeof MANAGE_ERRORS;

/** `options.details` becomes the `details` of the Status object (name, kind, group, causes). */
export function manageError(code: ManageErrorCode, message: string, options: WeftErrorOptions = {}): WeftError {
  return new WeftError(code, MANAGE_ERRORS[code], message, options);
}
