// Files that telemetry is kept in. Nobody's configuration is in them: a damaged one is put aside and a new one begun, since a control plane must start
// without its memories too.
import { chmodSync, closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export interface FileShape {
  readonly version: number;
  readonly tables: string;
  /** From the tables of a version before to those of this one. */
  readonly steps?: ReadonlyMap<number, string>;
  /** Beside those that every file has (a write-ahead log; a crash loses at most the last moment and leaves the file whole), and before them. */
  readonly pragmas: readonly string[];
  /** What a file that is not damaged can answer. */
  readonly probes: readonly string[];
}

const SIDE_FILES = ['-wal', '-shm'];
const SQLITE_BUSY = 5;
const ASIDE = '.damaged';

function made(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

function opened(file: string, { version, tables, steps, pragmas, probes }: FileShape): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 1000 });
  try {
    database.exec([...pragmas, 'journal_mode = WAL', 'synchronous = NORMAL'].map((each) => `PRAGMA ${each};`).join(' '));
    const { user_version: found } = database.prepare('PRAGMA user_version').get() ?? {};
    const step = found === 0 ? tables : steps?.get(Number(found));
    if (step !== undefined) database.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${version}; COMMIT;`);
    else if (found !== version) throw new Error(`tables of version ${String(found)}`);
    for (const probe of probes) database.prepare(probe).get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === SQLITE_BUSY;
}

export interface OpenedFile {
  readonly database: DatabaseSync;
  /** Where a file that could not be used was put; undefined: all is well. */
  readonly putAside: string | undefined;
}

/** Opens `file`, 0600, made when it is not there. Throws when not even a new one can be had (no room, no right to), or another has it. */
export function openFile(file: string, shape: FileShape): OpenedFile {
  made(file);
  try {
    return { database: opened(file, shape), putAside: undefined };
  } catch (error) {
    if (isBusy(error)) throw error;
    const putAside = `${file}${ASIDE}`;
    renameSync(file, putAside);
    for (const each of SIDE_FILES) rmSync(`${file}${each}`, { force: true });
    made(file);
    return { database: opened(file, shape), putAside };
  }
}

/** Of a file with its log. */
export function bytesOf(file: string): number {
  return ['', ...SIDE_FILES].reduce((sum, each) => sum + (statSync(`${file}${each}`, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** A file with its log, and what was put aside of it. */
export function removeFile(file: string): void {
  for (const each of ['', ...SIDE_FILES, ASIDE]) rmSync(`${file}${each}`, { force: true });
}
