// Documents that are no objects of the cluster and yet true of the whole mesh: machines that joined, services made for them, roles of Weft's own
// API. Each is a ConfigMap in the control plane's namespace, and in the store of every replica. They need no rights beyond that namespace.
import { createHash } from 'node:crypto';
import { err, type Result, WeftError } from '../../base/index.ts';
import { LEASED_BY_JOINING } from '../../control/index.ts';
import { httpOf, type KubeClient, type KubeObject, Reflector, type ResourceType } from '../../kube/index.ts';
import { type Document, type DocumentKey, documentKey, groupOf, isMirrored, MADE, MADE_BY, sameContent } from '../../model/index.ts';
import { parseDocument } from '../../policy/index.ts';
import type { Store, Write, WriteFailure } from '../../store/index.ts';
import type { Log } from '../logger.ts';

const MAPS: ResourceType = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const LABEL = 'weft.dev/document';
const FIELD = 'document.json';
const RBAC = 'rbac.authorization.k8s.io';
const OWN = 'replicas';
const LISTED = 'shared-documents';
/** Who writes what another replica has shared, in the audit log. */
const AUTHOR = 'another replica';
const AWAY = { retryable: true, grpc: 14, http: 503 } as const;

export interface SharedDocumentsOptions {
  readonly client: KubeClient;
  readonly store: Pick<Store, 'get' | 'list' | 'write' | 'getValue' | 'putValue'>;
  readonly log: Log;
}

/** Whether a document is everybody's without being an object of the cluster. */
export function isShared(document: Document): boolean {
  if (isMirrored(document)) return false;
  const { annotations } = document.metadata;
  return groupOf(document.apiVersion) === RBAC || annotations[LEASED_BY_JOINING] !== undefined || annotations[MADE] === MADE_BY;
}

