// The same answers out of a Prometheus-compatible server that scrapes the mesh: for those who keep their numbers there, and for longer.
// https://prometheus.io/docs/prometheus/latest/querying/api/
import type { EdgesView, MetricsQuery, MetricsWindow, SeriesQuery, SeriesView, SpentQuery, SpentView, StatView } from '../../api/index.ts';
import { WeftError } from '../../base/index.ts';
import { TELEMETRY_ERRORS } from '../errors.ts';
import { edgesOf, spentOf, statOf } from './answers.ts';
import type { Counted } from './golden.ts';
import { LABELS, type Labels, labelsFromText, labelsText, UNKNOWN } from './labels.ts';
import { Chart } from './lines.ts';
import type { SumName } from './names.ts';
import { BUCKETS, bucketsOf, Sums } from './sums.ts';

export interface PrometheusOptions {
  /** Without `/api/v1`. */
  readonly url: string;
  /** Sent as `authorization: Bearer`. */
  readonly token?: string;
}

interface Vector {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

const DEADLINE_MS = 20_000;
/** Scrapes are some seconds apart: an increase needs two of them. */
const LEAST_STEP_S = 60;
const STEPS = 60;
const FEWEST_S = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** Of these labels series are told apart; ours come without a prefix nowhere else than here. */
const GROUP: readonly string[] = LABELS.filter((label) => label !== 'route' && label !== 'policy');
const SUMS: readonly (readonly [string, SumName])[] = [
  ['istio_requests_total', 'requests'],
  ['istio_request_bytes_sum', 'requestBytes'],
  ['istio_response_bytes_sum', 'responseBytes'],
  ['istio_tcp_received_bytes_total', 'receivedBytes'],
  ['istio_tcp_sent_bytes_total', 'sentBytes'],
  ['istio_tcp_connections_opened_total', 'opened'],
  ['istio_tcp_connections_closed_total', 'closed'],
];
const DURATIONS = 'istio_request_duration_milliseconds_bucket';

const quoted = (text: string): string => JSON.stringify(text);

function labelsOf(metric: Vector['metric']): Labels {
  const own: Readonly<Record<string, string | undefined>> = { ...metric, route: metric['weft_route'], policy: metric['weft_policy'] };
  return Object.fromEntries(LABELS.map((label) => [label, own[label] ?? (label === 'response_code' ? '' : EMPTY.has(label) ? '' : UNKNOWN)])) as Labels;
}
const EMPTY: ReadonlySet<string> = new Set(['route', 'policy', 'grpc_response_status', 'response_flags']);

/** Which series: of one namespace or service, or all. */
function matchers({ namespace = '', service = '' }: { readonly namespace?: string; readonly service?: string }): string {
  const [home = '', name = ''] = service.split('/', 2);
  if (service !== '' && name !== '') return `{destination_service_namespace=${quoted(home)},destination_service_name=${quoted(name)}}`;
  if (service !== '') return `{destination_service=${quoted(service)}}`;
  return namespace === '' ? '' : `{destination_service_namespace=${quoted(namespace)}}`;
}

export class PrometheusReader {
  readonly #options: PrometheusOptions;

  constructor(options: PrometheusOptions) {
    this.#options = options;
  }

  async #ask(path: string, parameters: Readonly<Record<string, string>>): Promise<readonly Vector[]> {
    const { url, token } = this.#options;
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const body = new URLSearchParams(parameters).toString();
    const failed = (words: string, cause?: unknown): WeftError =>
      new WeftError('unavailable', TELEMETRY_ERRORS.unavailable, `the Prometheus server cannot be asked: ${words}`, { cause });
    const reply = await fetch(`${url.replace(/\/+$/, '')}/api/v1/${path}`, { method: 'POST', headers, body, signal: AbortSignal.timeout(DEADLINE_MS) }).catch(
      (error: unknown) => {
        throw failed(error instanceof Error ? error.message : String(error), error);
      },
    );
    const answer = (await reply.json().catch(() => undefined)) as
      | { readonly status: string; readonly error?: string; readonly data?: { readonly result: readonly Vector[] } }
      | undefined;
    if (answer?.status !== 'success' || answer.data === undefined) throw failed(answer?.error ?? `it answered ${reply.status}`);
    return answer.data.result;
  }

