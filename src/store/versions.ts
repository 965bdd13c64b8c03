// What documents said before: the last versions of each, however long ago they were written, so that there is a way back. Written in the transaction
// of the change. What machines and a kube cluster write of themselves is not among them.
import type { DatabaseSync } from 'node:sqlite';
import { type Document, type DocumentKey, splitDocumentKey } from '../model/index.ts';
import { isSecretKey, placeOf, type RowText } from './sealing.ts';
import type { StagedChange } from './staging.ts';

/** So many of each document, beside the one that holds. */
export const VERSIONS_KEPT = 10;
/** And of all together; those of documents that nobody has touched for longest go first. */
const MOST = 100_000;

export interface DocumentVersion {
  /** It held from this revision on. */
  readonly revision: number;
  /** Epoch ms; 0 = before it was noted. */
  readonly at: number;
  readonly author: string;
  /** Without status; undefined: it was deleted. */
  readonly document: Document | undefined;
}

const textOf = ({ status: _, ...document }: Document): string => JSON.stringify(document);

export class VersionsTable {
  readonly #text: RowText;
  readonly #statements;

  constructor(database: DatabaseSync, text: RowText) {
    this.#text = text;
    this.#statements = {
      known: database.prepare('SELECT 1 FROM version WHERE key = ? LIMIT 1'),
      add: database.prepare('INSERT OR REPLACE INTO version VALUES (?, ?, ?, ?, ?)'),
      forget: database.prepare(
        `DELETE FROM version WHERE key = ? AND revision <= (SELECT revision FROM version WHERE key = ? ORDER BY revision DESC LIMIT 1 OFFSET ${VERSIONS_KEPT + 1})`,
      ),
      forgetOldest: database.prepare(`DELETE FROM version WHERE revision <= (SELECT revision FROM version ORDER BY revision DESC LIMIT 1 OFFSET ${MOST})`),
      of: database.prepare('SELECT revision, at, author, json FROM version WHERE key = ? ORDER BY revision DESC'),
    };
  }

  #put(key: DocumentKey, version: DocumentVersion): void {
    const { revision, at, author, document } = version;
    const json = document === undefined ? '' : this.#text.write(textOf(document), placeOf.version(key, revision), isSecretKey(key));
    this.#statements.add.run(key, revision, at, author, json);
  }

  /** Within a transaction. */
  add({ key, change, author, said }: StagedChange, now: number): void {
    if (!said || splitDocumentKey(key).kind === 'Workload') return;
    const gone = change.kind === 'delete';
    // The first change of a document that is older than this table: what it was until now is kept as well.
    const before = gone ? change.document : change.previous;
    if (before !== undefined && this.#statements.known.get(key) === undefined)
      this.#put(key, { revision: gone ? change.revision - 1 : Number(before.metadata.resourceVersion), at: 0, author: '', document: before });
    this.#put(key, { revision: change.revision, at: now, author, document: gone ? undefined : change.document });
    this.#statements.forget.run(key, key);
  }

  /** Within a transaction, now and then. */
  forgetOldest(): void {
    this.#statements.forgetOldest.run();
  }

  /** Newest first; the first is what holds. Throws on text that is no JSON. */
  of(key: DocumentKey): readonly DocumentVersion[] {
    return this.#statements.of.all(key).map((row) => {
      const [revision, json] = [Number(row['revision']), String(row['json'])];
      const document = json === '' ? undefined : (JSON.parse(this.#text.read(json, placeOf.version(key, revision))) as Document);
      return { revision, at: Number(row['at']), author: String(row['author']), document };
    });
  }
}
