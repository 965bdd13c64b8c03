// The door for spans: OTLP's trace service behind the same tokens as configuration. Whose spans they are the token says. A message is taken, or
// counted as lost; the proxy is told that all is well in any case, since it would not send it again.
import { type Clock, WeftError } from '../../base/index.ts';
import type { GrpcService } from '../../wire/index.ts';
import type { LogClaims } from '../door.ts';
import { TELEMETRY_ERRORS } from '../errors.ts';

export interface SpanDoorPorts<C extends LogClaims> {
  authenticate(token: string): Promise<C | undefined>;
  readonly clock: Clock;
  /** Must not throw. */
  take(claims: C, bytes: Uint8Array): void;
}

/** ExportTraceServiceResponse without a word: everything was taken. */
const TAKEN = new Uint8Array(0);

/** The service that Envoy's tracers send their spans to. */
export function spanDoor<C extends LogClaims>({ authenticate, clock, take }: SpanDoorPorts<C>): GrpcService {
  return {
    name: 'opentelemetry.proto.collector.trace.v1.TraceService',
    methods: {
      Export: {
        kind: 'unary',
        handle: async (bytes, { token }) => {
          const claims = token === undefined ? undefined : await authenticate(token).catch(() => undefined);
          if (claims === undefined || claims.expiresAt <= clock.now())
            throw new WeftError('unauthenticated', TELEMETRY_ERRORS.unauthenticated, 'the token is missing or not valid (any more)');
          take(claims, bytes);
          return TAKEN;
        },
      },
    },
  };
}
