// The statements: what is read at the start, and what one transaction writes.
import type { DatabaseSync } from 'node:sqlite';
import { type Document, type DocumentKey, documentKey } from '../model/index.ts';
import type { AuditFacts } from './audit.ts';
import { AuditTable } from './audit-table.ts';
import { corrupt } from './database.ts';
import type { Change } from './history.ts';
import { isSecretKey, placeOf, type RowText, rowText, type Sealer, sealRows } from './sealing.ts';
import { documentOf, type StagedChange } from './staging.ts';
import { VersionsTable } from './versions.ts';

/** A small value to set, or (undefined) to forget. */
export interface StagedValue {
  readonly area: string;
  readonly key: string;
  readonly value: string | undefined;
}

export interface Transaction {
  readonly changes: readonly StagedChange[];
  readonly values: readonly StagedValue[];
  readonly audit: readonly AuditFacts[];
  readonly revision: number;
  /** History up to here is forgotten. */
  readonly floor: number;
  readonly now: number;
}

/** One connection with its prepared statements. */
export class Tables {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #text: RowText;
  readonly #statements;
  readonly audit: AuditTable;
  readonly versions: VersionsTable;

  constructor(database: DatabaseSync, file: string, sealer?: Sealer, auditKept?: number) {
    this.#database = database;
    this.#file = file;
    this.#text = rowText(sealer, file);
    if (sealer !== undefined) sealRows(database, sealer, this.#text);
    this.audit = new AuditTable(database, auditKept);
    this.versions = new VersionsTable(database, this.#text);
    this.#statements = {
      putDocument: database.prepare('INSERT INTO document VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, json = excluded.json'),
      deleteDocument: database.prepare('DELETE FROM document WHERE key = ?'),
      appendHistory: database.prepare('INSERT INTO history VALUES (?, ?, ?, ?, ?)'),
      compactHistory: database.prepare('DELETE FROM history WHERE revision <= ?'),
      setCounter: database.prepare('UPDATE counter SET value = ? WHERE name = ?'),
      putValue: database.prepare('INSERT INTO small_value VALUES (?, ?, ?) ON CONFLICT (area, key) DO UPDATE SET value = excluded.value'),
      deleteValue: database.prepare('DELETE FROM small_value WHERE area = ? AND key = ?'),
    };
  }

  counters(): { readonly revision: number; readonly floor: number } {
    const rows = this.#database.prepare('SELECT name, value FROM counter').all();
    const value = (name: string): number => Number(rows.find((row) => row['name'] === name)?.['value'] ?? Number.NaN);
    const found = { revision: value('revision'), floor: value('floor') };
    if (!(found.floor >= 0 && found.revision >= found.floor)) throw corrupt(this.#file, 'its revision counters are missing');
    return found;
  }

  #parse(text: unknown, place: string, where: string): Document {
    const plain = this.#text.read(String(text), place);
    try {
      return documentOf(plain);
    } catch (error) {
      throw corrupt(this.#file, `${where} is no JSON`, error);
    }
  }

  *documents(): IterableIterator<Document> {
    for (const row of this.#database.prepare('SELECT key, json FROM document').iterate()) {
      const key = String(row['key']);
      yield this.#parse(row['json'], placeOf.document(key), `document ${key}`);
    }
  }

  /** Changes after `since`, in order, with the size of their text. */
  *history(since: number): IterableIterator<{ readonly change: Change; readonly bytes: number }> {
    const seen = new Map<DocumentKey, Document>();
    for (const row of this.#database.prepare('SELECT revision, kind, json FROM history WHERE revision > ? ORDER BY revision').iterate(since)) {
      const revision = Number(row['revision']);
      const document = this.#parse(row['json'], placeOf.history(revision), `history at revision ${revision}`);
      yield { change: changeOf(row['kind'], revision, document, seen), bytes: String(row['json']).length };
    }
  }

  *values(): IterableIterator<{ readonly area: string; readonly key: string; readonly value: string }> {
    for (const row of this.#database.prepare('SELECT area, key, value FROM small_value').iterate()) {
      const [area, key] = [String(row['area']), String(row['key'])];
      yield { area, key, value: this.#text.read(String(row['value']), placeOf.value(area, key)) };
    }
  }

  /** All of it is on disk when this returns; nothing of it counts when it throws (see `SqliteStore`, which then reads again). */
  commit(transaction: Transaction): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      this.#write(transaction);
      const settle = transaction.audit.length === 0 ? undefined : this.audit.append(transaction.audit, transaction.now);
      this.#database.exec('COMMIT');
      settle?.();
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #write({ changes, values, revision, floor, now }: Transaction): void {
    const run = this.#statements;
    for (const each of changes) {
      const { key, change, text, author } = each;
      if (change.kind === 'delete') run.deleteDocument.run(key);
      else run.putDocument.run(key, change.revision, this.#text.write(text, placeOf.document(key), isSecretKey(key)));
      const kind = change.kind === 'delete' ? 'delete' : change.created ? 'create' : 'update';
      run.appendHistory.run(change.revision, kind, now, author, this.#text.write(text, placeOf.history(change.revision), isSecretKey(key)));
      this.versions.add(each, now);
    }
    for (const { area, key, value } of values) {
      if (value === undefined) run.deleteValue.run(area, key);
      else run.putValue.run(area, key, this.#text.write(value, placeOf.value(area, key), true));
    }
    if (changes.length > 0) run.setCounter.run(revision, 'revision');
    if (run.compactHistory.run(floor).changes === 0) return;
    run.setCounter.run(floor, 'floor');
    this.versions.forgetOldest();
  }

  /** One statement, so nothing comes in between; the copy has no free pages. */
  snapshot(file: string): void {
    this.#database.prepare('VACUUM INTO ?').run(file);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** `seen`: the last version of each document met so far, from which `previous` is known again. */
function changeOf(kind: unknown, revision: number, document: Document, seen: Map<DocumentKey, Document>): Change {
  const key = documentKey(document);
  const previous = kind === 'update' ? seen.get(key) : undefined;
  seen.set(key, document);
  if (kind === 'delete') return { kind: 'delete', revision, document };
  return { kind: 'put', revision, created: kind === 'create', document, ...(previous === undefined ? {} : { previous }) };
}
