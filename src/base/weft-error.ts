/** What an error code means for a caller: may the same call be tried again, and its twins in gRPC and HTTP. */
export interface ErrorClass {
  readonly retryable: boolean;
  readonly grpc: number;
  readonly http: number;
}

export interface WeftErrorOptions {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * Our faults and those of the outside world. `code` comes from a room's `as const` table of ErrorClass; the message begins
 * lower-case without a final period, and what varies goes into `details`.
 */
export class WeftError extends Error {
  override readonly name = 'WeftError';
  readonly code: string;
  readonly class: ErrorClass;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, kind: ErrorClass, message: string, options: WeftErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.class = kind;
    this.details = options.details ?? {};
  }
}
