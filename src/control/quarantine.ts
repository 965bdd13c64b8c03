import { createHash } from 'node:crypto';
import type { Origin } from '../base/index.ts';
import { type Document, type DocumentKey, type ModelEvent, originOf } from '../model/index.ts';
import { contentText, type Documents } from './documents.ts';
import { wordsOf } from './errors.ts';
import type { ControlPorts, Quarantine, ResourceEvent } from './ports.ts';

export interface Refusal {
  readonly words: string;
  readonly proxy: string;
  readonly at: number;
}

function contentHash(document: Document): string {
  return createHash('sha256').update(contentText(document)).digest('base64url');
}

/**
 * Documents that Envoy refused. Substitution happens here, at the door of the pipeline, so no stage below knows of it: the mesh
 * is told the last accepted content (or that there is none) until the document says something else. Durable: a control plane that
 * restarts builds the same mesh.
 */
export class QuarantineWard {
  readonly #ports: Pick<ControlPorts, 'quarantine' | 'log'>;
  readonly #documents: Documents;
  readonly #entries: Map<DocumentKey, Quarantine>;
  #saving: Promise<void> = Promise.resolve();

  constructor(ports: Pick<ControlPorts, 'quarantine' | 'log'>, documents: Documents) {
    this.#ports = ports;
    this.#documents = documents;
    this.#entries = new Map(ports.quarantine.load());
  }

  get(key: DocumentKey): Quarantine | undefined {
    return this.#entries.get(key);
  }

  /** What a proxy refused and what therefore is set aside, with the document's place for showing. */
  of(proxy: string): readonly { readonly document: Origin; readonly words: string; readonly at: number }[] {
    return [...this.#entries]
      .filter(([, entry]) => entry.proxy === proxy)
      .flatMap(([key, { words, at }]) => {
        const document = this.#documents.get(key);
        return document === undefined ? [] : [{ document: originOf(document, ''), words, at }];
      });
  }

  /** What the mesh is told instead of what the source said. A document that says something new is free again. */
  substitute(key: DocumentKey, event: ResourceEvent): ModelEvent {
    const entry = this.#entries.get(key);
    if (entry === undefined) return event;
    if (event.kind === 'put' && contentHash(event.document) === entry.refused) return instead(key, entry);
    this.#save(key, undefined);
    return event;
  }

  /** Puts the present content of a document aside. Answers what the mesh is to be told now. Faults of our own are not remembered. */
  admit(key: DocumentKey, lastGood: Document | undefined, refusal: Refusal, durable = true): ModelEvent | undefined {
    const document = this.#documents.get(key);
    if (document === undefined) return undefined;
    const entry: Quarantine = { refused: contentHash(document), lastGood: lastGood ?? null, ...refusal };
    if (durable) this.#save(key, entry);
    else this.#entries.set(key, entry);
    return instead(key, entry);
  }

  /** The document was innocent. Answers what the mesh is to be told now. */
  release(key: DocumentKey): ModelEvent | undefined {
    if (!this.#entries.has(key)) return undefined;
    this.#save(key, undefined);
    const document = this.#documents.get(key);
    return document === undefined ? { kind: 'delete', key } : { kind: 'put', document };
  }

  /** Resolves when everything up to now is on disk. */
  saved(): Promise<void> {
    return this.#saving;
  }

  #save(key: DocumentKey, entry: Quarantine | undefined): void {
    if (entry === undefined) this.#entries.delete(key);
    else this.#entries.set(key, entry);
    this.#saving = this.#saving
      .then(() => this.#ports.quarantine.save(key, entry))
      .catch((error: unknown) =>
        this.#ports.log('error', 'a quarantine record could not be saved; it holds until the next restart', { document: key, error: wordsOf(error) }),
      );
  }
}

function instead(key: DocumentKey, entry: Quarantine): ModelEvent {
  return entry.lastGood === null ? { kind: 'delete', key } : { kind: 'put', document: entry.lastGood };
}