  /** What each series came to between two moments (epoch s). */
  async #counted(since: number, until: number, where: { readonly namespace?: string; readonly service?: string }): Promise<readonly Counted[]> {
    const window = `[${Math.max(1, Math.round(until - since))}s]`;
    const query = (metric: string, by: readonly string[]): Promise<readonly Vector[]> =>
      this.#ask('query', { query: `sum by (${by.join(',')}) (increase(${metric}${matchers(where)}${window})) > 0`, time: String(until) });
    const by = [...GROUP, 'weft_route'];
    const [sums, durations] = await Promise.all([Promise.all(SUMS.map(([metric]) => query(metric, by))), query(DURATIONS, [...by, 'le'])]);
    const found = new Table();
    for (const [at, vectors] of sums.entries()) {
      const name = SUMS[at]?.[1];
      if (name !== undefined) for (const { metric, value } of vectors) found.of(metric)[name] += numberOf(value);
    }
    for (const [series, buckets] of bucketGroups(durations.map(({ metric, value }) => ({ metric, value: numberOf(value) })))) found.durations(series, buckets);
    return found.counted();
  }

  async stat(query: MetricsQuery): Promise<StatView> {
    const counted = await this.#counted(query.since / 1000, query.until / 1000, query.namespace === '' ? {} : { namespace: query.namespace });
    return statOf(counted, windowOf(query), { namespace: query.namespace });
  }

  async edges(query: MetricsQuery): Promise<EdgesView> {
    return edgesOf(await this.#counted(query.since / 1000, query.until / 1000, {}), windowOf(query), { namespace: query.namespace });
  }

  async spent({ since, until, service, slowMs }: SpentQuery): Promise<SpentView> {
    return spentOf(await this.#counted(since / 1000, until / 1000, { service }), slowMs);
  }

  async series(query: SeriesQuery): Promise<SeriesView> {
    const wanted = query.stepMs > 0 ? query.stepMs / 1000 : (query.until - query.since) / 1000 / STEPS;
    const step = Math.max(LEAST_STEP_S, query.stepMs > 0 ? Math.ceil(wanted) : (FEWEST_S.find((each) => each >= wanted) ?? 86_400));
    const begin = Math.floor(query.since / 1000 / step) * step;
    const end = Math.ceil(query.until / 1000 / step) * step;
    const times = Array.from({ length: Math.max(1, Math.round((end - begin) / step)) }, (_, at) => (begin + at * step) * 1000);
    const asked = query.namespace === '' ? { service: query.service } : { service: query.service, namespace: query.namespace };
    const counted = await this.#counted(begin, end, asked);
    const chart = new Chart({ counted, namespace: query.namespace, by: query.by, steps: times.length });
    for (const { text, at, sums } of await this.#steps({ begin, end, step, asked })) chart.add(text, at, sums);
    const window = { ...windowOf(query), since: new Date(begin * 1000).toISOString(), resolutionMs: step * 1000 };
    return { ...window, service: query.service, by: query.by, stepMs: step * 1000, times, lines: chart.lines() };
  }

  /** What each series came to in each step: an increase at its end. */
  async #steps({
    begin,
    end,
    step,
    asked,
  }: {
    readonly begin: number;
    readonly end: number;
    readonly step: number;
    readonly asked: Parameters<typeof matchers>[0];
  }) {
    const range = { start: String(begin + step), end: String(end), step: String(step) };
    const query = (metric: string, by: readonly string[]): Promise<readonly Vector[]> =>
      this.#ask('query_range', { ...range, query: `sum by (${by.join(',')}) (increase(${metric}${matchers(asked)}[${step}s])) > 0` });
    const by = [...GROUP, 'weft_route'];
    const [sums, durations] = await Promise.all([Promise.all(SUMS.map(([metric]) => query(metric, by))), query(DURATIONS, [...by, 'le'])]);
    const steps = new Map<number, Table>();
    const tableAt = (at: number): Table => {
      const index = Math.round((at - step - begin) / step);
      const table = steps.get(index) ?? new Table();
      steps.set(index, table);
      return table;
    };
    for (const [at, vectors] of sums.entries()) {
      const name = SUMS[at]?.[1];
      for (const { metric, values = [] } of vectors) for (const value of values) if (name !== undefined) tableAt(value[0]).of(metric)[name] += numberOf(value);
    }
    const byTime = Map.groupBy(
      durations.flatMap(({ metric, values = [] }) => values.map((value) => ({ metric, at: value[0], value: numberOf(value) }))),
      ({ at }) => at,
    );
    for (const [at, points] of byTime) for (const [series, buckets] of bucketGroups(points)) tableAt(at).durations(series, buckets);
    return [...steps].flatMap(([at, table]) => table.counted().map(({ text, sums: own }) => ({ text, at, sums: own })));
  }
}

function windowOf({ since, until }: { readonly since: number; readonly until: number }): MetricsWindow {
  return { since: new Date(since).toISOString(), until: new Date(until).toISOString(), resolutionMs: LEAST_STEP_S * 1000, source: 'prometheus' };
}

const numberOf = (value: readonly [number, string] | undefined): number => {
  const number = Number(value?.[1] ?? 0);
  return Number.isFinite(number) ? number : 0;
};

interface Bucket {
  readonly bound: number;
  /** Of all up to the bound. */
  readonly count: number;
}

/** Buckets of each series, by bound. */
function bucketGroups(points: readonly { readonly metric: Vector['metric']; readonly value: number }[]): ReadonlyMap<string, readonly Bucket[]> {
  const groups = Map.groupBy(points, ({ metric }) => labelsText(labelsOf(metric)));
  return new Map(
    [...groups].map(([text, own]) => [
      text,
      own
        .map(({ metric, value }) => ({ bound: metric['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(metric['le']), count: value }))
        .sort((a, b) => a.bound - b.bound),
    ]),
  );
}

/** Sums by labels. */
class Table {
  readonly #sums = new Map<string, Sums>();

  #at(text: string): Sums {
    const known = this.#sums.get(text) ?? new Sums();
    this.#sums.set(text, known);
    return known;
  }

  of(metric: Vector['metric']): Sums {
    return this.#at(labelsText(labelsOf(metric)));
  }

  durations(text: string, found: readonly Bucket[]): void {
    const buckets = this.#at(text).durations();
    const finite = found.filter(({ bound }) => Number.isFinite(bound));
    const layout = bucketsOf(Float64Array.from(finite, ({ bound }) => bound));
    let below = 0;
    for (const [at, { bound, count }] of found.entries()) {
      const own = Number.isFinite(bound) ? (layout[at] ?? BUCKETS - 1) : BUCKETS - 1;
      buckets[own] = (buckets[own] ?? 0) + Math.max(0, count - below);
      below = Math.max(below, count);
    }
  }

  counted(): readonly Counted[] {
    return [...this.#sums].map(([text, sums]) => ({ text, labels: labelsFromText(text), sums }));
  }
}
