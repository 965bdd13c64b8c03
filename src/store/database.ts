// The file: opening it, keeping others out of it, its schema. Nothing here knows what a document says.
import { chmodSync, closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WeftError } from '../base/index.ts';
import { STORE_ERRORS, type StoreErrorCode } from './errors.ts';
import { makeFolder } from './folder.ts';

const MIGRATIONS: readonly string[] = [
  `CREATE TABLE document (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE history (revision INTEGER PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL, json TEXT NOT NULL);
   CREATE TABLE small_value (area TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (area, key)) WITHOUT ROWID;
   CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
   INSERT INTO counter VALUES ('revision', 0), ('floor', 0);`,
  // Nobody who uses SQL by accident changes the log: it is added to at its end, and what rotation has let go may be removed.
  `CREATE TABLE audit (seq INTEGER PRIMARY KEY, namespace TEXT NOT NULL, json TEXT NOT NULL);
   CREATE INDEX audit_namespace ON audit (namespace, seq);
   CREATE TABLE audit_state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
   CREATE TRIGGER audit_kept BEFORE DELETE ON audit
     WHEN old.seq > coalesce((SELECT CAST(value AS INTEGER) FROM audit_state WHERE name = 'floor'), 0)
     BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;`,
  `CREATE TABLE version (
     key TEXT NOT NULL, revision INTEGER NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (key, revision)
   ) WITHOUT ROWID;
   CREATE INDEX version_revision ON version (revision);`,
];

/** How long to wait for a holder that is just ending, before saying that the file is taken. */
const LOCK_WAIT_MS = 400;

function failure(code: StoreErrorCode, message: string, cause?: unknown): WeftError {
  return new WeftError(code, STORE_ERRORS[code], message, { cause });
}

/** SQLite's primary result code of an error, -1 when it is none of SQLite's. */
export function sqliteCode(error: unknown): number {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : -1;
}

const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The error of a damaged file, with the way out. */
export function corrupt(file: string, why: string, cause?: unknown): WeftError {
  const remedy = `restore it from a backup, or save what can be read with \`sqlite3 ${file} .recover\`; to begin with an empty store move ${file}, ${file}-wal and ${file}-shm away`;
  return failure('store-corrupt', `the store file ${file} is damaged (${why}); nothing was changed in it. ${remedy}`, cause);
}

/** Makes the folder (0700) and the file (0600) when they are not there. SQLite gives its side files the mode of the main file. */
function prepare(file: string): void {
  try {
    makeFolder(dirname(file));
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
  } catch (error) {
    throw failure('store-open', `cannot open the store file ${file}: ${words(error)}; check that the folder exists and belongs to this user`, error);
  }
}

/** Who said last that the file is theirs; it is only asked when the lock shows that it is taken. */
function describeOwner(file: string): string {
  try {
    const owner = JSON.parse(readFileSync(`${file}.owner`, 'utf8')) as { readonly pid?: unknown; readonly host?: unknown; readonly since?: unknown };
    return `process ${String(owner.pid)} on ${String(owner.host)} (since ${String(owner.since)})`;
  } catch {
    return 'another process';
  }
}

function writeOwner(file: string, now: number): void {
  const temporary = `${file}.owner.${process.pid}`;
  writeFileSync(temporary, JSON.stringify({ pid: process.pid, host: hostname(), since: new Date(now).toISOString() }), { mode: 0o600 });
  renameSync(temporary, `${file}.owner`);
}

/** The exclusive lock is the kernel's and ends with the process, also by SIGKILL: no stale lock can keep a store closed. */
function lock(database: DatabaseSync, file: string): void {
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  database.exec('BEGIN IMMEDIATE; COMMIT;');
  const { journal_mode: mode } = database.prepare('PRAGMA journal_mode').get() ?? {};
  if (mode !== 'wal')
    throw failure(
      'store-open',
      `the store file ${file} cannot use a write-ahead log here (SQLite chose "${String(mode)}"); put the data folder on a local disk`,
    );
}

function migrate(database: DatabaseSync, file: string): void {
  const { user_version: found } = database.prepare('PRAGMA user_version').get() ?? {};
  const version = Number(found);
  if (version > MIGRATIONS.length) {
    throw failure(
      'store-newer',
      `the store file ${file} was written by a newer weft (schema ${version}, this one knows ${MIGRATIONS.length}); run that version, or use another data folder`,
    );
  }
  for (const [at, statements] of MIGRATIONS.entries()) {
    if (at >= version) database.exec(`BEGIN IMMEDIATE; ${statements} PRAGMA user_version = ${at + 1}; COMMIT;`);
  }
}

function verify(database: DatabaseSync, file: string): void {
  const { quick_check: answer } = database.prepare('PRAGMA quick_check(1)').get() ?? {};
  if (answer !== 'ok') throw corrupt(file, String(answer));
}

function explained(error: unknown, file: string): unknown {
  if (error instanceof WeftError) return error;
  const code = sqliteCode(error);
  if (code === SQLITE_BUSY) {
    return failure(
      'store-locked',
      `the store file ${file} is in use by ${describeOwner(file)}; stop that control plane, or give this one its own data folder (--data DIR)`,
      error,
    );
  }
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) return corrupt(file, words(error), error);
  return failure('store-open', `cannot open the store file ${file}: ${words(error)}`, error);
}

/**
 * Opens `file` for this process alone: write-ahead log, every commit synced, checked, migrated. Throws WeftError `store-locked`
 * (naming the holder), `store-corrupt`, `store-newer` or `store-open`, each with what to do.
 */
export function openDatabase(file: string, now: number): DatabaseSync {
  const existed = existsSync(file);
  prepare(file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
    lock(database, file);
    if (existed) verify(database, file);
    migrate(database, file);
    writeOwner(file, now);
    return database;
  } catch (error) {
    database?.close();
    throw explained(error, file);
  }
}
