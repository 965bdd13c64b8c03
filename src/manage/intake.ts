import type { Diagnostic, Result } from '../base/index.ts';
import { type Document, type ParsedDocument, parentPath, parseSourceMap, SOURCE_MAP, type SourcePlace } from '../model/index.ts';
import { parseDocument } from '../policy/index.ts';
import type { Store, Write, WriteFailure } from '../store/index.ts';
import { Addresses } from './addresses.ts';
import { isFields } from './body.ts';
import { invalid } from './status.ts';

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

  constructor(store: Store) {
    this.#store = store;
    this.#addresses = new Addresses(store);
  }

  /** Checks a value that claims to be a document. Diagnostics have the file and line of its source map. */
  parse(value: unknown, defaultNamespace = 'default'): ParsedDocument {
    return parseDocument(value, placeOf(value), { defaultNamespace });
  }

  /** What `write` would store, without storing it. */
  preview(documents: readonly Document[]): Admitted {
    const allotment = this.#addresses.allot(documents);
    allotment.release();
    return allotment;
  }

  /**
   * One transaction, all or none, with virtual addresses filled in. Throws `invalid` (422) when a service asks for an address
   * that another one has.
   */
  async write(writes: readonly Write[], author: string): Promise<Result<readonly Document[], WriteFailure>> {
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
}
