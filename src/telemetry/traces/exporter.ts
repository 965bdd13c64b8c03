// Spans to a collector that the user runs (Jaeger, Tempo, an OpenTelemetry Collector), beside what is kept here. They are sent as they are kept: clean, with
// the identity that the proxy's token says.
import { encodeSpans, type SentSpan, type SentSpans } from '../../envoy/index.ts';
import { Outbox } from '../otlp/outbox.ts';
import { requestAttributes, resourceOf } from '../otlp/request-attributes.ts';
import type { ExportTarget } from '../otlp/target.ts';
import type { KeptSpan } from './kept-span.ts';

function attributesOf(span: KeptSpan): SentSpan['attributes'] {
  const { host, upstream, peer, attempts, proxyUs, attributes } = span;
  return {
    ...requestAttributes({ ...span, authority: host, retries: Math.max(0, attempts - 1) }),
    'network.peer.address': upstream,
    'peer.service': peer,
    ...(proxyUs < 0 ? {} : { 'weft.proxy_us': proxyUs }),
    ...attributes,
  };
}

/** Spans by the workload that they are of. */
export function batchOf(spans: readonly KeptSpan[]): readonly SentSpans[] {
  return [...Map.groupBy(spans, ({ workload }) => workload).values()].map((own) => {
    const [first] = own;
    const name = first?.service.split('/')[1] || first?.workload.split('/')[1] || 'unknown';
    const resource = resourceOf(name, first?.namespace ?? '', first?.workload ?? '');
    return { resource, spans: own.map((span) => ({ ...span, attributes: attributesOf(span), ...(span.b3 === undefined ? {} : { links: [span.b3] }) })) };
  });
}

/** `version`: of Weft. */
export function spansOutbox(target: ExportTarget | undefined, version: string, mostWaiting?: number): Outbox<KeptSpan> {
  const bounds = mostWaiting === undefined ? {} : { mostWaiting };
  return new Outbox({ signal: 'traces', encode: (spans: readonly KeptSpan[]) => encodeSpans(batchOf(spans), version), ...bounds }, target);
}
