// A trace in the words of other tools: OTLP's JSON (opentelemetry-proto, JSON mapping) and what Jaeger's page takes from a file.
import type { SpanView, TraceView } from '../../../api/index.ts';

function attributesOf(span: SpanView): Readonly<Record<string, string | number | boolean>> {
  const { method, path, host, status, request, route, cause, policy, attempts, proxyUs, side, upstream, attributes, inferred } = span;
  const all = {
    'http.request.method': method,
    'url.path': path,
    'server.address': host,
    'http.response.status_code': status,
    'weft.side': side,
    'weft.request_id': request,
    'weft.route': route,
    'weft.cause': cause,
    'weft.policy': policy,
    'weft.attempts': attempts,
    'network.peer.address': upstream,
    ...(proxyUs < 0 ? {} : { 'weft.proxy_us': proxyUs }),
    ...(inferred === undefined ? {} : { 'weft.inferred_percent': Math.floor(inferred.confidence * 100) }),
    ...attributes,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '' && value !== 0));
}

const serviceOf = ({ service, workload }: SpanView): string => (service || workload).split('/')[1] ?? workload;
const otlpValue = (value: string | number | boolean) => (typeof value === 'string' ? { stringValue: value } : { intValue: String(value) });
const otlpAttributes = (values: Readonly<Record<string, string | number | boolean>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value: otlpValue(value) }));

/** TracesData. Spans that were told under several ids are one trace in it. */
export function otlpOf({ id, tree }: TraceView): object {
  return {
    resourceSpans: [...Map.groupBy(tree, ({ workload }) => workload)].map(([workload, spans]) => ({
      resource: {
        attributes: otlpAttributes({ 'service.name': spans[0] === undefined ? workload : serviceOf(spans[0]), 'service.instance.id': workload }),
      },
      scopeSpans: [
        {
          scope: { name: 'weft' },
          spans: spans.map((span) => ({
            traceId: id,
            spanId: span.id,
            ...(span.parent === '' ? {} : { parentSpanId: span.parent }),
            name: span.name,
            kind: span.kind === 'client' ? 3 : 2,
            startTimeUnixNano: String(BigInt(span.startUs) * 1000n),
            endTimeUnixNano: String(BigInt(span.startUs + span.durationUs) * 1000n),
            attributes: otlpAttributes(attributesOf(span)),
            status: span.error ? { code: 2 } : {},
          })),
        },
      ],
    })),
  };
}

const jaegerTag = ([key, value]: readonly [string, string | number | boolean]) => ({ key, type: typeof value === 'string' ? 'string' : 'int64', value });

export function jaegerOf({ id, tree }: TraceView): object {
  const workloads = [...new Map(tree.map((span) => [span.workload, serviceOf(span)]))];
  const spans = tree.map((span) => ({
    traceID: id,
    spanID: span.id,
    operationName: span.name,
    references: span.parent === '' ? [] : [{ refType: 'CHILD_OF', traceID: id, spanID: span.parent }],
    startTime: span.startUs,
    duration: span.durationUs,
    tags: [...Object.entries(attributesOf(span)).map(jaegerTag), ...(span.error ? [{ key: 'error', type: 'bool', value: true }] : [])],
    logs: [],
    processID: span.workload,
  }));
  const processes = Object.fromEntries(workloads.map(([workload, serviceName]) => [workload, { serviceName, tags: [] }]));
  return { data: [{ traceID: id, spans, processes }] };
}
