// A picture of one kind of resource that follows the API server: a list, then a watch from there, for ever. The picture outlives the
// server: what cannot be asked is not gone. Nothing is taken out of it but by a word of the server, a DELETED event or a newer list.
import { setTimeout as sleep } from 'node:timers/promises';
import { WeftError } from '../base/index.ts';
import { backoffMs } from '../wire/index.ts';
import type { KubeClient, Selection } from './client.ts';
import { httpOf, isExpired } from './errors.ts';
import { type KubeObject, nameKey, type ResourceType } from './resource-type.ts';

/** Who is told. `key` is `namespace/name`, or the name alone. */
export interface ReflectorSink {
  put(key: string, object: KubeObject): void;
  delete(key: string): void;
  /** All there is has been told, for the first time or again. `absent`: the server does not know the type. */
  synced(absent: boolean): void;
  /** The server cannot be followed, and why; undefined once it can. */
  trouble(problem: WeftError | undefined): void;
}

export interface ReflectorOptions extends Selection {
  readonly client: KubeClient;
  readonly type: ResourceType;
  readonly sink: ReflectorSink;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly pageSize?: number;
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
}

const DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
const PAGE = 500;
/** A server that was away is found again soon: what changed meanwhile is to hold within a minute of its return, also where it has to be listed anew. */
const BACKOFF = { baseMs: 250, maxMs: 10_000 };
/** Watches of many clients must not end together (client-go: 5 to 10 minutes). */
const WATCH_S = { least: 300, spread: 300 };

export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #random: () => number;
  /** What the sink has been told, by key: the resourceVersion. */
  readonly #told = new Map<string, string>();
  /** Where to go on; undefined: list. */
  #from: string | undefined;
  #failures = 0;
  #troubled = false;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Follows until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#from ??= await this.#list(signal);
        await this.#watch(this.#from, signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#failed(error, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { client, type, sink } = this.#options;
    const selection = selectionOf(this.#options);
    const gone = new Set(this.#told.keys());
    let version = '';
    let next: string | undefined;
    do {
      const page = await client.page(type, { ...selection, limit: this.#options.pageSize ?? PAGE, signal, ...(next === undefined ? {} : { next }) });
      for (const object of page.items) {
        const key = nameKey(object.metadata);
        gone.delete(key);
        this.#put(key, object);
      }
      version = page.resourceVersion;
      next = page.next;
    } while (next !== undefined);
    for (const key of gone) this.#delete(key);
    this.#well();
    sink.synced(false);
    return version;
  }

  async #watch(from: string, signal: AbortSignal): Promise<void> {
    const { client, type } = this.#options;
    const timeoutS = WATCH_S.least + Math.floor(this.#random() * WATCH_S.spread);
    for await (const event of client.watch(type, { ...selectionOf(this.#options), resourceVersion: from, timeoutS, signal })) {
      this.#well();
      if (event.kind === 'bookmark') this.#from = event.resourceVersion;
      else {
        const key = nameKey(event.object.metadata);
        this.#from = event.object.metadata.resourceVersion ?? this.#from;
        if (event.kind === 'put') this.#put(key, event.object);
        else this.#delete(key);
      }
    }
    // It ended as it should: again from where it was. A server that ends watches at once is not asked in a loop.
    await pause(backoffMs({ attempts: 0, baseMs: 100, maxMs: 1000 }, 0, this.#random()), signal);
  }

  #put(key: string, object: KubeObject): void {
    const version = object.metadata.resourceVersion ?? '';
    if (version !== '' && this.#told.get(key) === version) return;
    this.#told.set(key, version);
    this.#options.sink.put(key, object);
  }

  #delete(key: string): void {
    if (this.#told.delete(key)) this.#options.sink.delete(key);
  }

  #well(): void {
    this.#failures = 0;
    if (!this.#troubled) return;
    this.#troubled = false;
    this.#options.sink.trouble(undefined);
  }

  /** Whether the type really is not defined: a server that starts, or one in front of it, says 404 as well. */
  async #undefined(signal: AbortSignal): Promise<boolean> {
    const { client, type } = this.#options;
    if (this.#told.size === 0) return true;
    const definition = await client.get(DEFINITIONS, { name: `${type.plural}.${type.group}` }).catch(() => 'unknown');
    return definition === undefined && !signal.aborted;
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    if (!(error instanceof WeftError)) throw error;
    if (isExpired(error)) {
      // The server is there, and has forgotten where we were: every one does that has been started anew.
      this.#from = undefined;
      this.#failures = 0;
    } else if (httpOf(error) === 404 && (await this.#undefined(signal))) {
      // A type that the server does not know: its definition may not be installed yet.
      this.#from = undefined;
      for (const key of [...this.#told.keys()]) this.#delete(key);
      this.#options.sink.synced(true);
    } else {
      this.#troubled = true;
      this.#options.sink.trouble(error);
    }
    const backoff = { attempts: 0, ...(this.#options.backoff ?? BACKOFF) };
    await pause(backoffMs(backoff, Math.min(this.#failures++, 20), 0.5 + this.#random() / 2), signal);
  }
}

function selectionOf({ namespace, labelSelector, fieldSelector }: Selection): Selection {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

/** Waits, or until the signal aborts; never rejects, and keeps no process alive. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
