// What a database from a backup must become before it is used again: nothing that was said after the backup may be said a second time.
import { openDatabase } from './database.ts';

/** Revisions that the lost time may have used are skipped: more than a control plane makes in its life. */
const SKIPPED = 1_000_000_000;

/**
 * Begins another epoch: revisions go on far behind those of the lost time, and the history is gone, so every watch from before lists
 * again. Throws as `openSqliteStore` does; checks the file first.
 */
export function beginEpoch(file: string, now: number): { readonly revision: number } {
  const database = openDatabase(file, now);
  try {
    const before = Number(database.prepare("SELECT value FROM counter WHERE name = 'revision'").get()?.['value'] ?? 0);
    const revision = before + SKIPPED;
    database.exec('BEGIN IMMEDIATE');
    database.exec('DELETE FROM history');
    database.prepare("UPDATE counter SET value = ? WHERE name IN ('revision', 'floor')").run(revision);
    database.exec('COMMIT');
    return { revision: before };
  } finally {
    database.close();
  }
}
