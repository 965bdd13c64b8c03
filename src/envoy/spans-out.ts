// Spans for collectors of others (OTLP), under the names that OpenTelemetry's conventions give.
import { create, toBinary } from '@bufbuild/protobuf';
import { ExportTraceServiceRequestSchema } from '#gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js';
import { Span_SpanKind, Status_StatusCode } from '#gen/opentelemetry/proto/trace/v1/trace_pb.js';

export type SpanValue = string | number | boolean;

export interface SentSpan {
  /** Hexadecimal. */
  readonly trace: string;
  readonly id: string;
  readonly parent: string;
  readonly kind: 'server' | 'client';
  readonly name: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly error: boolean;
  /** Spans of other traces that it belongs to. */
  readonly links?: readonly { readonly trace: string; readonly span: string }[];
  /** What is empty is left out. */
  readonly attributes: Readonly<Record<string, SpanValue>>;
}

/** Spans of one workload. */
export interface SentSpans {
  readonly resource: Readonly<Record<string, SpanValue>>;
  readonly spans: readonly SentSpan[];
}

function attributeValue(value: SpanValue) {
  if (typeof value === 'boolean') return { value: { case: 'boolValue' as const, value } };
  if (typeof value === 'number') return { value: { case: 'intValue' as const, value: BigInt(Math.round(value)) } };
  return { value: { case: 'stringValue' as const, value } };
}

/** Attributes of OTLP; what is empty is left out. */
export const attributesOf = (values: Readonly<Record<string, SpanValue>>) =>
  Object.entries(values).flatMap(([key, value]) => (value === '' ? [] : [{ key, value: attributeValue(value) }]));

const bytesOf = (hex: string): Uint8Array => Uint8Array.from({ length: hex.length >> 1 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));

function spanOf({ trace, id, parent, kind, name, startUs, durationUs, error, attributes, links = [] }: SentSpan) {
  return {
    traceId: bytesOf(trace),
    spanId: bytesOf(id),
    parentSpanId: bytesOf(parent),
    kind: kind === 'client' ? Span_SpanKind.CLIENT : Span_SpanKind.SERVER,
    name,
    startTimeUnixNano: BigInt(startUs) * 1000n,
    endTimeUnixNano: BigInt(startUs + durationUs) * 1000n,
    attributes: attributesOf(attributes),
    links: links.map((link) => ({ traceId: bytesOf(link.trace), spanId: bytesOf(link.span) })),
    status: { code: error ? Status_StatusCode.ERROR : Status_StatusCode.UNSET },
  };
}

/** An ExportTraceServiceRequest. */
export function encodeSpans(groups: readonly SentSpans[], version: string): Uint8Array {
  const resourceSpans = groups.map(({ resource, spans }) => ({
    resource: { attributes: attributesOf(resource) },
    scopeSpans: [{ scope: { name: 'weft', version }, spans: spans.map(spanOf) }],
  }));
  return toBinary(ExportTraceServiceRequestSchema, create(ExportTraceServiceRequestSchema, { resourceSpans }));
}