const nameOf = (key: DocumentKey): string => `weft-document-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;

/** What somebody wrote, without what a store adds. */
function written({ apiVersion, kind, metadata: { name, namespace, labels, annotations }, status: _status, ...rest }: Document): object {
  return { apiVersion, kind, metadata: { name, namespace, labels, annotations }, ...rest };
}

export class SharedDocuments implements AsyncDisposable {
  readonly #options: SharedDocumentsOptions;
  readonly #stop = new AbortController();
  /** By the name of the ConfigMap. */
  readonly #there = new Map<string, DocumentKey>();
  #taking: Promise<void> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();

  private constructor(options: SharedDocumentsOptions) {
    this.#options = options;
  }

  /** Begins to follow what the others share; returns at once. */
  static open(options: SharedDocumentsOptions): SharedDocuments {
    const documents = new SharedDocuments(options);
    const sink = {
      put: (_key: string, object: KubeObject): void => documents.#then(() => documents.#put(object)),
      delete: (key: string): void => documents.#then(() => documents.#gone(key.slice(key.indexOf('/') + 1))),
      synced: (): void => documents.#then(() => documents.#listed()),
      trouble: () => undefined,
    };
    const selection = { namespace: options.client.namespace, labelSelector: `${LABEL}=true` };
    documents.#following = new Reflector({ client: options.client, type: MAPS, sink, ...selection }).run(documents.#stop.signal);
    return documents;
  }

  /**
   * Writes, and those that are everybody's first where the others see them. Nothing is shared where the store would refuse anyway. Rejects with
   * `not-shared` when the API server does not take them: then nothing was written here.
   */
  write(writes: readonly Write[], author: string): Promise<Result<readonly Document[], WriteFailure>> {
    const { store } = this.#options;
    if (!writes.some((write) => this.#isMeant(write))) return store.write(writes, author);
    // In turn with what is heard of the others, which is this as well.
    const written = this.#taking.then(async () => (await this.#share(writes)) ?? store.write(writes, author));
    this.#taking = written.then(
      () => undefined,
      () => undefined,
    );
    return written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
    await this.#taking;
  }

  async #share(writes: readonly Write[]): Promise<Result<never, WriteFailure> | undefined> {
    if (writes.some((write) => this.#isRefused(write))) return undefined;
    try {
      for (const write of writes) {
        const failure = this.#isMeant(write) ? await this.#one(write) : undefined;
        if (failure !== undefined) return err(failure);
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof WeftError)) throw error;
      const where = `ConfigMaps in ${this.#options.client.namespace}`;
      throw new WeftError('not-shared', AWAY, `the other replicas cannot be told of it (${where}): ${error.message}`, { cause: error });
    }
  }

  #isMeant(write: Write): boolean {
    if (write.kind === 'status' || write.mirrored === true) return false;
    if (write.kind === 'put') return isShared(write.document);
    const current = this.#options.store.get(write.key);
    return current !== undefined && isShared(current);
  }

  #isRefused(write: Write): boolean {
    if (write.kind === 'status' || write.expect === undefined) return false;
    const current = this.#options.store.get(write.kind === 'put' ? documentKey(write.document) : write.key);
    return write.expect === 'absent' ? current !== undefined : current?.metadata.resourceVersion !== write.expect;
  }

  async #one(write: Write): Promise<WriteFailure | undefined> {
    const { client } = this.#options;
    const key = write.kind === 'put' ? documentKey(write.document) : write.key;
    const at = { namespace: client.namespace, name: nameOf(key) };
    if (write.kind !== 'put') {
      await client.delete(MAPS, at);
      return undefined;
    }
    const metadata = { ...at, labels: { 'app.kubernetes.io/part-of': 'weft', [LABEL]: 'true' } };
    const object = { metadata, data: { [FIELD]: JSON.stringify(written(write.document)) } };
    try {
      if (write.expect === 'absent') await client.create(MAPS, object);
      else await client.apply(MAPS, object, { fieldManager: 'weft-documents', force: true });
      this.#there.set(at.name, key);
      return undefined;
    } catch (error) {
      if (httpOf(error) === 409 && write.expect === 'absent') return { kind: 'exists', key };
      throw error;
    }
  }

  #then(act: () => Promise<void>): void {
    this.#taking = this.#taking.then(act).catch((error: unknown) => {
      this.#options.log('error', 'a document that another replica shared cannot be kept here', {
        error: error instanceof Error ? error.message : String(error),
      });
    });
  }

  async #put({ metadata, ...object }: KubeObject): Promise<void> {
    const { store, log } = this.#options;
    const text = (object['data'] as Readonly<Record<string, string>> | undefined)?.[FIELD] ?? '';
    const { document, diagnostics } = parseDocument(parsed(text), undefined, { defaultNamespace: 'default' });
    if (document === undefined || !isShared(document)) {
      log('warn', 'a ConfigMap that should be a shared document is none', { name: metadata.name, why: diagnostics.map(({ message }) => message).join('; ') });
      return;
    }
    const key = documentKey(document);
    this.#there.set(metadata.name, key);
    const current = store.get(key);
    // An object of the cluster has this name by now: it decides.
    if ((current !== undefined && isMirrored(current)) || sameContent(current, document)) return;
    await store.write([{ kind: 'put', document }], AUTHOR);
  }

  async #gone(name: string): Promise<void> {
    const key = this.#there.get(name);
    this.#there.delete(name);
    const current = key === undefined ? undefined : this.#options.store.get(key);
    if (key !== undefined && current !== undefined && isShared(current)) await this.#options.store.write([{ kind: 'delete', key }], AUTHOR);
  }

  /** What is here and was not listed: of a store from before documents were shared it is shared now, else it is gone. */
  async #listed(): Promise<void> {
    const { store } = this.#options;
    const there = new Set(this.#there.values());
    const left = store.list().documents.filter((document) => isShared(document) && !there.has(documentKey(document)));
    const first = store.getValue(OWN, LISTED) === undefined;
    for (const document of left) {
      if (first) await this.#one({ kind: 'put', document });
      else await store.write([{ kind: 'delete', key: documentKey(document) }], AUTHOR);
    }
    await store.putValue(OWN, LISTED, 'true');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
