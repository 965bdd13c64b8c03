// The cluster in the store: what an API server says becomes documents there, so that everything behind it is as on plain machines, and a
// restart without an API server has the last mesh.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Diagnostic, WeftError } from '../../base/index.ts';
import { type Document, type DocumentKey, documentKey, isMirrored, KUBERNETES, MIRRORED_FROM } from '../../model/index.ts';
import type { Store, Write } from '../../store/index.ts';
import type { ResourceEvent, Source } from '../events.ts';
import type { KubernetesSourceOptions, SourceTrouble } from './kubernetes-source.ts';

/** Who writes them, in the audit log. */
const AUTHOR = 'kubernetes';
/** Area of the store that says that a whole listing has been here. */
const AREA = 'kubernetes';
const RETRY_MS = 1000;

export interface MirrorOptions {
  readonly source: (told: Pick<KubernetesSourceOptions, 'problems' | 'troubles'>) => Source;
  readonly store: Pick<Store, 'get' | 'list' | 'write' | 'getValue' | 'putValue'>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>) => void;
}

export class Mirror implements AsyncDisposable {
  readonly #options: MirrorOptions;
  readonly #stop = new AbortController();
  readonly #problems = new Map<string, readonly Diagnostic[]>();
  readonly #listeners = new Set<(place: string) => void>();
  #troubles: readonly SourceTrouble[] = [];
  #following: Promise<void> = Promise.resolve();
  #fresh = false;

  private constructor(options: MirrorOptions) {
    this.#options = options;
  }

  /** Begins to follow the cluster; returns at once. */
  static open(options: MirrorOptions): Mirror {
    const mirror = new Mirror(options);
    mirror.#following = mirror.#follow();
    return mirror;
  }

  /** What is wrong with objects, by `Kind namespace/name`: their last good state holds. */
  get problems(): ReadonlyMap<string, readonly Diagnostic[]> {
    return this.#problems;
  }

  /** Told the place of an object whose problems changed. Returns how to stop. */
  onProblem(told: (place: string) => void): () => void {
    this.#listeners.add(told);
    return () => void this.#listeners.delete(told);
  }

  /** Types that the API server does not tell of at the moment. */
  get troubles(): readonly SourceTrouble[] {
    return this.#troubles;
  }

  /** A whole listing is in the store, of this start or of one before: there is a mesh to serve. */
  get listed(): boolean {
    return this.#fresh || this.#options.store.getValue(AREA, 'listed') !== undefined;
  }

  /** The store has what the cluster said since this start. */
  get fresh(): boolean {
    return this.#fresh;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    const source = this.#options.source({
      problems: (key, diagnostics) => this.#problem(key, diagnostics),
      troubles: (troubles) => this.#trouble(troubles),
    });
    for await (const batch of source.events(signal)) {
      await this.#write(this.#fresh ? batch : [...batch, ...this.#gone(batch)], signal);
      if (this.#fresh || signal.aborted) continue;
      this.#fresh = true;
      await this.#options.store.putValue(AREA, 'listed', 'true');
      this.#options.log('info', 'the cluster has been listed', { documents: batch.length });
    }
  }

  /** What the store has of the cluster, and the first whole listing has not. What cannot be read is not gone. */
  #gone(batch: readonly ResourceEvent[]): readonly ResourceEvent[] {
    const there = new Set<DocumentKey>(batch.map((event) => (event.kind === 'put' ? documentKey(event.document) : event.key)));
    return this.#options.store
      .list()
      .documents.filter((document) => isMirrored(document) && !there.has(documentKey(document)) && !this.#problems.has(placeOf(document)))
      .map((document) => ({ kind: 'delete', key: documentKey(document) }));
  }

  /** In one transaction: what changed together is together in force. A store that takes no writes is tried until it does. */
  async #write(batch: readonly ResourceEvent[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const written = await this.#options.store.write(this.#writes(batch), AUTHOR);
        if (written.ok) return;
        this.#options.log('warn', 'the store refused what the cluster says; trying again', { why: written.error.kind, document: written.error.key });
      } catch (error) {
        if (!(error instanceof WeftError)) throw error;
        this.#options.log('error', 'what the cluster says cannot be written; trying again', { error: error.message });
      }
      await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  #writes(batch: readonly ResourceEvent[]): readonly Write[] {
    return batch.flatMap((event): readonly Write[] => {
      if (event.kind === 'put') return [{ kind: 'put', document: marked(event.document), mirrored: true }];
      const current = this.#options.store.get(event.key);
      return current === undefined || !isMirrored(current) ? [] : [{ kind: 'delete', key: event.key, mirrored: true }];
    });
  }

  #problem(key: string, diagnostics: readonly Diagnostic[]): void {
    if (diagnostics.length === 0) this.#problems.delete(key);
    else this.#problems.set(key, diagnostics);
    for (const told of this.#listeners) told(key);
  }

  #trouble(troubles: readonly SourceTrouble[]): void {
    const before = this.#troubles;
    this.#troubles = troubles;
    const [first] = troubles;
    if (before.length === 0 && first !== undefined)
      this.#options.log('warn', 'the API server cannot be followed; what it said last holds', { type: first.type, error: first.problem.message });
    if (before.length > 0 && troubles.length === 0) this.#options.log('info', 'the API server is followed again', {});
  }
}

function placeOf({ kind, metadata: { namespace, name } }: Document): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

function marked(document: Document): Document {
  const { metadata } = document;
  return { ...document, metadata: { ...metadata, annotations: { ...metadata.annotations, [MIRRORED_FROM]: KUBERNETES } } };
}
