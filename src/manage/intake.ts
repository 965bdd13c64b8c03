import type { Clock, Diagnostic, Result } from '../base/index.ts';
import {
  type Document,
  diagnostic,
  documentKey,
  groupOf,
  isMirrored,
  originOf,
  type ParsedDocument,
  parentPath,
  parseSourceMap,
  SOURCE_MAP,
  type SourcePlace,
} from '../model/index.ts';
import { parseDocument } from '../policy/index.ts';
import type { Store, Write, WriteFailure } from '../store/index.ts';
import { Addresses } from './addresses.ts';
import { isFields } from './body.ts';
import { invalid } from './status.ts';

/** Roles of Weft's own API: who may ask it, and nothing that proxies are told of. */
const RBAC = 'rbac.authorization.k8s.io';

/** Where the document was written, as its own annotation says. */
function placeOf(value: unknown): SourcePlace | undefined {
  const metadata = isFields(value) ? value['metadata'] : undefined;
  const annotations = isFields(metadata) ? metadata['annotations'] : undefined;
  const text = isFields(annotations) ? annotations[SOURCE_MAP] : undefined;
  const map = typeof text === 'string' ? parseSourceMap(text) : undefined;
  if (map === undefined) return undefined;
  const lineAt = (path: string): number => {
    const line = Object.hasOwn(map.at, path) ? map.at[path] : undefined;
    return line ?? (path === '' ? map.line : lineAt(parentPath(path)));
  };
  return { file: map.file, at: (path) => ({ line: lineAt(path), column: 1 }) };
}

/** What a write would make, checked and complete. */
export interface Admitted {
  readonly documents: readonly Document[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The one way in for documents: checked against their kind, services with an address, then written. Whoever writes documents
 * that a user could have written goes through it (the API, and joining machines through bin/).
 */
export class Intake {
  readonly #store: Store;
  readonly #addresses: Addresses;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #mirrored: boolean;

  /** `mirrored`: documents are objects of a kube cluster, and users write them there. */
  constructor(store: Store, { clock, mirrored = false }: { readonly clock: Pick<Clock, 'now'>; readonly mirrored?: boolean }) {
    this.#store = store;
    this.#clock = clock;
    this.#mirrored = mirrored;
    this.#addresses = new Addresses(store);
  }

  /** Checks a value that claims to be a document. Diagnostics have the file and line of its source map. */
  parse(value: unknown, defaultNamespace = 'default'): ParsedDocument {
    return parseDocument(value, placeOf(value), { defaultNamespace });
  }

  /** Why users may not write these here: they are, or would be, objects of the kube cluster. */
  objections(documents: readonly Document[]): readonly Diagnostic[] {
    if (!this.#mirrored) return [];
    return documents
      .filter(({ apiVersion }) => groupOf(apiVersion) !== RBAC)
      .map((document) => diagnostic('WEFT2400', originOf(document, ''), `a ${document.kind} of this mesh is an object of its kube cluster`));
  }

  /** What `write` would store, without storing it. */
  preview(documents: readonly Document[]): Admitted {
    const allotment = this.#addresses.allot(documents);
    allotment.release();
    return { documents: allotment.documents.map((document) => this.#aged(document)), diagnostics: allotment.diagnostics };
  }

  /** With the time of creation that the store would give it: what lasts `for` a while lasts from then. */
  #aged(document: Document): Document {
    const { creationTimestamp = `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z` } = this.#store.get(documentKey(document))?.metadata ?? {};
    return { ...document, metadata: { ...document.metadata, creationTimestamp } };
  }

  /**
   * One transaction, all or none, with virtual addresses filled in. Throws `invalid` (422) when a service asks for an address
   * that another one has, or an object of the kube cluster is meant.
   */
  async write(writes: readonly Write[], author: string): Promise<Result<readonly Document[], WriteFailure>> {
    this.#refuseObjects(writes);
    const puts = writes.flatMap((write) => (write.kind === 'put' ? [write.document] : []));
    const allotment = this.#addresses.allot(puts);
    try {
      const [wrong] = allotment.diagnostics;
      if (wrong !== undefined) throw invalid({ kind: 'Service', group: '' }, wrong.at.name, allotment.diagnostics);
      const complete = allotment.documents.values();
      return await this.#store.write(
        writes.map((write) => (write.kind === 'put' ? { ...write, document: complete.next().value ?? write.document } : write)),
        author,
      );
    } finally {
      allotment.release();
    }
  }

  /** Whoever writes without having been asked by a user: a machine that joins, what the mesh has learned. */
  #refuseObjects(writes: readonly Write[]): void {
    if (!this.#mirrored) return;
    for (const write of writes) {
      if (write.kind === 'status') continue;
      const current = this.#store.get(write.kind === 'put' ? documentKey(write.document) : write.key);
      if (current === undefined || !isMirrored(current)) continue;
      const { kind, apiVersion, metadata } = current;
      throw invalid({ kind, group: groupOf(apiVersion) }, metadata.name, [
        diagnostic('WEFT2401', originOf(current, ''), `${kind} ${metadata.namespace}/${metadata.name} is an object of the kube cluster`),
      ]);
    }
  }
}
