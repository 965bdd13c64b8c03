// Spans as Envoy's tracer sends them, for tests of what becomes of them.
import { create, toBinary } from '@bufbuild/protobuf';
import { ExportTraceServiceRequestSchema } from '#gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js';
import { joinedFormat, SPAN_TAG, SPAN_VALUES, type SpanValueName, UPSTREAM_TAG } from '../../src/envoy/index.ts';

export interface TestSpan {
  readonly trace: string;
  readonly id: string;
  readonly parent?: string;
  readonly side: 'outbound' | 'inbound' | 'gateway';
  readonly startMs: number;
  readonly ms: number;
  readonly url?: string;
  readonly status?: number;
  readonly request?: string;
  readonly said?: Readonly<Partial<Record<SpanValueName, string>>>;
  readonly upstream?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

/** 32 digits, of a short text. */
export const traceId = (text: string): string => Buffer.from(text).toString('hex').padEnd(32, '0').slice(0, 32);
/** 16 digits, of a short text. */
export const spanId = (text: string): string => Buffer.from(text).toString('hex').padEnd(16, '0').slice(0, 16);

function spanOf({ trace, id, parent, side, startMs, ms, url = 'http://x.shop.mesh/', status = 200, request = '', said = {}, upstream, tags = {} }: TestSpan) {
  const all = {
    'http.url': url,
    'http.method': 'GET',
    'http.status_code': String(status),
    'guid:x-request-id': request,
    response_flags: '-',
    [SPAN_TAG]: joinedFormat(SPAN_VALUES, { side, ...said }),
    ...(upstream === undefined ? {} : { [UPSTREAM_TAG]: upstream }),
    ...tags,
  };
  return {
    traceId: bytesOf(traceId(trace)),
    spanId: bytesOf(spanId(id)),
    parentSpanId: parent === undefined ? new Uint8Array() : bytesOf(spanId(parent)),
    kind: side === 'outbound' ? 3 : 2,
    startTimeUnixNano: BigInt(Math.round(startMs * 1e6)),
    endTimeUnixNano: BigInt(Math.round((startMs + ms) * 1e6)),
    attributes: Object.entries(all).map(([key, value]) => ({ key, value: { value: { case: 'stringValue' as const, value: String(value) } } })),
  };
}

/** An ExportTraceServiceRequest. */
export function exported(spans: readonly TestSpan[]): Uint8Array {
  return toBinary(
    ExportTraceServiceRequestSchema,
    create(ExportTraceServiceRequestSchema, { resourceSpans: [{ scopeSpans: [{ spans: spans.map(spanOf) }] }] }),
  );
}
