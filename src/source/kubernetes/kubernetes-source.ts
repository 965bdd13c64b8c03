// A Kubernetes cluster as documents: pods are Workloads, everything else is what it is.
import type { Diagnostic, WeftError } from '../../base/index.ts';
import { httpOf, type KubeClient, type KubeObject, Reflector, type ReflectorSink, type ResourceType } from '../../kube/index.ts';
import { type DocumentKey, diagnostic, documentKey, type KindDefinition } from '../../model/index.ts';
import { Pending, type ResourceEvent, type Source } from '../events.ts';
import type { NodeAccount } from './node-pod.ts';
import { type Reference, referencesOf } from './references.ts';
import { Translation } from './translation.ts';
import { DOCUMENT_KINDS, NODES, PODS, SERVICES, SLICES } from './types.ts';

/** A type that the API server does not tell of at the moment. */
export interface SourceTrouble {
  readonly type: string;
  readonly problem: WeftError;
}

export interface KubernetesSourceOptions {
  readonly client: KubeClient;
  /** What is wrong with an object, by `Kind namespace/name`; empty once nothing is. */
  readonly problems?: (key: string, diagnostics: readonly Diagnostic[]) => void;
  /** Types that cannot be followed now; empty again when all are. */
  readonly troubles?: (troubles: readonly SourceTrouble[]) => void;
  /** Whose pods are the proxies of nodes; nobody's without. */
  readonly nodes?: NodeAccount | undefined;
}

export interface KubernetesSource extends Source {
  /** Follows the cluster until the signal aborts. One reader at a time. */
  events(signal: AbortSignal): AsyncIterable<readonly ResourceEvent[]>;
}

