// The file that records are kept in: opening it, its tables. Nobody's configuration is in it, so a damaged one is put aside and a new one begun: a
// control plane must start without its memories too.
import { chmodSync, closeSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const VERSION = 1;

const TABLES = `
  CREATE TABLE record (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, request TEXT NOT NULL, side TEXT NOT NULL, cause TEXT NOT NULL, service TEXT NOT NULL,
    source TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL, json TEXT NOT NULL
  );
  CREATE INDEX record_request ON record (request) WHERE request <> '';
  CREATE TABLE peer (
    security TEXT NOT NULL, source TEXT NOT NULL, address TEXT NOT NULL, destination TEXT NOT NULL, service TEXT NOT NULL, port INTEGER NOT NULL,
    connections INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, why TEXT NOT NULL,
    PRIMARY KEY (destination, port, security, source, address, service)
  ) WITHOUT ROWID;
  CREATE INDEX peer_last ON peer (last);
  CREATE TABLE use (
    hour INTEGER NOT NULL, outcome TEXT NOT NULL, source TEXT NOT NULL, destination TEXT NOT NULL, service TEXT NOT NULL, port INTEGER NOT NULL,
    method TEXT NOT NULL, path TEXT NOT NULL, policy TEXT NOT NULL, count INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (hour, destination, port, source, outcome, method, path, policy, service)
  ) WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};`;

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** Where a file that could not be used was put; undefined: all is well. */
  readonly putAside: string | undefined;
}

/** A crash loses at most the last moment (NORMAL with a write-ahead log keeps the file whole); freed pages are given back. */
function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 1000 });
  try {
    database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec('PRAGMA journal_size_limit = 1048576; PRAGMA wal_autocheckpoint = 256; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;');
    const { user_version: version } = database.prepare('PRAGMA user_version').get() ?? {};
    if (version === 0) database.exec(`BEGIN IMMEDIATE; ${TABLES} COMMIT;`);
    else if (version !== VERSION) throw new Error(`tables of version ${String(version)}`);
    database.prepare('SELECT count(*) FROM peer').get();
    database.prepare('SELECT seq FROM record ORDER BY seq DESC LIMIT 1').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const SIDE_FILES = ['-wal', '-shm'];

/** Opens `file`, 0600, made when it is not there. Throws when not even a new one can be had (no room, no right to). */
export function openRecordsDatabase(file: string): OpenedDatabase {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  try {
    return { database: open(file), putAside: undefined };
  } catch (error) {
    if (isBusy(error)) throw error;
    const putAside = `${file}.damaged`;
    renameSync(file, putAside);
    for (const each of SIDE_FILES) rmSync(`${file}${each}`, { force: true });
    closeSync(openSync(file, 'a', 0o600));
    return { database: open(file), putAside };
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === SQLITE_BUSY;
}
