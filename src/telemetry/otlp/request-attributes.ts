// What spans and lines of access logs say of a request alike, under the names that OpenTelemetry's conventions give.
// https://opentelemetry.io/docs/specs/semconv/http/http-spans/
import type { SpanValue } from '../../envoy/index.ts';

export interface ToldRequest {
  readonly side: string;
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  /** 0: there was no answer. */
  readonly status: number;
  readonly grpcStatus: string;
  readonly request: string;
  readonly route: string;
  readonly cause: string;
  readonly reason: string;
  readonly policy: string;
  readonly flags: readonly string[];
  readonly retries: number;
}

export function requestAttributes(told: ToldRequest): Readonly<Record<string, SpanValue>> {
  return {
    'http.request.method': told.method,
    'url.path': told.path,
    'server.address': told.authority,
    ...(told.status === 0 ? {} : { 'http.response.status_code': told.status }),
    'rpc.grpc.status_code': told.grpcStatus,
    'weft.side': told.side,
    'weft.request_id': told.request,
    'weft.route': told.route,
    'weft.cause': told.cause,
    'weft.reason': told.reason,
    'weft.policy': told.policy,
    'weft.flags': told.flags.join(','),
    ...(told.retries > 0 ? { 'http.request.resend_count': told.retries } : {}),
  };
}

/** Whose they are. `instance`: `namespace/name` of the workload. */
export const resourceOf = (service: string, namespace: string, instance: string): Readonly<Record<string, SpanValue>> => ({
  'service.name': service,
  'service.namespace': namespace,
  'service.instance.id': instance,
  'telemetry.sdk.name': 'weft',
});
