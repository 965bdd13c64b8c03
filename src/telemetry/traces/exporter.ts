// Spans to a collector that the user runs (Jaeger, Tempo, an OpenTelemetry Collector), beside what is kept here. They are sent as they are kept: clean, with
// the identity that the proxy's token says.
import { encodeSpans, type SentSpan, type SentSpans } from '../../envoy/index.ts';
import { Outbox } from '../otlp/outbox.ts';
import type { ExportTarget } from '../otlp/target.ts';
import type { KeptSpan } from './kept-span.ts';

function attributesOf(span: KeptSpan): SentSpan['attributes'] {
  const { method, path, host, status, grpcStatus, request, route, cause, reason, policy, upstream, peer, flags, attempts, proxyUs, side, attributes } = span;
  return {
    'http.request.method': method,
    'url.path': path,
    'server.address': host,
    ...(status === 0 ? {} : { 'http.response.status_code': status }),
    'rpc.grpc.status_code': grpcStatus,
    'weft.side': side,
    'weft.request_id': request,
    'weft.route': route,
    'weft.cause': cause,
    'weft.reason': reason,
    'weft.policy': policy,
    'weft.flags': flags.join(','),
    'network.peer.address': upstream,
    'peer.service': peer,
    ...(attempts > 1 ? { 'http.request.resend_count': attempts - 1 } : {}),
    ...(proxyUs < 0 ? {} : { 'weft.proxy_us': proxyUs }),
    ...attributes,
  };
}

/** Spans by the workload that they are of. */
export function batchOf(spans: readonly KeptSpan[]): readonly SentSpans[] {
  return [...Map.groupBy(spans, ({ workload }) => workload).values()].map((own) => {
    const [first] = own;
    const name = first?.service.split('/')[1] || first?.workload.split('/')[1] || 'unknown';
    const resource = {
      'service.name': name,
      'service.namespace': first?.namespace ?? '',
      'service.instance.id': first?.workload ?? '',
      'telemetry.sdk.name': 'weft',
    };
    return { resource, spans: own.map((span) => ({ ...span, attributes: attributesOf(span) })) };
  });
}

/** `version`: of Weft. */
export function spansOutbox(target: ExportTarget | undefined, version: string, mostWaiting?: number): Outbox<KeptSpan> {
  const bounds = mostWaiting === undefined ? {} : { mostWaiting };
  return new Outbox({ signal: 'traces', encode: (spans: readonly KeptSpan[]) => encodeSpans(batchOf(spans), version), ...bounds }, target);
}
