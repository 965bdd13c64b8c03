// The door for what proxies push by OTLP: the collector services of OpenTelemetry behind the same tokens as configuration. Whoever sends is who the token says,
// whatever the message says. A message is taken, or counted as lost; the proxy is told that all is well in any case, since it would not send it again.
// https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
import { type Clock, WeftError } from '../base/index.ts';
import type { GrpcService } from '../wire/index.ts';
import type { LogClaims } from './door.ts';
import { TELEMETRY_ERRORS } from './errors.ts';

const SERVICES = {
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
  spans: 'opentelemetry.proto.collector.trace.v1.TraceService',
} as const;

export interface ExportDoorPorts<C extends LogClaims> {
  authenticate(token: string): Promise<C | undefined>;
  readonly clock: Clock;
  /** Must not throw, and nobody waits for it. */
  take(claims: C, bytes: Uint8Array): void;
}

/** Export…ServiceResponse without a word: everything was taken. */
const TAKEN = new Uint8Array(0);

/** The service that Envoys push their counters, or their spans, to. */
export function exportDoor<C extends LogClaims>(signal: keyof typeof SERVICES, { authenticate, clock, take }: ExportDoorPorts<C>): GrpcService {
  return {
    name: SERVICES[signal],
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
