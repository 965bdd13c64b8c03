// The door for numbers: OpenTelemetry's metrics service behind the proxies' tokens. Whoever sends is who the token says, whatever the message says.
// https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
import { type Clock, WeftError } from '../base/index.ts';
import type { GrpcService } from '../wire/index.ts';
import type { LogClaims } from './door.ts';
import { TELEMETRY_ERRORS } from './errors.ts';

export interface MetricsSink {
  /** Must not throw, and nobody waits for it. */
  take(claims: LogClaims, bytes: Uint8Array): void;
}

export interface MetricsDoorPorts<C extends LogClaims> {
  authenticate(token: string): Promise<C | undefined>;
  readonly clock: Clock;
  readonly sink: MetricsSink;
}

/** ExportMetricsServiceResponse without a word: everything was taken. */
const TAKEN = new Uint8Array(0);

/** The service that Envoys push their counters to. */
export function metricsDoor<C extends LogClaims>({ authenticate, clock, sink }: MetricsDoorPorts<C>): GrpcService {
  return {
    name: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
    methods: {
      Export: {
        kind: 'unary',
        handle: async (bytes, { token }) => {
          const claims = token === undefined ? undefined : await authenticate(token).catch(() => undefined);
          if (claims === undefined || claims.expiresAt <= clock.now())
            throw new WeftError('unauthenticated', TELEMETRY_ERRORS.unauthenticated, 'the token is missing or not valid (any more)');
          sink.take(claims, bytes);
          return TAKEN;
        },
      },
    },
  };
}
