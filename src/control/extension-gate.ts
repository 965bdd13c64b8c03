import { extensionCheck } from '../compile/index.ts';
import { type Document, type DocumentKey, documentKey, type ModelEvent, splitDocumentKey } from '../model/index.ts';
import { EXTENSION_POLICY } from '../policy/index.ts';
import { contentVersion } from './compiler.ts';
import { contentText, type Documents } from './documents.ts';
import type { Vetting } from './vetting.ts';

export interface ExtensionGateOptions {
  readonly vetting: Vetting;
  readonly documents: Documents;
  /** The document may be taken into the mesh now. */
  readonly release: (event: ModelEvent) => void;
}

/**
 * The door of the mesh for documents whose programs end up in resources that many share: the mesh is built without them (or with their
 * last content) until the real Envoy has loaded the program. Everything else passes.
 */
export class ExtensionGate {
  readonly #options: ExtensionGateOptions;
  readonly #held = new Map<DocumentKey, string>();

  constructor(options: ExtensionGateOptions) {
    this.#options = options;
  }

  /** The event, or undefined when it has to wait for Envoy's answer. */
  admit(event: ModelEvent): ModelEvent | undefined {
    const key = event.kind === 'put' ? documentKey(event.document) : event.key;
    if (splitDocumentKey(key).kind !== EXTENSION_POLICY) return event;
    this.#held.delete(key);
    if (event.kind !== 'put') return event;
    const { vetting } = this.#options;
    const id = idOf(event.document);
    if (vetting.hasPassed(id)) return event;
    const config = extensionCheck(event.document, contentVersion);
    if (config === undefined) return event;
    this.#held.set(key, id);
    vetting.ask({ id, document: key, content: { kind: 'config', config }, passed: () => this.#passed(key, id) });
    return undefined;
  }

  /** Whether the present content waits for its answer. */
  holds(key: DocumentKey): boolean {
    return this.#held.has(key);
  }

  /** Envoy refused it: it waits no longer. */
  refused(key: DocumentKey): void {
    this.#held.delete(key);
  }

  #passed(key: DocumentKey, id: string): void {
    if (this.#held.get(key) !== id) return;
    this.#held.delete(key);
    const document = this.#options.documents.get(key);
    if (document !== undefined && idOf(document) === id) this.#options.release({ kind: 'put', document });
  }
}

function idOf(document: Document): string {
  return `extension ${contentVersion([new TextEncoder().encode(contentText(document))])}`;
}
