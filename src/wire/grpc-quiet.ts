import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';

/** The library writes to stderr by itself; what matters reaches our callers as errors. GRPC_VERBOSITY still turns it on. */
export function quietGrpc(): void {
  if (process.env['GRPC_VERBOSITY'] === undefined) setLogVerbosity(logVerbosity.NONE);
}
