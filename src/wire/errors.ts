import { type ErrorClass, WeftError, type WeftErrorOptions } from '../base/index.ts';

/** gRPC status codes by the names of the specification (github.com/grpc/grpc, doc/statuscodes.md). */
export const GRPC = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

export const WIRE_ERRORS = {
  /** Nobody answers at the address. */
  unreachable: { retryable: true, grpc: GRPC.unavailable, http: 503 },
  /** The address or port cannot be listened on. */
  'address-in-use': { retryable: false, grpc: GRPC.unavailable, http: 503 },
  'deadline-exceeded': { retryable: true, grpc: GRPC.deadlineExceeded, http: 504 },
  /** The server's certificate does not lead to the expected root, or is for another name. */
  'untrusted-server': { retryable: false, grpc: GRPC.unauthenticated, http: 495 },
  /** The other side answered something that is not the agreed protocol. */
  protocol: { retryable: false, grpc: GRPC.internal, http: 502 },
  closing: { retryable: true, grpc: GRPC.unavailable, http: 503 },
} as const satisfies Record<string, ErrorClass>;

export type WireErrorCode = keyof typeof WIRE_ERRORS;

/** A fault of the wire itself; what the other side said about our request comes as `RemoteFailure` instead. */
export function wireError(code: WireErrorCode, message: string, options?: WeftErrorOptions): WeftError {
  return new WeftError(code, WIRE_ERRORS[code], message, options);
}

const RETRYABLE: ReadonlySet<number> = new Set([GRPC.unavailable, GRPC.resourceExhausted, GRPC.aborted]);

/** gRPC status to HTTP status as in google.rpc.Code's comments. */
const HTTP_OF: Readonly<Record<number, number>> = {
  1: 499,
  3: 400,
  4: 504,
  5: 404,
  6: 409,
  7: 403,
  8: 429,
  9: 400,
  10: 409,
  11: 400,
  12: 501,
  14: 503,
  16: 401,
};

/** The class of a gRPC status that came from the other side. */
export function classOfGrpc(status: number): ErrorClass {
  return { retryable: RETRYABLE.has(status), grpc: status, http: HTTP_OF[status] ?? 500 };
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(GRPC).map(([name, code]) => [code, name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)]),
);

/** `5` is `not-found`. */
export function grpcName(status: number): string {
  return NAMES.get(status) ?? 'unknown';
}

/** Why an address cannot be listened on, in words that say what to do. */
export function listenFailure(host: string, port: number, error: Error): WeftError {
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const why = /EADDRINUSE/.test(error.message)
    ? 'another program already listens there (a control plane that still runs?)'
    : /EACCES/.test(error.message)
      ? 'this user may not listen on that port'
      : /EADDRNOTAVAIL/.test(error.message)
        ? 'this machine has no such address'
        : error.message;
  return wireError('address-in-use', `cannot listen on ${at}: ${why}`, { details: { host, port }, cause: error });
}
