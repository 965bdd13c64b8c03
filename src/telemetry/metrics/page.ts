// The counters of all proxies together, as Prometheus reads them, under Istio's names and labels: its dashboards and Kiali find what they look for.
// https://prometheus.io/docs/instrumenting/exposition_formats/ · https://istio.io/latest/docs/reference/config/metrics/
import type { CountedMetric } from '../../envoy/index.ts';
import { LABELS, type Labels } from './labels.ts';
import { METRICS, type MetricMeaning } from './names.ts';
import type { Live } from './series-table.ts';
import { BOUNDS_MS, type Sums } from './sums.ts';

export const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export interface PageOptions {
  readonly openMetrics: boolean;
  /** Label source_cluster and destination_cluster. */
  readonly cluster: string;
}

/** What the meter says of itself. */
export interface PageFacts {
  readonly series: readonly { readonly namespace: string; readonly series: number; readonly budget: number; readonly foldedPoints: number }[];
  readonly lost: Readonly<Record<string, number>>;
  readonly bytes: number;
}

const escaped = (text: string): string => text.replace(/[\\\n"]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));

/** Labels that Istio has none for have our name in front, and are left out where they say nothing. */
const OWN: ReadonlySet<string> = new Set(['route', 'policy']);

/** Labels as they are shown, by name. */
function shownLabels(labels: Labels, cluster: string): Readonly<Record<string, string>> {
  const told = LABELS.flatMap((name): readonly (readonly [string, string])[] => {
    const value = labels[name];
    if (OWN.has(name)) return value === '' ? [] : [[`weft_${name}`, value]];
    return [[name, value]];
  });
  return {
    ...Object.fromEntries(told),
    source_app: labels.source_canonical_service,
    source_version: labels.source_canonical_revision,
    destination_app: labels.destination_canonical_service,
    destination_version: labels.destination_canonical_revision,
    source_cluster: cluster,
    destination_cluster: cluster,
  };
}

function pairsOf(labels: Labels, cluster: string): string {
  return Object.entries(shownLabels(labels, cluster))
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

const has = (meaning: MetricMeaning, sums: Sums): boolean =>
  meaning.kind === 'durations' ? sums.buckets !== undefined : meaning.kind === 'sizes' ? sums.sized > 0 : sums[meaning.sum] > 0;

function* linesOf(name: string, meaning: MetricMeaning, { pairs, totals }: { readonly pairs: string; readonly totals: Sums }): Generator<string> {
  if (meaning.kind === 'counter') return void (yield `${name}{${pairs}} ${totals[meaning.sum]}`);
  if (meaning.kind === 'sizes') {
    yield `${name}_bucket{${pairs},le="+Inf"} ${totals.sized}`;
    yield `${name}_sum{${pairs}} ${totals[meaning.sum]}`;
    return void (yield `${name}_count{${pairs}} ${totals.sized}`);
  }
  let count = 0;
  for (const [at, bound] of [...BOUNDS_MS, Number.POSITIVE_INFINITY].entries()) {
    count += totals.buckets?.[at] ?? 0;
    yield `${name}_bucket{${pairs},le="${bound === Number.POSITIVE_INFINITY ? '+Inf' : bound}"} ${count}`;
  }
  yield `${name}_sum{${pairs}} ${totals.durationMs}`;
  yield `${name}_count{${pairs}} ${count}`;
}

/** In OpenMetrics a family of counters is called without `_total`. */
function heading(
  name: string,
  { type, help, openMetrics }: { readonly type: string; readonly help: string; readonly openMetrics: boolean },
): readonly string[] {
  const family = openMetrics && type === 'counter' ? name.replace(/_total$/, '') : name;
  return [`# HELP ${family} ${help}`, `# TYPE ${family} ${type}`];
}

interface OwnFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly (readonly [string, number])[];
}

function ownFamilies({ series, lost, bytes }: PageFacts): readonly OwnFamily[] {
  const of = (read: (each: PageFacts['series'][number]) => number) =>
    series.map((each): readonly [string, number] => [`{namespace="${escaped(each.namespace)}"}`, read(each)]);
  return [
    { name: 'weft_metrics_series', type: 'gauge', help: 'Series that are told apart now.', samples: of((each) => each.series) },
    { name: 'weft_metrics_series_budget', type: 'gauge', help: 'How many may be.', samples: of((each) => each.budget) },
    { name: 'weft_metrics_folded_total', type: 'counter', help: 'Label sets over the budget.', samples: of((each) => each.foldedPoints) },
    {
      name: 'weft_metrics_lost_total',
      type: 'counter',
      help: 'What did not get in, by why.',
      samples: Object.entries(lost).map(([why, count]): readonly [string, number] => [`{why="${why}"}`, count]),
    },
    { name: 'weft_metrics_kept_bytes', type: 'gauge', help: 'Of files of metrics.', samples: [['', bytes]] },
  ];
}

/** The page. Counters begin with the control plane, or when something is heard of after it was not for long, which readers take for a restart. */
export function pageOf(live: Iterable<Live>, facts: PageFacts, { openMetrics, cluster }: PageOptions): string {
  const series = [...live].map(({ labels, totals }) => ({ pairs: pairsOf(labels, cluster), totals }));
  const lines: string[] = [];
  for (const [name, meaning] of METRICS) {
    const own = series.filter(({ totals }) => has(meaning, totals));
    if (own.length === 0) continue;
    lines.push(...heading(name, { type: meaning.kind === 'counter' ? 'counter' : 'histogram', help: meaning.help, openMetrics }));
    for (const each of own) for (const line of linesOf(name, meaning, each)) lines.push(line);
  }
  for (const { name, type, help, samples } of ownFamilies(facts)) {
    if (samples.length === 0) continue;
    lines.push(...heading(name, { type, help, openMetrics }), ...samples.map(([pairs, value]) => `${name}${pairs} ${value}`));
  }
  return `${lines.join('\n')}\n${openMetrics ? '# EOF\n' : ''}`;
}

/** The same counters for a collector. */
export function countedOf(live: Iterable<Live>, cluster: string): readonly CountedMetric[] {
  const series = [...live].map(({ labels, totals }) => ({ labels: shownLabels(labels, cluster), totals }));
  return [...METRICS].flatMap(([name, meaning]): readonly CountedMetric[] => {
    const own = series.filter(({ totals }) => has(meaning, totals));
    const { help } = meaning;
    if (own.length === 0) return [];
    if (meaning.kind === 'counter') return [{ kind: 'counter', name, help, points: own.map(({ labels, totals }) => ({ labels, value: totals[meaning.sum] })) }];
    const points = own.map(({ labels, totals }) => {
      if (meaning.kind === 'sizes') return { labels, count: totals.sized, sum: totals[meaning.sum], buckets: [totals.sized] };
      const buckets = [...(totals.buckets ?? [])];
      return { labels, count: buckets.reduce((sum, each) => sum + each, 0), sum: totals.durationMs, buckets };
    });
    return [{ kind: 'histogram', name, help, bounds: meaning.kind === 'sizes' ? [] : BOUNDS_MS, points }];
  });
}
