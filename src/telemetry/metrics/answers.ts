// What was counted of each series -> answers of the management API. Pure.
import type { EdgeEndView, EdgesView, EdgeView, MetricsWindow, SeriesBy, SeriesLine, ServiceStatView, SpentView, StatView } from '../../api/index.ts';
import { type Counted, codeName, Golden, weightsOf } from './golden.ts';
import { type Labels, serviceOf, UNKNOWN } from './labels.ts';
import { quantile, Sums, slowerThan } from './sums.ts';

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const secondsOf = ({ since, until }: MetricsWindow): number => Math.max(1, (Date.parse(until) - Date.parse(since)) / 1000);

/** Of the service that is called; empty for what is outside. */
export const namespaceOf = ({ destination_service_namespace: namespace }: Labels): string => (namespace === UNKNOWN ? '' : namespace);

/** Services by name. `seconds`: of the window there was something to count in. */
export function statOf(counted: readonly Counted[], window: MetricsWindow, asked: { readonly namespace: string; readonly seconds?: number }): StatView {
  const weights = weightsOf(counted);
  const services = new Map<string, { readonly namespace: string; readonly golden: Golden }>();
  for (const { text, labels, sums } of counted) {
    const namespace = namespaceOf(labels);
    if (asked.namespace !== '' && namespace !== asked.namespace) continue;
    const service = serviceOf(labels);
    const found = services.get(service) ?? { namespace, golden: new Golden() };
    services.set(service, found);
    found.golden.add(labels, sums, weights.get(text) ?? 0);
  }
  const items = [...services].map(
    ([service, { namespace, golden }]): ServiceStatView => ({
      service,
      namespace,
      protocols: [...golden.protocols].sort(byText),
      secured: golden.secured,
      ...golden.view(asked.seconds ?? secondsOf(window)),
    }),
  );
  return { ...window, items: items.filter(({ requests, opened, closed }) => requests + opened + closed > 0).sort((a, b) => byText(a.service, b.service)) };
}

/** What a service did to its objective. `counted`: of this service alone. */
export function spentOf(counted: readonly Counted[], slowMs: number | undefined): SpentView {
  const weights = weightsOf(counted);
  const golden = new Golden();
  for (const { text, labels, sums } of counted) golden.add(labels, sums, weights.get(text) ?? 0);
  const buckets = golden.sums.buckets;
  return {
    requests: Math.round(golden.sums.requests),
    failures: Math.round(golden.failures),
    measured: Math.round(buckets?.reduce((sum, each) => sum + each, 0) ?? 0),
    slow: buckets === undefined || slowMs === undefined ? 0 : Math.round(slowerThan(buckets, slowMs)),
  };
}

const MOST_EDGES = 5000;

function sourceOf(labels: Labels): EdgeEndView {
  return {
    workload: labels.source_workload,
    namespace: labels.source_workload_namespace,
    service: labels.source_canonical_service,
    version: labels.source_canonical_revision,
    principal: labels.source_principal,
  };
}

function destinationOf(labels: Labels): EdgeView['destination'] {
  return {
    workload: labels.destination_workload,
    namespace: labels.destination_workload_namespace === UNKNOWN ? namespaceOf(labels) || UNKNOWN : labels.destination_workload_namespace,
    service: labels.destination_canonical_service,
    version: labels.destination_canonical_revision,
    principal: labels.destination_principal,
    called: serviceOf(labels),
  };
}

const isSecurity = (text: string): text is EdgeView['security'] => text === 'mutual_tls' || text === 'none';

function edgeOf(labels: Labels): Pick<EdgeView, 'source' | 'destination' | 'protocol' | 'security'> {
  const protocol = labels.request_protocol;
  const security = labels.connection_security_policy;
  return {
    source: sourceOf(labels),
    destination: destinationOf(labels),
    protocol: protocol === 'grpc' || protocol === 'tcp' ? protocol : 'http',
    security: isSecurity(security) ? security : UNKNOWN,
  };
}

/** Who calls whom, the busiest first. */
export function edgesOf(counted: readonly Counted[], window: MetricsWindow, asked: { readonly namespace: string; readonly seconds?: number }): EdgesView {
  const weights = weightsOf(counted, 'pair');
  const edges = new Map<string, { readonly edge: ReturnType<typeof edgeOf>; readonly golden: Golden }>();
  for (const { text, labels, sums } of counted) {
    const weight = weights.get(text) ?? 0;
    if (weight === 0) continue;
    const edge = edgeOf(labels);
    if (asked.namespace !== '' && edge.source.namespace !== asked.namespace && edge.destination.namespace !== asked.namespace) continue;
    const key = JSON.stringify(edge);
    const found = edges.get(key) ?? { edge, golden: new Golden() };
    edges.set(key, found);
    found.golden.add(labels, sums, weight);
  }
  const items = [...edges.entries()]
    .map(([key, { edge, golden }]) => ({ key, view: { ...edge, ...golden.view(asked.seconds ?? secondsOf(window)) } }))
    .filter(({ view }) => view.requests + view.opened + view.closed > 0)
    .sort((a, b) => b.view.requests + b.view.opened - a.view.requests - a.view.opened || byText(a.key, b.key))
    .map(({ view }): EdgeView => view);
  return { ...window, items: items.slice(0, MOST_EDGES), more: Math.max(0, items.length - MOST_EDGES) };
}

/** In which line of a chart a series is. */
export function lineOf(labels: Labels, by: SeriesBy | ''): string {
  const pair = (namespace: string, name: string): string => (namespace === UNKNOWN ? name : `${namespace}/${name}`);
  switch (by) {
    case '':
      return '';
    case 'code':
      return codeName(labels);
    case 'source':
      return pair(labels.source_workload_namespace, labels.source_workload);
    case 'destination':
      return pair(labels.destination_workload_namespace, labels.destination_workload);
    case 'route':
      return labels.route || '-';
    case 'version':
      return labels.destination_canonical_revision;
  }
}

/** One step of a line: what went well and what failed, apart, so that rows of a file are added to either without a copy. */
export interface LineStep {
  readonly well: Sums;
  readonly failed: Sums;
}

export const newStep = (): LineStep => ({ well: new Sums(), failed: new Sums() });

function wholeOf({ well, failed }: LineStep): { readonly sums: Sums; readonly failures: number } {
  const sums = new Sums();
  sums.add(well);
  sums.add(failed);
  return { sums, failures: failed.requests };
}

export function seriesLine(name: string, filled: readonly (LineStep | undefined)[]): SeriesLine {
  const empty = { sums: new Sums(), failures: 0 };
  const steps = filled.map((step) => (step === undefined ? undefined : wholeOf(step)));
  const each = (read: (step: typeof empty) => number): readonly number[] => steps.map((step) => Math.round(read(step ?? empty)));
  const part = (share: number): readonly (number | null)[] =>
    steps.map((step) => {
      const found = quantile(step?.sums.buckets, share);
      return found === null ? null : Math.round(found * 100) / 100;
    });
  return {
    name,
    requests: each(({ sums }) => sums.requests),
    failures: each(({ failures }) => failures),
    p50Ms: part(0.5),
    p90Ms: part(0.9),
    p99Ms: part(0.99),
    receivedBytes: each(({ sums }) => sums.requestBytes + sums.receivedBytes),
    sentBytes: each(({ sums }) => sums.responseBytes + sums.sentBytes),
    opened: each(({ sums }) => sums.opened),
  };
}
