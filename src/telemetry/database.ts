// The file that records are kept in.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type FileShape, type OpenedFile, openFile } from './sqlite-file.ts';

const TABLES = `
  CREATE TABLE record (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, request TEXT NOT NULL, side TEXT NOT NULL, cause TEXT NOT NULL, service TEXT NOT NULL,
    source TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL, json TEXT NOT NULL
  );
  CREATE INDEX record_request ON record (request) WHERE request <> '';
  CREATE TABLE peer (
    security TEXT NOT NULL, source TEXT NOT NULL, address TEXT NOT NULL, destination TEXT NOT NULL, service TEXT NOT NULL, port INTEGER NOT NULL,
    connections INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, why TEXT NOT NULL, tls TEXT NOT NULL,
    PRIMARY KEY (destination, port, security, source, address, service)
  ) WITHOUT ROWID;
  CREATE INDEX peer_last ON peer (last);
  CREATE TABLE use (
    hour INTEGER NOT NULL, outcome TEXT NOT NULL, source TEXT NOT NULL, destination TEXT NOT NULL, service TEXT NOT NULL, port INTEGER NOT NULL,
    method TEXT NOT NULL, path TEXT NOT NULL, policy TEXT NOT NULL, count INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (hour, destination, port, source, outcome, method, path, policy, service)
  ) WITHOUT ROWID;`;

/** Freed pages are given back. */
const SHAPE: FileShape = {
  version: 2,
  tables: TABLES,
  steps: new Map([[1, `ALTER TABLE peer ADD COLUMN tls TEXT NOT NULL DEFAULT ''`]]),
  pragmas: ['auto_vacuum = INCREMENTAL', 'journal_size_limit = 1048576', 'wal_autocheckpoint = 256', 'cache_size = -8192', 'temp_store = MEMORY'],
  probes: ['SELECT count(*) FROM peer', 'SELECT seq FROM record ORDER BY seq DESC LIMIT 1'],
};

/** Opens `file`, 0600, made when it is not there. Throws when not even a new one can be had (no room, no right to). */
export function openRecordsDatabase(file: string): OpenedFile {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return openFile(file, SHAPE);
}
