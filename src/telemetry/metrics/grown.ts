// What is new of a series, added to its sums.
import type { MetricPoint } from '../../envoy/index.ts';
import type { Growth } from './follow.ts';
import type { MetricMeaning } from './names.ts';
import { bucketsOf, type Sums } from './sums.ts';

/** As the metric's meaning says; `point`: what it was told in. */
export function addGrowth(sums: Sums, meaning: MetricMeaning, { grown, point }: { readonly grown: Growth; readonly point: MetricPoint }): void {
  if (meaning.kind === 'counter') sums[meaning.sum] += grown.count;
  else if (meaning.kind === 'sizes') {
    sums[meaning.sum] += grown.sum;
    if (meaning.sum === 'requestBytes') sums.sized += grown.count;
  } else {
    sums.requests += grown.count;
    sums.durationMs += grown.sum;
    if (grown.counts === undefined || point.histogram === undefined) return;
    const layout = bucketsOf(point.histogram.bounds);
    const buckets = sums.durations();
    for (let at = 0; at < grown.counts.length; at++) {
      const own = layout[at] ?? buckets.length - 1;
      buckets[own] = (buckets[own] ?? 0) + (grown.counts[at] ?? 0);
    }
  }
}
