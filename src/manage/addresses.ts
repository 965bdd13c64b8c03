// Virtual addresses of services: given at creation, kept while the service lives, never given twice.
import type { Diagnostic } from '../base/index.ts';
import { addressFor, type Document, type DocumentKey, diagnostic, documentKey, originOf, serviceKey } from '../model/index.ts';
import type { Store } from '../store/index.ts';

/** A Service that is to have an address: not a headless one, nor one that is only another name. */
const isService = ({ apiVersion, kind, spec }: Document): boolean =>
  kind === 'Service' && apiVersion === 'v1' && spec['clusterIP'] !== 'None' && spec['type'] !== 'ExternalName';

function claimed(document: Document): string | undefined {
  const address = document.spec['clusterIP'];
  return typeof address === 'string' && address !== '' && address !== 'None' ? address : undefined;
}

export interface Allotment {
  readonly documents: readonly Document[];
  readonly diagnostics: readonly Diagnostic[];
  /** To be called when the documents were written, or will not be. */
  release(): void;
}

/** Allots addresses; what is allotted and not yet written is remembered until `release`, so two requests at once cannot get the same. */
export class Addresses {
  readonly #store: Store;
  readonly #pending = new Map<string, { readonly key: DocumentKey; count: number }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Fills in spec.clusterIP of the services among `documents`; an error for each that asks for an address another one has. */
  allot(documents: readonly Document[]): Allotment {
    if (!documents.some(isService)) return { documents, diagnostics: [], release: () => undefined };
    const taken = this.#taken();
    const held: string[] = [];
    const diagnostics: Diagnostic[] = [];
    // Explicit and present addresses first: a new service must not take what a later document of the same call asks for.
    for (const document of documents) {
      const address = isService(document) ? this.#wanted(document) : undefined;
      if (address === undefined) continue;
      const owner = taken.get(address);
      if (owner !== undefined && owner !== documentKey(document)) diagnostics.push(duplicate(document, address, owner));
      else this.#hold(address, documentKey(document), taken, held);
    }
    const complete = documents.map((document) => (isService(document) ? this.#complete(document, taken, held) : document));
    const release = (): void => {
      for (const address of held.splice(0)) this.#letGo(address);
    };
    return { documents: complete, diagnostics, release };
  }

  #taken(): Map<string, DocumentKey> {
    const taken = new Map<string, DocumentKey>();
    for (const document of this.#store.list({ kind: 'Service' }).documents) {
      const address = claimed(document);
      if (address !== undefined) taken.set(address, documentKey(document));
    }
    for (const [address, { key }] of this.#pending) taken.set(address, key);
    return taken;
  }

  #wanted(document: Document): string | undefined {
    const current = this.#store.get(documentKey(document));
    return claimed(document) ?? (current === undefined ? undefined : claimed(current));
  }

  #complete(document: Document, taken: Map<string, DocumentKey>, held: string[]): Document {
    const key = documentKey(document);
    const address = this.#wanted(document) ?? this.#free(document, key, taken);
    if (!taken.has(address)) this.#hold(address, key, taken, held);
    return document.spec['clusterIP'] === address ? document : { ...document, spec: { ...document.spec, clusterIP: address } };
  }

  #free(document: Document, key: DocumentKey, taken: ReadonlyMap<string, DocumentKey>): string {
    const name = serviceKey(document.metadata.namespace, document.metadata.name);
    for (let attempt = 0; ; attempt++) {
      const address = addressFor(name, attempt);
      if ((taken.get(address) ?? key) === key) return address;
    }
  }

  #hold(address: string, key: DocumentKey, taken: Map<string, DocumentKey>, held: string[]): void {
    taken.set(address, key);
    held.push(address);
    const pending = this.#pending.get(address) ?? { key, count: 0 };
    pending.count++;
    this.#pending.set(address, pending);
  }

  #letGo(address: string): void {
    const pending = this.#pending.get(address);
    if (pending !== undefined && --pending.count === 0) this.#pending.delete(address);
  }
}

function duplicate(document: Document, address: string, owner: DocumentKey): Diagnostic {
  const message = `the address ${address} already belongs to ${owner}`;
  return diagnostic('WEFT1306', originOf(document, 'spec.clusterIP'), message, 'leave spec.clusterIP out and Weft chooses a free one');
}
