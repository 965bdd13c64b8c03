import type { CollectorView, EdgesView, MetricsKeptView, MetricsQuery, SeriesQuery, SeriesView, SpentQuery, SpentView, StatView } from '../../api/index.ts';
import type { Arrived } from '../arrivals.ts';
import type { LogClaims } from '../door.ts';
import type { ExportTarget } from '../otlp/target.ts';
import { ThreadLink } from '../thread-link.ts';
import { Forwarder } from './forward.ts';
import type { Directory, Reporter } from './labels.ts';
import { OPEN_METRICS_TYPE, TEXT_TYPE } from './page.ts';
import { type PrometheusOptions, PrometheusReader } from './prometheus.ts';
import type { MeterData, MetricsQuestion, ToMeter } from './protocol.ts';

export interface MetricsOptions extends MeterData {
  /** What the mesh knows of a sender. */
  reporterOf(claims: LogClaims): Reporter;
  /** Who is behind identities, when that may have changed since it was asked last; else undefined. */
  directory(): Directory | undefined;
  /** Whom questions go to instead: a server that scrapes `/metrics/mesh`. */
  readonly prometheus?: PrometheusOptions | undefined;
  /** What has come of what a proxy tells one by one; undefined where others take it as well. */
  arrivedOf?(claims: LogClaims): Arrived | undefined;
  /** Whom all counters are pushed to beside. */
  readonly target?: ExportTarget | undefined;
  log(level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>): void;
}

/** What a proxy says of five thousand series is two megabytes. */
/** Waiting for the meter at most: what comes then is not read. It costs nothing but time, since the next message says it all again. */
const MOST = { messageBytes: 12 * 1024 * 1024, waitingBytes: 64 * 1024 * 1024 };
const DIRECTORY_MS = 2000;

/** From sources and from the package alike, the file stands beside this one, or beside what this one is packed into. */
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './meter-thread.ts' : './meter-thread.js', import.meta.url);

/** Golden numbers: taken from proxies, added up and kept by a thread of its own, found again. */
export class Metrics implements AsyncDisposable {
  readonly #options: MetricsOptions;
  readonly #link: ThreadLink;
  readonly #elsewhere: PrometheusReader | undefined;
  readonly #forwarder: Forwarder;
  #knownAt = 0;
  #directory: Directory | undefined;

  private constructor(options: MetricsOptions) {
    this.#options = options;
    const { folder, budgetBytes, cluster, log } = options;
    const data: MeterData = { folder, budgetBytes, cluster };
    this.#elsewhere = options.prometheus === undefined ? undefined : new PrometheusReader(options.prometheus);
    this.#link = ThreadLink.open({ entry: THREAD, most: MOST, name: 'metrics', what: 'metrics', place: { folder }, data, log, begun: () => this.#begun() });
    const message = (): Promise<Uint8Array> => this.#ask<Uint8Array>({ kind: 'message' });
    this.#forwarder = new Forwarder({ target: options.target, message, log });
  }

  /** Never waits and never throws for the files' sake: without them metrics are lost, and counted, and everything else runs. */
  static open(options: MetricsOptions): Metrics {
    return new Metrics(options);
  }

  /** A thread that begins knows nobody. */
  #begun(): void {
    this.#knownAt = 0;
  }

  #tellDirectory(): void {
    const now = performance.now();
    if (this.#knownAt > 0 && now - this.#knownAt < DIRECTORY_MS) return;
    const changed = this.#options.directory();
    if (changed !== undefined || this.#knownAt === 0) {
      this.#directory = changed ?? this.#directory;
      this.#link.tell({ kind: 'know', directory: [...(this.#directory ?? [])] } satisfies ToMeter);
    }
    this.#knownAt = now;
  }

  /** Hands a message on. Bounded: what is too large, or comes while too much waits, is counted and forgotten. */
  take(claims: LogClaims, bytes: Uint8Array): void {
    if (!this.#link.admits(bytes)) return;
    this.#tellDirectory();
    this.#link.give({ kind: 'take', reporter: this.#options.reporterOf(claims), bytes, arrived: this.#options.arrivedOf?.(claims) } satisfies ToMeter);
  }

  #ask<T>(question: MetricsQuestion): Promise<T> {
    return this.#link.ask<T>(question);
  }

  stat(query: MetricsQuery): Promise<StatView> {
    return this.#elsewhere?.stat(query) ?? this.#ask({ kind: 'stat', query });
  }

  edges(query: MetricsQuery): Promise<EdgesView> {
    return this.#elsewhere?.edges(query) ?? this.#ask({ kind: 'edges', query });
  }

  series(query: SeriesQuery): Promise<SeriesView> {
    return this.#elsewhere?.series(query) ?? this.#ask({ kind: 'series', query });
  }

  spent(query: SpentQuery): Promise<SpentView> {
    return this.#elsewhere?.spent(query) ?? this.#ask({ kind: 'spent', query });
  }

  /** The counters of all proxies, for Prometheus. */
  async page(openMetrics: boolean): Promise<{ readonly type: string; readonly text: string }> {
    return { type: openMetrics ? OPEN_METRICS_TYPE : TEXT_TYPE, text: await this.#ask<string>({ kind: 'page', openMetrics }) };
  }

  /** Heaps of proxies in bytes, by id, as each said last. */
  memory(): Promise<ReadonlyMap<string, number>> {
    return this.#ask({ kind: 'memory' });
  }

  async kept(): Promise<MetricsKeptView> {
    const found = await this.#ask<MetricsKeptView>({ kind: 'kept' });
    return {
      ...found,
      source: this.#elsewhere === undefined ? 'store' : 'prometheus',
      budgetBytes: this.#options.budgetBytes,
      ...(this.#forwarder.state === undefined ? {} : { forwarded: this.#forwarder.state }),
      lost: { ...found.lost, ...this.#link.lost },
    };
  }

  /** How pushes to a collector go; undefined without one. Of whole counts nothing is lost. */
  forwarded(): Omit<CollectorView, 'signal'> | undefined {
    const { state, endpoint } = this.#forwarder;
    return state === undefined ? undefined : { endpoint, sent: state.sent, lost: 0, trouble: state.trouble };
  }

  /** Whom all counters are pushed to beside from now on; nobody without. */
  retarget(target: ExportTarget | undefined): void {
    this.#forwarder.retarget(target);
  }

  /** Resolves when what was taken is on disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#forwarder[Symbol.asyncDispose]();
    await this.#link[Symbol.asyncDispose]();
  }
}
