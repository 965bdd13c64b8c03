import type { ApplyView, TapLine } from '../../api/index.ts';
import { WeftError } from '../../base/index.ts';
import type { Document, KindDefinition } from '../../model/index.ts';
import type { HttpRequest } from '../../wire/index.ts';
import type { Invocation } from '../command.ts';
import { asCommandError, isRefusal } from './failure.ts';

/** What the server prints of documents (meta.k8s.io/v1 Table). */
export interface ServerTable {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: { readonly metadata: Partial<Document['metadata']> } }[];
  readonly metadata: { readonly resourceVersion?: string };
}

export interface DocumentList {
  readonly items: readonly Document[];
  readonly metadata: { readonly resourceVersion: string };
}

/** Which documents: of one kind, in a namespace or in all (undefined), with labels. */
export interface Selection {
  readonly kind: KindDefinition;
  readonly namespace: string | undefined;
  readonly labels?: string | undefined;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

/** Path of a collection, or of one document. */
export function pathOf({ kind, namespace }: Pick<Selection, 'kind' | 'namespace'>, name?: string): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const inside = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${inside}/${kind.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

function query(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`]));
  return given.length === 0 ? '' : `?${given.join('&')}`;
}

/** The management API, as commands ask it. Every failure is a CommandError with a remedy; what can be expected is a value. */
export class Client {
  readonly #invocation: Invocation;

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  async #json(request: HttpRequest): Promise<unknown> {
    const { http } = await this.#invocation.session();
    return http.json({ deadlineMs: this.#invocation.flags.timeoutMs, signal: this.#invocation.io.signal, ...request });
  }

  /** Anything below `/weft/v1/`. Undefined when it is not there. */
  async weft(path: string, body?: unknown): Promise<unknown> {
    return this.#expecting('not-found', { path: `/weft/v1/${path}`, ...(body === undefined ? {} : { method: 'POST', body }) });
  }

  /** A question to the API itself (reviews, deletions below `/weft/v1/`); every refusal is a CommandError. */
  async ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    return this.#required({ method, path, ...(body === undefined ? {} : { body }) });
  }

  async #expecting(code: string, request: HttpRequest): Promise<unknown> {
    try {
      return await this.#json(request);
    } catch (error) {
      if (isRefusal(error, code)) return undefined;
      throw asCommandError(error);
    }
  }

  async #required(request: HttpRequest): Promise<unknown> {
    try {
      return await this.#json(request);
    } catch (error) {
      throw asCommandError(error);
    }
  }

  /** The lines of a backup. */
  async *backup(): AsyncGenerator<unknown> {
    const { http } = await this.#invocation.session();
    try {
      yield* http.lines({ method: 'POST', path: '/weft/v1/backup', body: {}, signal: this.#invocation.io.signal });
    } catch (error) {
      throw asCommandError(error);
    }
  }

  /** Requests as they happen, until ^C. */
  async *tap(parameters: Readonly<Record<string, string>>): AsyncGenerator<TapLine> {
    const { http } = await this.#invocation.session();
    try {
      for await (const line of http.lines({ path: `/weft/v1/tap${query(parameters)}`, signal: this.#invocation.io.signal })) yield line as TapLine;
    } catch (error) {
      throw asCommandError(error);
    }
  }

  async get(where: Selection, name: string): Promise<Document | undefined> {
    return (await this.#expecting('not-found', { path: pathOf(where, name) })) as Document | undefined;
  }

  async list(where: Selection): Promise<DocumentList> {
    return (await this.#required({ path: `${pathOf(where)}${query({ labelSelector: where.labels })}` })) as DocumentList;
  }

  /** The rows of a collection, or of one document; undefined when that one is not there. */
  async table(where: Selection, name?: string): Promise<ServerTable | undefined> {
    const path = `${pathOf(where, name)}${query({ labelSelector: where.labels })}`;
    const request = { path, accept: TABLE };
    return (await (name === undefined ? this.#required(request) : this.#expecting('not-found', request))) as ServerTable | undefined;
  }

  /** Changes from a revision on, until ^C or the end of the control plane. Objects are Tables, or documents. */
  async *watch(where: Selection, since: string, options: { readonly name?: string | undefined; readonly table: boolean }): AsyncGenerator<WatchEvent> {
    const { signal } = this.#invocation.io;
    const field = options.name === undefined ? undefined : `metadata.name=${options.name}`;
    const path = `${pathOf(where)}${query({ watch: '1', resourceVersion: since, labelSelector: where.labels, fieldSelector: field })}`;
    const { http } = await this.#invocation.session();
    try {
      for await (const event of http.lines({ path, signal, ...(options.table ? { accept: TABLE } : {}) })) yield event as WatchEvent;
    } catch (error) {
      throw asCommandError(error);
    }
  }

  /** False when there was no such document. */
  async remove(where: Selection, name: string): Promise<boolean> {
    return (await this.#expecting('not-found', { method: 'DELETE', path: pathOf(where, name) })) !== undefined;
  }

  /** All documents or none. `refused` when any of them has an error: the diagnostics say which. */
  async apply(
    documents: readonly unknown[],
    options: { readonly dryRun: boolean; readonly namespace: string },
  ): Promise<ApplyView & { readonly refused: boolean }> {
    try {
      const view = (await this.#json({ method: 'POST', path: '/weft/v1/apply', body: { documents, ...options } })) as ApplyView;
      return { ...view, refused: false };
    } catch (error) {
      const details: unknown = error instanceof WeftError && error.code === 'invalid' ? error.details['diagnostics'] : undefined;
      if (!Array.isArray(details)) throw asCommandError(error);
      return { applied: [], diagnostics: details as ApplyView['diagnostics'], refused: true };
    }
  }
}
