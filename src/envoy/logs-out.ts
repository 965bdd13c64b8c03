// Lines of access logs for collectors of others (OTLP). https://opentelemetry.io/docs/specs/otel/logs/data-model/
import { create, toBinary } from '@bufbuild/protobuf';
import { ExportLogsServiceRequestSchema } from '#gen/opentelemetry/proto/collector/logs/v1/logs_service_pb.js';
import { SeverityNumber } from '#gen/opentelemetry/proto/logs/v1/logs_pb.js';
import { attributesOf, type SpanValue } from './spans-out.ts';

export interface SentLine {
  /** Epoch ms. */
  readonly at: number;
  readonly failed: boolean;
  readonly body: string;
  /** What is empty is left out. */
  readonly attributes: Readonly<Record<string, SpanValue>>;
}

/** Lines of one workload. */
export interface SentLines {
  readonly resource: Readonly<Record<string, SpanValue>>;
  readonly lines: readonly SentLine[];
}

const EVENT = 'weft.request';

/** An ExportLogsServiceRequest. */
export function encodeLines(groups: readonly SentLines[], version: string): Uint8Array {
  const recordOf = ({ at, failed, body, attributes }: SentLine) => ({
    timeUnixNano: BigInt(Math.round(at)) * 1_000_000n,
    severityNumber: failed ? SeverityNumber.ERROR : SeverityNumber.INFO,
    severityText: failed ? 'ERROR' : 'INFO',
    eventName: EVENT,
    body: { value: { case: 'stringValue' as const, value: body } },
    attributes: attributesOf(attributes),
  });
  const resourceLogs = groups.map(({ resource, lines }) => ({
    resource: { attributes: attributesOf(resource) },
    scopeLogs: [{ scope: { name: 'weft', version }, logRecords: lines.map(recordOf) }],
  }));
  return toBinary(ExportLogsServiceRequestSchema, create(ExportLogsServiceRequestSchema, { resourceLogs }));
}
