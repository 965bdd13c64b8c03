// One file of spans: those that came in some hours.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type FileShape, openFile } from '../sqlite-file.ts';
import type { SpanEdge } from './edges.ts';
import type { KeptSpan } from './kept-span.ts';

const TABLES = `
  CREATE TABLE span (
    trace TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, duration INTEGER NOT NULL, service TEXT NOT NULL, namespace TEXT NOT NULL,
    status INTEGER NOT NULL, error INTEGER NOT NULL, request TEXT NOT NULL, path TEXT NOT NULL, json TEXT NOT NULL
  );
  CREATE UNIQUE INDEX span_id ON span (trace, id);
  CREATE INDEX span_at ON span (at, trace, service, namespace, status, error, duration);
  CREATE INDEX span_request ON span (request) WHERE request <> '';
  CREATE TABLE edge (
    child TEXT NOT NULL PRIMARY KEY, child_trace TEXT NOT NULL, parent TEXT NOT NULL, parent_trace TEXT NOT NULL, confidence REAL NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX edge_parent ON edge (parent_trace);
  CREATE INDEX edge_child ON edge (child_trace);`;

/** Traces by the id that applications give them in B3, and pushes by their documents. Also of files that were begun without it. */
const NAMES = 'CREATE TABLE IF NOT EXISTS name (theirs TEXT NOT NULL, trace TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (theirs, trace)) WITHOUT ROWID';

const SHAPE: FileShape = {
  version: 2,
  tables: TABLES,
  pragmas: ['wal_autocheckpoint = 512', 'cache_size = -4096'],
  probes: ['SELECT at FROM span ORDER BY at DESC LIMIT 1'],
};

export interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

export class Partition implements Disposable {
  readonly #database: DatabaseSync;
  readonly #span: StatementSync;
  readonly #name: StatementSync;
  readonly #edge: StatementSync;
  readonly #ofTrace: StatementSync;
  readonly #edges: StatementSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(NAMES);
    this.#name = database.prepare('INSERT OR IGNORE INTO name VALUES (?, ?, ?)');
    this.#span = this.#database.prepare('INSERT OR IGNORE INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#edge = this.#database.prepare('INSERT OR REPLACE INTO edge VALUES (?, ?, ?, ?, ?)');
    this.#ofTrace = this.#database.prepare('SELECT json FROM span WHERE trace = ?');
    this.#edges = this.#database.prepare('SELECT child, child_trace, parent, parent_trace, confidence FROM edge WHERE child_trace = ?1 OR parent_trace = ?1');
  }

  /** Opens a file, made when it is not there; a damaged one is put aside (`told`) and begun anew. Throws when there is no room or right to. */
  static open(file: string, told: (putAside: string) => void): Partition {
    const { database, putAside } = openFile(file, SHAPE);
    if (putAside !== undefined) told(putAside);
    return new Partition(database);
  }

  begin(): void {
    if (!this.#database.isTransaction) this.#database.exec('BEGIN');
  }

  /** Throws when it cannot be written; then nothing of it is. */
  commit(): void {
    if (!this.#database.isTransaction) return;
    try {
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  addSpan(span: KeptSpan): void {
    const { trace, id, startUs, durationUs, service, namespace, status, error, request, path } = span;
    this.#span.run(trace, id, startUs, durationUs, service, namespace, status, error ? 1 : 0, request, path, JSON.stringify(span));
    if (span.b3 !== undefined) this.#name.run(span.b3.trace, trace, startUs);
  }

  addName(name: string, { trace, startUs }: Pick<KeptSpan, 'trace' | 'startUs'>): void {
    this.#name.run(name, trace, startUs);
  }

  addEdge({ child, childTrace, parent, parentTrace, confidence }: SpanEdge): void {
    this.#edge.run(child, childTrace, parent, parentTrace, confidence);
  }

  spansOf(trace: string): readonly KeptSpan[] {
    return this.#ofTrace.all(trace).map(({ json }) => JSON.parse(String(json)) as KeptSpan);
  }

  /** From or to a trace. */
  edgesOf(trace: string): readonly SpanEdge[] {
    return this.#edges.all(trace).map((row) => ({
      child: String(row['child']),
      childTrace: String(row['child_trace']),
      parent: String(row['parent']),
      parentTrace: String(row['parent_trace']),
      confidence: Number(row['confidence']),
    }));
  }

  /** Ids of traces with such a span, newest first: what is asked for most stands in the index that gives the order, so nothing else is read. */
  traces(conditions: readonly Condition[], limit: number): readonly { readonly trace: string; readonly at: number }[] {
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
    const found = new Map<string, number>();
    const rows = this.#database.prepare(`SELECT trace, at FROM span ${where} ORDER BY at DESC`).iterate(...conditions.flatMap(({ values }) => values));
    for (const { trace, at } of rows) {
      if (!found.has(String(trace))) found.set(String(trace), Number(at));
      if (found.size >= limit) break;
    }
    return [...found].map(([trace, at]) => ({ trace, at }));
  }

  /** Ids of traces that applications call so, or by an id that begins so, newest first. */
  named(theirs: string, limit: number): readonly string[] {
    const rows = this.#database.prepare('SELECT trace FROM name WHERE theirs >= ? AND theirs < ? ORDER BY at DESC LIMIT ?');
    return rows.all(theirs, `${theirs}\u{10ffff}`, limit).map(({ trace }) => String(trace));
  }

  /** Ids of traces of exactly this name that began between two moments (epoch µs), oldest first. */
  namedBetween(name: string, from: number, to: number): readonly string[] {
    const rows = this.#database.prepare('SELECT trace FROM name WHERE theirs = ? AND at BETWEEN ? AND ? ORDER BY at');
    return rows.all(name, Math.round(from), Math.round(to)).map(({ trace }) => String(trace));
  }

  /** How many there are, and when the oldest began (epoch µs; 0: there is none). */
  get counts(): { readonly spans: number; readonly oldestUs: number } {
    const row = this.#database.prepare('SELECT count(*) AS spans, min(at) AS oldest FROM span').get();
    return { spans: Number(row?.['spans'] ?? 0), oldestUs: Number(row?.['oldest'] ?? 0) };
  }

  [Symbol.dispose](): void {
    try {
      this.commit();
    } finally {
      this.#database.close();
    }
  }
}
