// Counters as an OTLP message, for collectors. https://opentelemetry.io/docs/specs/otel/metrics/data-model/
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { ExportMetricsServiceRequestSchema } from '#gen/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.js';
import { AggregationTemporality, type MetricSchema } from '#gen/opentelemetry/proto/metrics/v1/metrics_pb.js';

export interface CountedPoint {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MeasuredPoint {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly sum: number;
  /** One more than bounds; of a histogram without bounds, just the count. */
  readonly buckets: readonly number[];
}

export type CountedMetric =
  | { readonly kind: 'counter'; readonly name: string; readonly help: string; readonly points: readonly CountedPoint[] }
  | { readonly kind: 'histogram'; readonly name: string; readonly help: string; readonly bounds: readonly number[]; readonly points: readonly MeasuredPoint[] };

export interface MetricsMoment {
  /** Since when is counted, and until when. Epoch ms. */
  readonly since: number;
  readonly at: number;
  /** Of the resource: `service.name` and the like. */
  readonly resource: Readonly<Record<string, string>>;
}

type Metric = MessageInitShape<typeof MetricSchema>;

const nanos = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n;

const attributesOf = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).map(([key, value]) => ({ key, value: { value: { case: 'stringValue' as const, value } } }));

function metricOf(metric: CountedMetric, { since, at }: MetricsMoment): Metric {
  const times = { startTimeUnixNano: nanos(since), timeUnixNano: nanos(at) };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  const { name, help: description } = metric;
  if (metric.kind === 'counter') {
    const dataPoints = metric.points.map(({ labels, value }) => ({
      ...times,
      attributes: attributesOf(labels),
      value: { case: 'asInt' as const, value: BigInt(Math.round(value)) },
    }));
    return { name, description, data: { case: 'sum', value: { isMonotonic: true, aggregationTemporality, dataPoints } } };
  }
  const dataPoints = metric.points.map(({ labels, count, sum, buckets }) => ({
    ...times,
    attributes: attributesOf(labels),
    count: BigInt(Math.round(count)),
    sum,
    explicitBounds: [...metric.bounds],
    bucketCounts: buckets.map((each) => BigInt(Math.max(0, Math.round(each)))),
  }));
  return { name, description, data: { case: 'histogram', value: { aggregationTemporality, dataPoints } } };
}

/** An ExportMetricsServiceRequest. */
export function encodeMetrics(metrics: readonly CountedMetric[], moment: MetricsMoment): Uint8Array {
  const resource = { attributes: attributesOf(moment.resource) };
  const scopeMetrics = [{ scope: { name: 'weft' }, metrics: metrics.map((metric) => metricOf(metric, moment)) }];
  return toBinary(ExportMetricsServiceRequestSchema, create(ExportMetricsServiceRequestSchema, { resourceMetrics: [{ resource, scopeMetrics }] }));
}
