import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExportMetricsServiceRequestSchema } from '#gen/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.js';
import { AggregationTemporality, type MetricSchema } from '#gen/opentelemetry/proto/metrics/v1/metrics_pb.js';
import { type MetricPoint, readMetricLabels, readMetricPoints } from './otlp-metrics.ts';

const request = (metrics: MessageInitShape<typeof MetricSchema>[]): Uint8Array =>
  toBinary(ExportMetricsServiceRequestSchema, create(ExportMetricsServiceRequestSchema, { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));

function read(bytes: Uint8Array): MetricPoint[] {
  const found: MetricPoint[] = [];
  readMetricPoints(bytes, (point) => void found.push(point));
  return found;
}

const attributes = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).map(([key, value]) => ({ key, value: { value: { case: 'stringValue' as const, value } } }));

const label = fc.dictionary(fc.stringMatching(/^[a-z_]{1,20}$/), fc.string({ maxLength: 300 }), { maxKeys: 20, noNullPrototype: true });

test('what an encoder of another make has written is read: counters, histograms, labels', () => {
  fc.assert(
    fc.property(label, fc.nat(), fc.array(fc.nat(), { minLength: 1, maxLength: 30 }), (labels, value, counts) => {
      const point = { attributes: attributes(labels), startTimeUnixNano: 1_700_000_000_000_000_000n, timeUnixNano: 1_700_000_005_000_000_000n };
      const bounds = counts.slice(1).map((_, at) => at + 0.5);
      const [counter, gauge, histogram] = read(
        request([
          {
            name: 'istio_requests_total',
            data: {
              case: 'sum',
              value: {
                isMonotonic: true,
                aggregationTemporality: AggregationTemporality.CUMULATIVE,
                dataPoints: [{ ...point, value: { case: 'asInt', value: BigInt(value) } }],
              },
            },
          },
          { name: 'a_gauge', data: { case: 'gauge', value: { dataPoints: [{ value: { case: 'asInt', value: 7n } }] } } },
          {
            name: 'istio_request_bytes',
            data: {
              case: 'histogram',
              value: {
                aggregationTemporality: AggregationTemporality.DELTA,
                dataPoints: [{ ...point, count: 9n, sum: 1.5, bucketCounts: counts.map(BigInt), explicitBounds: bounds }],
              },
            },
          },
        ]),
      );
      expect(counter).toMatchObject({ name: 'istio_requests_total', count: value, kind: 'counter', cumulative: true, time: 1_700_000_005e9 });
      expect(gauge).toMatchObject({ name: 'a_gauge', kind: 'gauge', count: 7 });
      expect(histogram).toMatchObject({ name: 'istio_request_bytes', count: 9, cumulative: false });
      expect([histogram?.histogram?.sum, [...(histogram?.histogram?.counts ?? [])], [...(histogram?.histogram?.bounds ?? [])]]).toEqual([1.5, counts, bounds]);
      for (const each of [counter, histogram]) expect(Object.fromEntries(readMetricLabels(each?.attributes ?? new Uint8Array()))).toEqual(labels);
    }),
  );
});

test('whatever bytes come, they are read or refused, and nothing else happens', () => {
  const whole = request([
    {
      name: 'istio_requests_total',
      data: { case: 'sum', value: { dataPoints: [{ attributes: attributes({ reporter: 'source' }), value: { case: 'asInt', value: 3n } }] } },
    },
  ]);
  const tried = (bytes: Uint8Array): void => {
    try {
      for (const { attributes: labels } of read(bytes)) readMetricLabels(labels);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), tried));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const bent = whole.slice();
      bent[at] = byte;
      tried(bent);
      tried(whole.subarray(0, at));
    }),
  );
});
