// What of the file is readable without a key: all but Secrets and small values, which are sealed row by row when the store has a sealer.
import type { DatabaseSync } from 'node:sqlite';
import { WeftError } from '../base/index.ts';
import { STORE_ERRORS } from './errors.ts';

/** What sealed text begins with; nothing else that Weft keeps does. */
export const SEALED_TEXT = 'weft-sealed:';

/** Seals text for a place in the file; identity's `Cipher`. */
export interface Sealer {
  seal(text: string, place: string): string;
  /** Throws when the text was not sealed for this place. */
  open(sealed: string, place: string): string;
  /** Whether the text is sealed with the key that seals now. */
  current(text: string): boolean;
}

/** The text of rows, on its way to the file and back. */
export interface RowText {
  /** `secret`: whether a reader of the file must not see it. */
  write(text: string, place: string, secret: boolean): string;
  read(text: string, place: string): string;
}

export const placeOf = {
  document: (key: string): string => `document ${key}`,
  history: (revision: number): string => `history ${revision}`,
  version: (key: string, revision: number): string => `version ${revision} ${key}`,
  value: (area: string, key: string): string => `value ${JSON.stringify([area, key])}`,
} as const;

/** Whether what stands under this key is for few eyes. */
export const isSecretKey = (key: string): boolean => key.startsWith('Secret/');

/** Without a sealer text is written as it is, and what is sealed cannot be read: `store-sealed`. */
export function rowText(sealer: Sealer | undefined, file: string): RowText {
  return {
    write: (text, place, secret) => (secret && sealer !== undefined ? sealer.seal(text, place) : text),
    read: (text, place) => {
      if (!text.startsWith(SEALED_TEXT)) return text;
      if (sealer !== undefined) return sealer.open(text, place);
      throw new WeftError('store-sealed', STORE_ERRORS['store-sealed'], `the store file ${file} is sealed: open it with the key of its data folder`);
    },
  };
}

interface Row {
  readonly place: string;
  readonly text: string;
  put(text: string): void;
}

// The text of a document begins so since it is written by `Staging`.
const SECRET_TEXT = '{"apiVersion":"v1","kind":"Secret"%';

function* secretRows(database: DatabaseSync): Iterable<Row> {
  const putDocument = database.prepare('UPDATE document SET json = ? WHERE key = ?');
  for (const { key, json } of database.prepare(`SELECT key, json FROM document WHERE key LIKE 'Secret/%'`).all())
    yield { place: placeOf.document(String(key)), text: String(json), put: (text) => void putDocument.run(text, String(key)) };
  const putHistory = database.prepare('UPDATE history SET json = ? WHERE revision = ?');
  const history = database.prepare('SELECT revision, json FROM history WHERE json LIKE ? OR json LIKE ?').all(SECRET_TEXT, `${SEALED_TEXT}%`);
  for (const { revision, json } of history)
    yield { place: placeOf.history(Number(revision)), text: String(json), put: (text) => void putHistory.run(text, Number(revision)) };
  const putVersion = database.prepare('UPDATE version SET json = ? WHERE key = ? AND revision = ?');
  for (const { key, revision, json } of database.prepare(`SELECT key, revision, json FROM version WHERE key LIKE 'Secret/%' AND json <> ''`).all())
    yield {
      place: placeOf.version(String(key), Number(revision)),
      text: String(json),
      put: (text) => void putVersion.run(text, String(key), Number(revision)),
    };
  const putValue = database.prepare('UPDATE small_value SET value = ? WHERE area = ? AND key = ?');
  for (const { area, key, value } of database.prepare('SELECT area, key, value FROM small_value').all())
    yield { place: placeOf.value(String(area), String(key)), text: String(value), put: (text) => void putValue.run(text, String(area), String(key)) };
}

/**
 * Seals what is not sealed with the present key: rows from before the seal, or of a key that was changed. Afterwards the file is written anew, so that
 * nothing of them is left in pages that are free or in the log.
 */
export function sealRows(database: DatabaseSync, sealer: Sealer, read: RowText): void {
  const stale = [...secretRows(database)].filter(({ text }) => !sealer.current(text));
  if (stale.length === 0) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const { place, text, put } of stale) put(sealer.seal(read.read(text, place), place));
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
  database.exec('PRAGMA temp_store = MEMORY; VACUUM; PRAGMA wal_checkpoint(TRUNCATE);');
}
