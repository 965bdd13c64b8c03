import { canonicalJson, type Origin } from '../base/index.ts';
import type { Resource } from '../envoy/index.ts';
import { type Document, type DocumentKey, groupOf, makeDocumentKey } from '../model/index.ts';
import { KINDS } from '../policy/index.ts';

/** A content of a document, and the turn of the loop in which it came into force. */
export interface Content {
  readonly document: Document;
  readonly since: number;
  /** Some proxy runs a resource made of it. */
  proven: boolean;
}

const REMEMBERED = 4;

/** What a document says, as text: its spec and labels. Two documents with equal text are the same to every proxy. */
export function contentText(document: Document): string {
  return canonicalJson({ spec: document.spec, labels: document.metadata.labels });
}

const GROUPS: ReadonlyMap<string, string> = new Map(KINDS.map((kind) => [kind.kind, kind.group]));

const KEYS = new WeakMap<Origin, DocumentKey>();

/** The document an origin is in. One text per origin: a document is behind resources of every proxy that sees it. */
export function keyOfOrigin(origin: Origin): DocumentKey {
  const known = KEYS.get(origin);
  if (known !== undefined) return known;
  const key = makeDocumentKey(GROUPS.get(origin.kind) ?? '', origin.kind, origin.namespace, origin.name);
  KEYS.set(origin, key);
  return key;
}

/** The whole document as an origin. */
export function originOfDocument(document: Document): Origin {
  return { kind: document.kind, namespace: document.metadata.namespace, name: document.metadata.name, path: '' };
}

/**
 * Documents as the source last told them, and for each the contents that were in force lately. `turn` counts changes of the
 * mesh: it is the time scale by which a resource, its acknowledgement and a document's content are compared.
 */
export class Documents {
  readonly #latest = new Map<DocumentKey, Document>();
  readonly #contents = new Map<DocumentKey, Content[]>();
  turn = 0;

  get(key: DocumentKey): Document | undefined {
    return this.#latest.get(key);
  }

  keys(): Iterable<DocumentKey> {
    return this.#latest.keys();
  }

  get size(): number {
    return this.#latest.size;
  }

  /** As the source says, whatever is in force. */
  told(key: DocumentKey, document: Document | undefined): void {
    if (document === undefined) this.#latest.delete(key);
    else this.#latest.set(key, document);
  }

  /** This content is in force from the current turn on; undefined: nothing of the document is. */
  inForce(key: DocumentKey, document: Document | undefined): void {
    if (document === undefined) {
      if (!this.#latest.has(key)) this.#contents.delete(key);
      return;
    }
    const contents = this.#contents.get(key) ?? [];
    contents.push({ document, since: this.turn, proven: false });
    if (contents.length > REMEMBERED) contents.shift();
    this.#contents.set(key, contents);
  }

  /** Turn in which the present content came into force; 0 when it never did. */
  since(key: DocumentKey): number {
    return this.#contents.get(key)?.at(-1)?.since ?? 0;
  }

  /** A resource compiled in `turn` is run by a proxy, and this document is behind it. */
  proved(key: DocumentKey, turn: number): void {
    const content = this.#contents.get(key)?.findLast((one) => one.since <= turn);
    if (content !== undefined) content.proven = true;
  }

  /** The newest content that proxies have run, by `turn` or in another resource, and that says something else than `not`. */
  lastGood(key: DocumentKey, turn: number, not: Document): Document | undefined {
    const text = contentText(not);
    return this.#contents.get(key)?.findLast((one) => (one.since <= turn || one.proven) && contentText(one.document) !== text)?.document;
  }
}

const BEHIND = new WeakMap<readonly Origin[], readonly DocumentKey[]>();

/** The documents a resource comes from, each once. */
export function documentsBehind({ origins }: Resource): readonly DocumentKey[] {
  const known = BEHIND.get(origins);
  if (known !== undefined) return known;
  const keys = [...new Set(origins.map(keyOfOrigin))];
  BEHIND.set(origins, keys);
  return keys;
}

const BEHIND_SETS = new WeakMap<readonly Origin[], ReadonlySet<DocumentKey>>();

/** Is the resource made of this document? */
export function isBehind(resource: Resource, key: DocumentKey): boolean {
  const known = BEHIND_SETS.get(resource.origins);
  if (known !== undefined) return known.has(key);
  const keys = documentsBehind(resource);
  if (keys.length < 8) return keys.includes(key);
  BEHIND_SETS.set(resource.origins, new Set(keys));
  return isBehind(resource, key);
}

/** Is this a kind of Gateway API's routes, whose status stands per parent? */
export function isRoute(document: Document): boolean {
  return groupOf(document.apiVersion) === 'gateway.networking.k8s.io' && document.kind.endsWith('Route');
}