const NAMED: Readonly<Record<'Secret' | 'ConfigMap', ResourceType>> = {
  Secret: { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true },
  ConfigMap: { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
};

/** The first batch is given when every type was listed once: a mesh that is half known would take routes away that are there. */
export function kubernetesSource(options: KubernetesSourceOptions): KubernetesSource {
  return { events: (signal) => new Following(options, signal).batches() };
}

class Following {
  readonly #options: KubernetesSourceOptions;
  readonly #stop: AbortSignal;
  readonly #ended = new AbortController();
  readonly #pending = new Pending();
  readonly #translation: Translation;
  readonly #running: Promise<void>[] = [];
  readonly #unsynced = new Set<string>();
  readonly #troubles = new Map<string, SourceTrouble>();
  readonly #named = new Map<Reference, AbortController>();
  readonly #unreadable = new Set<string>();
  readonly #referring = new Map<DocumentKey, readonly Reference[]>();
  #synced: () => void = () => undefined;

  constructor(options: KubernetesSourceOptions, signal: AbortSignal) {
    this.#options = options;
    this.#stop = AbortSignal.any([signal, this.#ended.signal]);
    this.#translation = new Translation({
      tell: (event) => this.#pending.put(event.kind === 'put' ? documentKey(event.document) : event.key, event),
      problems: (key, diagnostics) => options.problems?.(key, diagnostics),
      nodes: options.nodes,
    });
  }

  async *batches(): AsyncGenerator<readonly ResourceEvent[]> {
    this.#stop.addEventListener('abort', () => this.#pending.end(), { once: true });
    try {
      this.#followAll();
      const first = await this.#first();
      if (this.#stop.aborted) return;
      yield first;
      for (let batch = await this.#pending.take(); batch !== undefined; batch = await this.#pending.take()) yield this.#refer(batch);
    } finally {
      this.#ended.abort();
      await Promise.all(this.#running);
    }
  }

  #followAll(): void {
    const follow = (type: ResourceType, put: (key: string, object: KubeObject | undefined) => void): void => this.#follow(type, put);
    follow(NODES, (name, object) => this.#translation.node(name, object));
    follow(PODS, (key, object) => this.#translation.pod(key, object));
    follow(SERVICES, (key, object) => this.#translation.service(key, object && as(SERVICES, object)));
    follow(SLICES, (key, object) => this.#translation.slice(key, object));
    for (const kind of DOCUMENT_KINDS) follow(kind, (key, object) => this.#document(kind, key, object));
  }

  #document(type: Pick<KindDefinition, 'apiVersion' | 'kind'> & ResourceType, key: string, object: KubeObject | undefined): void {
    if (object === undefined) this.#translation.gone(type.apiVersion, type.kind, key);
    else this.#translation.document(as(type, object));
  }

  #follow(
    type: ResourceType,
    put: (key: string, object: KubeObject | undefined) => void,
    selection: { namespace?: string; fieldSelector?: string } = {},
    stop = this.#stop,
  ): void {
    const name = `${type.plural}${type.group === '' ? '' : `.${type.group}`}${selection.fieldSelector === undefined ? '' : ` ${selection.namespace} ${selection.fieldSelector}`}`;
    this.#unsynced.add(name);
    const sink: ReflectorSink = {
      put,
      delete: (key) => put(key, undefined),
      synced: () => this.#listed(name),
      trouble: (problem) => {
        this.#trouble(name, problem);
        if (selection.fieldSelector !== undefined)
          this.#readable(name, `${type.kind} ${selection.namespace}/${selection.fieldSelector.split('=')[1]}`, problem);
      },
    };
    this.#running.push(new Reflector({ client: this.#options.client, type, sink, ...selection }).run(stop));
    // Nobody waits, or is told, of what is not followed any more.
    stop.addEventListener('abort', () => this.#forget(name), { once: true });
  }

  #forget(name: string): void {
    if (this.#stop.aborted) return;
    this.#listed(name);
    if (this.#troubles.has(name)) this.#trouble(name, undefined);
  }

  /** Named, and not ours to read: the mesh does not wait for a Role that somebody may never write. Whoever names it is told. */
  #readable(name: string, place: string, problem: WeftError | undefined): void {
    const [kind = '', key = ''] = place.split(' ');
    const [namespace = '', own = ''] = key.split('/');
    const forbidden = problem !== undefined && httpOf(problem) === 403;
    if (forbidden) this.#listed(name);
    if (forbidden === this.#unreadable.has(place)) return;
    if (forbidden) this.#unreadable.add(place);
    else this.#unreadable.delete(place);
    const at = { kind, namespace, name: own, path: '' };
    this.#options.problems?.(place, forbidden ? [diagnostic('WEFT2402', at, `a document names ${place}, and the control plane may not read it`)] : []);
  }

  #listed(name: string): void {
    this.#unsynced.delete(name);
    if (this.#unsynced.size === 0) this.#synced();
  }

  #trouble(type: string, problem: WeftError | undefined): void {
    if (problem === undefined) this.#troubles.delete(type);
    else this.#troubles.set(type, { type, problem });
    this.#options.troubles?.([...this.#troubles.values()]);
  }

  /** Follows what documents name from now on, and no longer what none names. */
  #refer(batch: readonly ResourceEvent[]): readonly ResourceEvent[] {
    for (const event of batch) {
      const references = event.kind === 'put' ? referencesOf(event.document) : [];
      const key = event.kind === 'put' ? documentKey(event.document) : event.key;
      if (references.length === 0) this.#referring.delete(key);
      else this.#referring.set(key, references);
    }
    const wanted = new Set([...this.#referring.values()].flat());
    for (const [reference, stop] of this.#named) {
      if (wanted.has(reference)) continue;
      this.#named.delete(reference);
      stop.abort();
      const [kind = '', key = ''] = reference.split(' ');
      this.#translation.gone('v1', kind, key);
    }
    for (const reference of wanted) if (!this.#named.has(reference)) this.#followNamed(reference);
    return batch;
  }

  /** Everything there is: what documents name is part of it. */
  async #first(): Promise<readonly ResourceEvent[]> {
    const all: ResourceEvent[] = [];
    do {
      await new Promise<void>((resolve) => {
        this.#synced = resolve;
        this.#stop.addEventListener('abort', () => resolve(), { once: true });
        if (this.#unsynced.size === 0) resolve();
      });
      all.push(...this.#refer(this.#pending.drain()));
    } while (this.#unsynced.size > 0 && !this.#stop.aborted);
    return all;
  }

  #followNamed(reference: Reference): void {
    const [kind, key = ''] = reference.split(' ') as ['Secret' | 'ConfigMap', string];
    const [namespace = '', name = ''] = key.split('/');
    const stop = new AbortController();
    this.#named.set(reference, stop);
    const type = NAMED[kind];
    const put = (at: string, object: KubeObject | undefined): void => this.#document({ ...type, apiVersion: 'v1' }, at, object);
    this.#follow(type, put, { namespace, fieldSelector: `metadata.name=${name}` }, AbortSignal.any([this.#stop, stop.signal]));
  }
}

/** Items of a list say neither apiVersion nor kind. */
function as({ group, version, kind }: ResourceType, object: KubeObject): KubeObject {
  return { ...object, apiVersion: group === '' ? version : `${group}/${version}`, kind };
}
