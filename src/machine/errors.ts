import { type ErrorClass, WeftError, type WeftErrorOptions } from '../base/index.ts';

/** What can go wrong on a machine before or while a workload runs. Messages may have further lines: what to do about it. */
export const MACHINE_ERRORS = {
  /** The command line asks for something that cannot be. */
  'machine/usage': { retryable: false, grpc: 3, http: 400 },
  /** The application's program is not there. */
  'machine/command-not-found': { retryable: false, grpc: 5, http: 404 },
  /** A mode of capture that was asked for cannot work here. */
  'machine/capture-unavailable': { retryable: false, grpc: 9, http: 412 },
  /** The folder of this run could not be made safely. */
  'machine/run-folder': { retryable: false, grpc: 9, http: 412 },
  /** Envoy is missing, does not start, or does not become ready. */
  'machine/envoy': { retryable: true, grpc: 14, http: 503 },
  /** The control plane refused this workload. */
  'machine/join-refused': { retryable: false, grpc: 7, http: 403 },
  /** The control plane could not be reached. */
  'machine/unreachable': { retryable: true, grpc: 14, http: 503 },
} as const satisfies Record<string, ErrorClass>;

export type MachineErrorCode = keyof typeof MACHINE_ERRORS;

/** A WeftError of this room; `message` begins lower-case, its further lines are the remedy. */
export function machineError(code: MachineErrorCode, message: string, options: WeftErrorOptions = {}): WeftError {
  return new WeftError(code, MACHINE_ERRORS[code], message, options);
}

/** The words of anything thrown, for a message to the user. */
export function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
