// Messages as proxies send them: everything that was counted up to now, in OpenTelemetry's own encoding.
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { ExportMetricsServiceRequestSchema } from '#gen/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.js';
import { AggregationTemporality, type MetricSchema } from '#gen/opentelemetry/proto/metrics/v1/metrics_pb.js';
import { GOLDEN, JOINED_TAG, JOINED_TAGS, joinedFormat, PROXY_METRICS, TAG } from '../../src/envoy/index.ts';

/** Envoy's default. */
const BOUNDS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000];

export interface Counter {
  readonly tags: Readonly<Record<string, string>>;
  readonly requests: number;
  /** All durations are about so long. */
  readonly ms?: number;
}

type Metric = MessageInitShape<typeof MetricSchema>;

/** As Envoy tells them: all but one in one. */
function joined(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { [JOINED_TAG]: joinedFormat(JOINED_TAGS, tags), [TAG.requestProtocol]: tags[TAG.requestProtocol] ?? 'http' };
}

const attributesOf = (tags: Readonly<Record<string, string>>) =>
  Object.entries(joined(tags)).map(([key, value]) => ({ key, value: { value: { case: 'stringValue' as const, value } } }));

/** What a source says of one kind of answer. */
export function sourceTags(service: string, code: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    [TAG.reporter]: 'source',
    [TAG.place]: `${service}.shop.mesh:80`,
    [TAG.destinationService]: `${service}.shop.mesh`,
    [TAG.destinationWorkload]: `${service}/v1`,
    [TAG.destinationPrincipal]: `spiffe://example.mesh/ns/shop/sa/${service}`,
    [TAG.route]: 'shop/all/0',
    [TAG.responseCode]: code,
    [TAG.responseFlags]: '-',
    [TAG.grpcStatus]: '',
    [TAG.requestProtocol]: 'http',
    ...more,
  };
}

/** `at`: epoch ms. */
export function metricsMessage(at: number, uptimeS: number, counters: readonly Counter[]): Uint8Array {
  const timeUnixNano = BigInt(Math.round(at)) * 1_000_000n;
  const gauge: Metric = {
    name: PROXY_METRICS.uptimeS,
    data: { case: 'gauge', value: { dataPoints: [{ timeUnixNano, value: { case: 'asInt', value: BigInt(uptimeS) } }] } },
  };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  const durations: Metric[] = counters.map(({ tags, requests: count, ms = 3 }) => ({
    name: GOLDEN.durationMs,
    data: {
      case: 'histogram',
      value: {
        aggregationTemporality,
        dataPoints: [
          {
            timeUnixNano,
            attributes: attributesOf(tags),
            count: BigInt(count),
            sum: ms * count,
            explicitBounds: BOUNDS,
            bucketCounts: [...BOUNDS, Number.POSITIVE_INFINITY].map((bound, index) => BigInt(ms <= bound && ms > (BOUNDS[index - 1] ?? -1) ? count : 0)),
          },
        ],
      },
    },
  }));
  return toBinary(
    ExportMetricsServiceRequestSchema,
    create(ExportMetricsServiceRequestSchema, { resourceMetrics: [{ scopeMetrics: [{ metrics: [gauge, ...durations] }] }] }),
  );
}
