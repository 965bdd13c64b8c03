import { byCodeUnit } from '../base/index.ts';
import { type Document, type DocumentKey, documentKey } from '../model/index.ts';
import type { ListOptions } from './port.ts';

/** `Service`, `gateway.networking.k8s.io/HTTPRoute`: how a kind is named in list options. */
export function kindKey(document: Pick<Document, 'apiVersion' | 'kind'>): string {
  const slash = document.apiVersion.indexOf('/');
  return slash < 0 ? document.kind : `${document.apiVersion.slice(0, slash)}/${document.kind}`;
}

/** True when the document is asked for. */
export function matches(document: Document, options: ListOptions): boolean {
  return (
    (options.kind === undefined || options.kind === kindKey(document)) && (options.namespace === undefined || options.namespace === document.metadata.namespace)
  );
}

interface Shelf {
  readonly documents: Map<DocumentKey, Document>;
  /** Keys in order, made when first asked for after one came or went. */
  order: readonly DocumentKey[] | undefined;
}

/** All documents in memory, by key and by kind. Reads of the store come from here and never touch the disk. */
export class DocumentIndex {
  readonly #byKey = new Map<DocumentKey, Document>();
  readonly #shelves = new Map<string, Shelf>();

  get(key: DocumentKey): Document | undefined {
    return this.#byKey.get(key);
  }

  set(document: Document): void {
    const key = documentKey(document);
    const kind = kindKey(document);
    const shelf = this.#shelves.get(kind) ?? { documents: new Map<DocumentKey, Document>(), order: undefined };
    this.#shelves.set(kind, shelf);
    if (!shelf.documents.has(key)) shelf.order = undefined;
    shelf.documents.set(key, document);
    this.#byKey.set(key, document);
  }

  delete(document: Document): void {
    const key = documentKey(document);
    const shelf = this.#shelves.get(kindKey(document));
    if (shelf?.documents.delete(key) === true) shelf.order = undefined;
    this.#byKey.delete(key);
  }

  /** In the order of kinds, then keys. */
  list(options: ListOptions): readonly Document[] {
    const kinds = options.kind === undefined ? [...this.#shelves.keys()].sort(byCodeUnit) : [options.kind];
    return kinds.flatMap((kind) => {
      const all = this.#sorted(kind);
      return options.namespace === undefined ? all : all.filter((document) => document.metadata.namespace === options.namespace);
    });
  }

  #sorted(kind: string): readonly Document[] {
    const shelf = this.#shelves.get(kind);
    if (shelf === undefined) return [];
    shelf.order ??= [...shelf.documents.keys()].sort(byCodeUnit);
    return shelf.order.flatMap((key) => shelf.documents.get(key) ?? []);
  }
}
