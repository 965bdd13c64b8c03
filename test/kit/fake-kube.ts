// An API server in memory, for one namespace: objects with resourceVersions, lists and watches. No rights, no defaults, no selectors but by name.
import { WeftError } from '../../src/base/index.ts';
import { type KubeClient, type KubeObject, nameKey, type ObjectName, type ResourceType, type WatchEvent } from '../../src/kube/index.ts';

interface Watcher {
  readonly plural: string;
  tell(event: WatchEvent): void;
}

const refused = (http: number, code: string): WeftError => new WeftError(code, { retryable: http === 503, grpc: 14, http }, code, { details: { http } });

export class FakeKube {
  /** Nobody answers. */
  away = false;
  readonly objects = new Map<string, KubeObject>();
  readonly #watchers = new Set<Watcher>();
  #version = 0;

  /** A client of it; the selection of a list or watch is by name, where one is given. */
  client(): KubeClient {
    const client = {
      namespace: 'weft-system',
      get: async (type: ResourceType, at: ObjectName) => this.#asked(() => this.objects.get(keyOf(type, at))),
      create: async (type: ResourceType, object: KubeObject) => this.#asked(() => this.#create(type, object)),
      replace: async (type: ResourceType, object: KubeObject) => this.#asked(() => this.#replace(type, object)),
      apply: async (type: ResourceType, object: KubeObject) => this.#asked(() => this.#put(type, { ...object, metadata: { ...object.metadata } })),
      delete: async (type: ResourceType, at: ObjectName) => this.#asked(() => this.delete(type, at)),
      page: async (type: ResourceType, selection: { fieldSelector?: string }) => this.#asked(() => this.#page(type, selection.fieldSelector)),
      watch: (type: ResourceType, { fieldSelector, signal }: { fieldSelector?: string; signal: AbortSignal }) => this.#watch(type, fieldSelector, signal),
    };
    return client as unknown as KubeClient;
  }

  delete(type: ResourceType, at: ObjectName): void {
    const object = this.objects.get(keyOf(type, at));
    if (object === undefined || !this.objects.delete(keyOf(type, at))) return;
    for (const watcher of this.#watchers) if (watcher.plural === type.plural) watcher.tell({ kind: 'delete', object });
  }

  #asked<T>(act: () => T): T {
    if (this.away) throw refused(503, 'unreachable');
    return act();
  }

  #create(type: ResourceType, object: KubeObject): KubeObject {
    if (this.objects.has(keyOf(type, object.metadata))) throw refused(409, 'already-exists');
    return this.#put(type, object);
  }

  #replace(type: ResourceType, object: KubeObject): KubeObject {
    if (this.objects.get(keyOf(type, object.metadata))?.metadata.resourceVersion !== object.metadata.resourceVersion) throw refused(409, 'conflict');
    return this.#put(type, object);
  }

  #put(type: ResourceType, object: KubeObject): KubeObject {
    const put: KubeObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.objects.set(keyOf(type, object.metadata), put);
    for (const watcher of this.#watchers) if (watcher.plural === type.plural) watcher.tell({ kind: 'put', object: put });
    return put;
  }

  #page(type: ResourceType, fieldSelector: string | undefined) {
    const items = [...this.objects].flatMap(([key, object]) => (key.startsWith(`${type.plural} `) && isMeant(object, fieldSelector) ? [object] : []));
    return { items, resourceVersion: String(this.#version), next: undefined };
  }

  async *#watch(type: ResourceType, fieldSelector: string | undefined, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const queue: WatchEvent[] = [];
    let wake = (): void => undefined;
    const tell = (event: WatchEvent): void => {
      queue.push(event);
      wake();
    };
    const watcher: Watcher = { plural: type.plural, tell };
    this.#watchers.add(watcher);
    signal.addEventListener('abort', () => wake(), { once: true });
    try {
      while (!signal.aborted) {
        for (const event of queue.splice(0)) if (event.kind === 'bookmark' || isMeant(event.object, fieldSelector)) yield event;
        if (queue.length === 0 && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }
}

const keyOf = (type: ResourceType, at: ObjectName): string => `${type.plural} ${nameKey(at)}`;
const isMeant = ({ metadata }: KubeObject, fieldSelector: string | undefined): boolean =>
  fieldSelector === undefined || fieldSelector === `metadata.name=${metadata.name}`;
