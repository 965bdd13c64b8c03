// Spans in OTLP (opentelemetry.proto.collector.trace.v1), as Envoy's tracer sends them, in plain values.
import { fromBinary } from '@bufbuild/protobuf';
import { ExportTraceServiceRequestSchema } from '#gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js';
import type { AnyValue, KeyValue } from '#gen/opentelemetry/proto/common/v1/common_pb.js';
import { type Span, Span_SpanKind } from '#gen/opentelemetry/proto/trace/v1/trace_pb.js';

/** Text is as it came: whatever a client wrote may stand in it. */
export interface ReportedSpan {
  /** Hexadecimal. */
  readonly trace: string;
  readonly id: string;
  /** Empty at the top. */
  readonly parent: string;
  readonly kind: 'server' | 'client';
  readonly startUs: number;
  readonly endUs: number;
  readonly tags: Readonly<Record<string, string>>;
}

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte] ?? '';
  return text;
}

function textOf(value: AnyValue | undefined): string {
  const { value: held } = value ?? {};
  switch (held?.case) {
    case 'stringValue':
      return held.value;
    case 'boolValue':
    case 'intValue':
    case 'doubleValue':
      return String(held.value);
    default:
      return '';
  }
}

const tagsOf = (attributes: readonly KeyValue[]): Readonly<Record<string, string>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, textOf(value)]));

function reported(span: Span): ReportedSpan {
  return {
    trace: hex(span.traceId),
    id: hex(span.spanId),
    parent: hex(span.parentSpanId),
    kind: span.kind === Span_SpanKind.CLIENT ? 'client' : 'server',
    startUs: Number(span.startTimeUnixNano / 1000n),
    endUs: Number(span.endTimeUnixNano / 1000n),
    tags: tagsOf(span.attributes),
  };
}

/** Spans with an id of their trace and one of their own. Throws on bytes that are none. */
export function decodeSpans(bytes: Uint8Array): readonly ReportedSpan[] {
  const { resourceSpans } = fromBinary(ExportTraceServiceRequestSchema, bytes);
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  return spans.filter(({ traceId, spanId }) => traceId.length === 16 && spanId.length === 8).map(reported);
}
