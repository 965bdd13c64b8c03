import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expositionText } from './exposition.ts';
import { Histogram } from './histogram.ts';

test('a page as Prometheus reads it; what labels say cannot break out of them', () => {
  const histogram = new Histogram([1, 5, 10]);
  for (const value of [0.5, 1, 7, 100]) histogram.observe(value);
  const page = expositionText([
    { type: 'counter', name: 'a_total', help: 'A\nthing.', samples: [{ value: 2 }, { labels: { b: 'x"\n\\', a: '1' }, value: Number.POSITIVE_INFINITY }] },
    { type: 'gauge', name: 'empty', help: '', samples: [] },
    { type: 'histogram', name: 'h_seconds', help: 'Times.', series: [{ histogram, scale: 0.001 }] },
  ]);
  expect(page).toBe(`# HELP a_total A\\nthing.
# TYPE a_total counter
a_total 2
a_total{a="1",b="x\\"\\n\\\\"} +Inf
# HELP h_seconds Times.
# TYPE h_seconds histogram
h_seconds_bucket{le="0.001"} 2
h_seconds_bucket{le="0.005"} 2
h_seconds_bucket{le="0.01"} 3
h_seconds_bucket{le="+Inf"} 4
h_seconds_sum 0.1085
h_seconds_count 4
`);
});

test('for each bound, as many as are not larger', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true })), (values) => {
      const histogram = new Histogram([-1, 0, 1, 10]);
      for (const value of values) histogram.observe(value);
      expect(histogram.cumulative()).toEqual(histogram.bounds.map((bound) => values.filter((value) => value <= bound).length));
      expect(histogram.count).toBe(values.length);
    }),
  );
});
