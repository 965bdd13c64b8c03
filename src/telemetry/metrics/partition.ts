// One file: sums of one stretch of time at one resolution. It holds its own dictionary, so that it can be deleted without a look at any other.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type FileShape, openFile } from '../sqlite-file.ts';

const TABLES = `
  CREATE TABLE series (id INTEGER PRIMARY KEY, labels TEXT NOT NULL);
  CREATE TABLE service (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE rollup (at INTEGER PRIMARY KEY, data BLOB NOT NULL);
  CREATE TABLE process (proxy TEXT NOT NULL, start REAL NOT NULL, seen INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (proxy));
  CREATE TABLE fact (name TEXT PRIMARY KEY, value REAL NOT NULL);`;

const SHAPE: FileShape = {
  version: 1,
  tables: TABLES,
  pragmas: ['cache_size = -2048', 'journal_size_limit = 524288', 'wal_autocheckpoint = 128'],
  probes: ['SELECT count(*) FROM series', 'SELECT at FROM rollup ORDER BY at DESC LIMIT 1'],
};

/** Services of one file at most; a row's key is its moment and its service. */
export const MOST_SERVICES = 65_536;

/** Rows that are read together: one by one takes twice as long. */
const AT_ONCE = 2048;

export interface Row {
  /** Epoch s. */
  readonly at: number;
  readonly service: number;
  readonly data: Uint8Array;
}

/** Words of a file in both directions. */
class Dictionary {
  readonly #insert: StatementSync;
  readonly words: string[] = [];
  readonly #ids = new Map<string, number>();

  constructor(database: DatabaseSync, table: string, column: string) {
    this.#insert = database.prepare(`INSERT INTO ${table} (id, ${column}) VALUES (?, ?)`);
    for (const row of database.prepare(`SELECT id, ${column} AS word FROM ${table}`).all()) this.#set(Number(row['id']), String(row['word']));
  }

  #set(id: number, word: string): void {
    this.words[id] = word;
    this.#ids.set(word, id);
  }

  find(word: string): number | undefined {
    return this.#ids.get(word);
  }

  idOf(word: string): number {
    const known = this.#ids.get(word);
    if (known !== undefined) return known;
    const id = this.words.length;
    this.#insert.run(id, word);
    this.#set(id, word);
    return id;
  }

  get size(): number {
    return this.words.length;
  }

  /** Words that were added in a transaction that failed are not there. */
  forgetFrom(size: number): void {
    for (const word of this.words.splice(size)) this.#ids.delete(word);
  }
}

export class Partition implements Disposable {
  readonly file: string;
  readonly series: Dictionary;
  readonly services: Dictionary;
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #range: StatementSync;
  readonly #one: StatementSync;

  private constructor(file: string, database: DatabaseSync) {
    this.file = file;
    this.#database = database;
    this.series = new Dictionary(database, 'series', 'labels');
    this.services = new Dictionary(database, 'service', 'name');
    this.#put = database.prepare('INSERT OR REPLACE INTO rollup (at, data) VALUES (?, ?)');
    this.#range = database.prepare(`SELECT at, data FROM rollup WHERE at >= ? AND at < ? ORDER BY at LIMIT ${AT_ONCE}`);
    this.#range.setReturnArrays(true);
    this.#one = database.prepare('SELECT data FROM rollup WHERE at = ?');
  }

  /** Opens a file, 0600, made when it is not there; a damaged one is put aside (`told`) and begun anew. Throws when there is no room or right to. */
  static open(file: string, told: (putAside: string) => void): Partition {
    const { database, putAside } = openFile(file, SHAPE);
    if (putAside !== undefined) told(putAside);
    return new Partition(file, database);
  }

  /** All of `work` or nothing. */
  write(work: () => void): void {
    const [series, services] = [this.series.size, this.services.size];
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.series.forgetFrom(series);
      this.services.forgetFrom(services);
      throw error;
    }
  }

  put(at: number, service: number, data: Uint8Array): void {
    this.#put.run(at * MOST_SERVICES + service, data);
  }

  /** Rows from one moment to before another, all services. */
  *rows(from: number, to: number): Generator<Row> {
    const end = to * MOST_SERVICES;
    for (let next = from * MOST_SERVICES; next < end; ) {
      const rows = this.#range.all(next, end) as unknown as readonly (readonly [number, Uint8Array])[];
      for (const [key, data] of rows) yield { at: Math.floor(key / MOST_SERVICES), service: key % MOST_SERVICES, data };
      next = rows.length < AT_ONCE ? end : (rows.at(-1)?.[0] ?? end) + 1;
    }
  }

  row(at: number, service: number): Uint8Array | undefined {
    return this.#one.get(at * MOST_SERVICES + service)?.['data'] as Uint8Array | undefined;
  }

  /** First and last moment there is something of. */
  extent(): { readonly first: number; readonly last: number } | undefined {
    const row = this.#database.prepare('SELECT min(at) AS first, max(at) AS last FROM rollup').get();
    if (row?.['first'] == null) return undefined;
    return { first: Math.floor(Number(row['first']) / MOST_SERVICES), last: Math.floor(Number(row['last']) / MOST_SERVICES) };
  }

  fact(name: string): number | undefined {
    const value = this.#database.prepare('SELECT value FROM fact WHERE name = ?').get(name)?.['value'];
    return value === undefined ? undefined : Number(value);
  }

  setFact(name: string, value: number): void {
    this.#database.prepare('INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)').run(name, value);
  }

  putProcess(proxy: string, { start, seen, data }: { readonly start: number; readonly seen: number; readonly data: Uint8Array }): void {
    this.#database.prepare('INSERT OR REPLACE INTO process (proxy, start, seen, data) VALUES (?, ?, ?, ?)').run(proxy, start, seen, data);
  }

  processes(): readonly { readonly proxy: string; readonly start: number; readonly seen: number; readonly data: Uint8Array }[] {
    return this.#database
      .prepare('SELECT proxy, start, seen, data FROM process')
      .all()
      .map((row) => ({ proxy: String(row['proxy']), start: Number(row['start']), seen: Number(row['seen']), data: row['data'] as Uint8Array }));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
