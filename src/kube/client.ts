// The API of Kubernetes as far as a mesh needs it (Kubernetes documentation: "Kubernetes API Concepts").
import { refusal } from '../wire/index.ts';
import type { KubeConfig } from './config/config.ts';
import { httpOf } from './errors.ts';
import { apiVersionOf, type KubeObject, type ObjectName, pathOf, type ResourceType } from './resource-type.ts';
import { Transport } from './transport.ts';

export interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListPage {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Where to go on; undefined at the end. */
  readonly next: string | undefined;
}

export type WatchEvent =
  | { readonly kind: 'put'; readonly object: KubeObject }
  | { readonly kind: 'delete'; readonly object: KubeObject }
  /** Nothing changed, and everything up to here is told. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

export interface WatchOptions extends Selection {
  readonly resourceVersion: string;
  /** How long the server keeps it open, s. */
  readonly timeoutS: number;
  readonly signal: AbortSignal;
}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Takes fields over from other managers. */
  readonly force?: boolean;
  readonly subresource?: 'status';
  readonly dryRun?: boolean;
}

/** Bookmarks come about once a minute (KEP-956): three that are missing are a server that is gone. */
const SILENCE_MS = 200_000;

interface RawList {
  readonly items?: readonly KubeObject[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

interface RawEvent {
  readonly type?: string;
  readonly object?: KubeObject;
}

/** Every method throws WeftError: the reason of the server's Status as code, or `unreachable`, `protocol`, `no-credential`. */
export class KubeClient implements Disposable {
  readonly namespace: string;
  readonly #transport: Transport;

  constructor(config: KubeConfig) {
    this.namespace = config.namespace;
    this.#transport = new Transport(config);
  }

  /** Any GET (`/version`, `/readyz`, `/apis`). */
  raw(path: string, signal?: AbortSignal): Promise<unknown> {
    return this.#transport.json({ path, ...(signal === undefined ? {} : { signal }) });
  }

  /** Undefined when it is not there. */
  async get(type: ResourceType, at: ObjectName): Promise<KubeObject | undefined> {
    try {
      return (await this.#transport.json({ path: pathOf(type, at) })) as KubeObject;
    } catch (error) {
      if (httpOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** One page of a list, from the server's memory where it is the first (`resourceVersion` 0 may be a little old, never torn). */
  async page(
    type: ResourceType,
    { limit, next, signal, ...selection }: Selection & { limit?: number; next?: string; signal?: AbortSignal },
  ): Promise<ListPage> {
    const { labelSelector, fieldSelector } = selection;
    const query = { limit, continue: next, labelSelector, fieldSelector };
    const path = pathOf(type, selection.namespace === undefined ? {} : { namespace: selection.namespace });
    const list = (await this.#transport.json({ path, query, ...(signal === undefined ? {} : { signal }) })) as RawList;
    const more = list.metadata?.continue;
    return { items: list.items ?? [], resourceVersion: list.metadata?.resourceVersion ?? '', next: more === '' ? undefined : more };
  }

  /** What happens from a resourceVersion on. Ends when the server ends it; an ERROR event is thrown (410: `isExpired`). */
  async *watch(type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const { labelSelector, fieldSelector, resourceVersion, namespace, signal } = options;
    const query = { watch: true, allowWatchBookmarks: true, timeoutSeconds: options.timeoutS, resourceVersion, labelSelector, fieldSelector };
    const path = pathOf(type, namespace === undefined ? {} : { namespace });
    for await (const line of this.#transport.lines({ path, query, signal, silenceMs: SILENCE_MS })) {
      const event = eventOf(line as RawEvent);
      if (event !== undefined) yield event;
    }
  }

  /** With `dryRun` everything is asked and nothing is kept. */
  create(type: ResourceType, object: KubeObject, { dryRun = false }: { readonly dryRun?: boolean } = {}): Promise<KubeObject> {
    const { namespace } = object.metadata;
    const path = pathOf(type, namespace === undefined ? {} : { namespace });
    return this.#write('POST', path, { apiVersion: apiVersionOf(type), kind: type.kind, ...object }, dryRun ? { dryRun: 'All' } : {});
  }

  /** Puts an object in the place of the one with its resourceVersion; `conflict` when that is no longer the last. */
  replace(type: ResourceType, object: KubeObject): Promise<KubeObject> {
    return this.#write('PUT', pathOf(type, object.metadata), { apiVersion: apiVersionOf(type), kind: type.kind, ...object });
  }

  /** Server-side apply (KEP-555): these fields are ours from now on; `conflict` when somebody else's are among them. */
  async apply(type: ResourceType, object: KubeObject, { fieldManager, force, subresource, dryRun }: ApplyOptions): Promise<KubeObject> {
    return (await this.#transport.json({
      method: 'PATCH',
      path: pathOf(type, { ...object.metadata, ...(subresource === undefined ? {} : { subresource }) }),
      query: { fieldManager, force: force === true ? true : undefined, dryRun: dryRun === true ? 'All' : undefined },
      body: { apiVersion: apiVersionOf(type), kind: type.kind, ...object },
      contentType: 'application/apply-patch+yaml',
    })) as KubeObject;
  }

  /** A JSON merge patch (RFC 7386). */
  async merge(type: ResourceType, at: ObjectName, patch: unknown, subresource?: 'status'): Promise<KubeObject> {
    return (await this.#transport.json({
      method: 'PATCH',
      path: pathOf(type, { ...at, ...(subresource === undefined ? {} : { subresource }) }),
      body: patch,
      contentType: 'application/merge-patch+json',
    })) as KubeObject;
  }

  /** Deletes it, or nothing when it is not there. */
  async delete(type: ResourceType, at: ObjectName, preconditions: { readonly uid?: string } = {}): Promise<void> {
    try {
      await this.#transport.json({ method: 'DELETE', path: pathOf(type, at), body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions } });
    } catch (error) {
      if (httpOf(error) !== 404) throw error;
    }
  }

  async #write(method: 'POST' | 'PUT', path: string, body: unknown, query: Readonly<Record<string, string>> = {}): Promise<KubeObject> {
    return (await this.#transport.json({ method, path, body, query })) as KubeObject;
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }
}

function eventOf({ type, object }: RawEvent): WatchEvent | undefined {
  if (object === undefined) return undefined;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'put', object };
    case 'DELETED':
      return { kind: 'delete', object };
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion: object.metadata.resourceVersion ?? '' };
    case 'ERROR':
      throw refusal(Number(object['code'] ?? 500), JSON.stringify(object));
    default:
      return undefined;
  }
}
