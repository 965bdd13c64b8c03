// What a group of writes will do, worked out in memory before the disk is touched: a refused call leaves nothing behind, and a
// later call of the same group sees what an earlier one did.
import { canonicalJson, err, ok, type Result } from '../base/index.ts';
import { type Document, type DocumentKey, documentKey, type ObjectMeta } from '../model/index.ts';
import type { Change } from './history.ts';
import type { Write, WriteFailure } from './port.ts';

/** A change with the text that goes to the disk. */
export interface StagedChange {
  readonly key: DocumentKey;
  readonly change: Change;
  readonly text: string;
  readonly author: string;
  /** It changed what a user says (no status), and no other authority holds it. */
  readonly said: boolean;
}

export interface StagingOptions {
  readonly revision: number;
  readonly read: (key: DocumentKey) => Document | undefined;
  readonly now: () => number;
  readonly newUid: () => string;
}

type Overlay = Map<DocumentKey, Document | null>;

interface Attempt {
  readonly overlay: Overlay;
  readonly changes: StagedChange[];
  readonly author: string;
}

interface Next {
  readonly given: Document;
  readonly current: Document | undefined;
  /** What the store gives it. */
  readonly own: Partial<ObjectMeta>;
  readonly status: Document['status'];
  readonly said: boolean;
}

function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}

/** A document as it is read from its text: frozen, and sharing nothing with what the caller holds. Throws on text that is no JSON. */
export function documentOf(text: string): Document {
  return deepFreeze(JSON.parse(text) as Document);
}

/** What the user decides about, as text: two documents with the same content need no write. */
function contentOf(document: Document, status: Document['status']): string {
  const { name, namespace, labels, annotations } = document.metadata;
  return canonicalJson([document.apiVersion, document.kind, name, namespace, labels, annotations, document.spec, status ?? null]);
}

/** `2026-11-21T10:00:00Z`: whole seconds, as Kubernetes writes them. */
function timestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** Collects the changes of one transaction, call by call. */
export class Staging {
  readonly #options: StagingOptions;
  readonly #overlay: Overlay = new Map();
  readonly changes: StagedChange[] = [];

  constructor(options: StagingOptions) {
    this.#options = options;
  }

  get revision(): number {
    return this.#options.revision + this.changes.length;
  }

  /** All of `writes`, or none and the reason. Returns the documents as they will be; a deleted one as it was. */
  add(writes: readonly Write[], author: string): Result<readonly Document[], WriteFailure> {
    const attempt: Attempt = { overlay: new Map(), changes: [], author };
    const documents: Document[] = [];
    for (const write of writes) {
      const result = this.#one(write, attempt);
      if (!result.ok) return result;
      documents.push(result.value);
    }
    for (const [key, value] of attempt.overlay) this.#overlay.set(key, value);
    this.changes.push(...attempt.changes);
    return ok(documents);
  }

  #read(key: DocumentKey, attempt: Attempt): Document | undefined {
    const staged = attempt.overlay.get(key) ?? (attempt.overlay.has(key) ? null : this.#overlay.get(key));
    return staged === undefined ? this.#options.read(key) : (staged ?? undefined);
  }

  #one(write: Write, attempt: Attempt): Result<Document, WriteFailure> {
    const key = write.kind === 'put' ? documentKey(write.document) : write.key;
    const current = this.#read(key, attempt);
    const failure = refusal(write, key, current);
    if (failure !== undefined) return err(failure);
    if (write.kind === 'put')
      return ok(write.mirrored === true ? this.#mirrored(write.document, current, attempt) : this.#put(write.document, current, attempt));
    if (current === undefined) return err({ kind: 'missing', key });
    return ok(write.kind === 'status' ? this.#status(current, write.status, attempt) : this.#delete(current, write.mirrored === true, attempt));
  }

  #put(given: Document, current: Document | undefined, attempt: Attempt): Document {
    const status = given.status ?? current?.status;
    if (current !== undefined && contentOf(given, status) === contentOf(current, current.status)) return current;
    const same = current !== undefined && canonicalJson(current.spec) === canonicalJson(given.spec);
    const generation = (current?.metadata.generation ?? 0) + (same ? 0 : 1);
    return this.#stage({ given, current, own: { ...this.#kept(current), generation }, status, said: true }, attempt);
  }

  /** With the identity that it has where it comes from. What was said of another object of that name is not said of this one. */
  #mirrored(given: Document, current: Document | undefined, attempt: Attempt): Document {
    const { uid, creationTimestamp, generation } = given.metadata;
    const another = uid !== undefined && current?.metadata.uid !== uid;
    const before = another ? undefined : current;
    const status = given.status ?? before?.status;
    const moved = generation !== undefined && generation !== before?.metadata.generation;
    const known = before !== undefined && !moved && (creationTimestamp ?? before.metadata.creationTimestamp) === before.metadata.creationTimestamp;
    if (known && contentOf(given, status) === contentOf(before, before.status)) return before;
    const own = {
      ...this.#kept(before),
      ...(uid === undefined ? {} : { uid }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      generation: generation ?? (before?.metadata.generation ?? 0) + 1,
    };
    return this.#stage({ given, current, own, status, said: false }, attempt);
  }

  /** What is given once, at creation. */
  #kept(current: Document | undefined): Pick<ObjectMeta, 'uid' | 'creationTimestamp'> {
    return {
      uid: current?.metadata.uid ?? this.#options.newUid(),
      creationTimestamp: current?.metadata.creationTimestamp ?? timestamp(this.#options.now()),
    };
  }

  #status(current: Document, status: NonNullable<Document['status']>, attempt: Attempt): Document {
    if (canonicalJson(current.status ?? null) === canonicalJson(status)) return current;
    return this.#stage({ given: current, current, own: { generation: current.metadata.generation ?? 1 }, status, said: false }, attempt);
  }

  #stage({ given, current, own, status, said }: Next, attempt: Attempt): Document {
    const revision = this.revision + attempt.changes.length + 1;
    const text = JSON.stringify({
      apiVersion: given.apiVersion,
      kind: given.kind,
      metadata: { ...given.metadata, ...own, resourceVersion: String(revision) },
      spec: given.spec,
      status,
    });
    const document = documentOf(text);
    const key = documentKey(document);
    attempt.overlay.set(key, document);
    attempt.changes.push({
      key,
      text,
      author: attempt.author,
      said,
      change: { kind: 'put', revision, created: current === undefined, document, ...(current === undefined ? {} : { previous: current }) },
    });
    return document;
  }

  /** The deletion has a revision of its own, and the document that is gone carries it, as in Kubernetes. */
  #delete(current: Document, mirrored: boolean, attempt: Attempt): Document {
    const revision = this.revision + attempt.changes.length + 1;
    const text = JSON.stringify({ ...current, metadata: { ...current.metadata, resourceVersion: String(revision) } });
    const document = documentOf(text);
    const key = documentKey(document);
    attempt.overlay.set(key, null);
    attempt.changes.push({ key, text, author: attempt.author, said: !mirrored, change: { kind: 'delete', revision, document } });
    return document;
  }
}

function refusal(write: Write, key: DocumentKey, current: Document | undefined): WriteFailure | undefined {
  if (write.kind === 'status' || write.expect === undefined) return undefined;
  if (write.expect === 'absent') return current === undefined ? undefined : { kind: 'exists', key };
  if (current === undefined) return { kind: 'missing', key };
  return current.metadata.resourceVersion === write.expect ? undefined : { kind: 'conflict', key, current: current.metadata.resourceVersion ?? '' };
}
