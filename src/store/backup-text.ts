// A backup as lines of text: a head, sealed pieces of files, and a sealed end that says what must have come. A line that is missing, moved,
// or of another backup does not open.
import { createHash, randomUUID } from 'node:crypto';
import { WeftError } from '../base/index.ts';
import { STORE_ERRORS } from './errors.ts';
import type { Sealer } from './sealing.ts';

const PIECE_BYTES = 512 * 1024;

export interface BackupFile {
  /** Path below the data folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface BackupHead {
  readonly weft: 'backup';
  readonly version: 1;
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
  /** Text of the data folder's seal.json; '' for a folder without a seal. */
  readonly seal: string;
}

interface End {
  readonly files: readonly { readonly name: string; readonly size: number; readonly sha256: string }[];
}

type Part = { readonly name: string; readonly data: string } | { readonly end: End };

const place = (id: string, line: number): string => `backup ${id} ${line}`;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The lines of a backup, each a JSON value. Without a sealer (a folder without a seal) they are readable. */
export async function* backupLines(
  files: AsyncIterable<BackupFile>,
  { at, seal, sealer }: { readonly at: number; readonly seal: string; readonly sealer?: Sealer },
): AsyncGenerator<string> {
  const head: BackupHead = { weft: 'backup', version: 1, id: randomUUID(), at: new Date(at).toISOString(), seal };
  let line = 0;
  const sealed = (part: Part): string => {
    const text = JSON.stringify(part);
    line++;
    return JSON.stringify(sealer === undefined ? text : sealer.seal(text, place(head.id, line)));
  };
  yield JSON.stringify(head);
  const end: { name: string; size: number; sha256: string }[] = [];
  for await (const { name, bytes } of files) {
    for (let from = 0; from < bytes.length || from === 0; from += PIECE_BYTES)
      yield sealed({ name, data: Buffer.from(bytes.subarray(from, from + PIECE_BYTES)).toString('base64') });
    end.push({ name, size: bytes.length, sha256: sha256(bytes) });
  }
  yield sealed({ end: { files: end } });
}

function broken(why: string): WeftError {
  return new WeftError('backup-damaged', STORE_ERRORS['backup-damaged'], `the backup cannot be used: ${why}; nothing was restored`);
}

function json(line: string, what: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw broken(`${what} is no JSON`);
  }
}

/** The first line. Throws `backup-damaged` for what is no backup, or of a later version. */
export function readHead(line: string): BackupHead {
  const head = json(line, 'its first line') as Partial<BackupHead> | null;
  if (head?.weft !== 'backup' || typeof head.id !== 'string' || typeof head.at !== 'string' || typeof head.seal !== 'string')
    throw broken('this is no backup of Weft');
  if (head.version !== 1) throw broken('it was made by a newer weft');
  return head as BackupHead;
}

/** Names stay inside of the folder, whoever wrote the backup. */
const isInside = (name: string): boolean =>
  /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/.test(name) && !name.split('/').some((step) => step === '..' || step === '.');

/** The files, whole and checked. Throws `backup-damaged` when anything is missing or was altered. */
export function readFiles(lines: readonly string[], head: BackupHead, sealer?: Sealer): readonly BackupFile[] {
  const pieces = new Map<string, Buffer[]>();
  for (const [at, line] of lines.entries()) {
    const sealed = json(line, `line ${at + 2}`);
    if (typeof sealed !== 'string') throw broken(`line ${at + 2} is none of a backup`);
    const part = json(sealer === undefined ? sealed : opened(sealer, sealed, place(head.id, at + 1)), `line ${at + 2}`) as Part;
    if ('end' in part) {
      if (at !== lines.length - 1) throw broken('there is more behind its end');
      return finished(pieces, part.end);
    }
    if (!isInside(part.name)) throw broken(`it has a file "${part.name}"`);
    pieces.set(part.name, [...(pieces.get(part.name) ?? []), Buffer.from(part.data, 'base64')]);
  }
  throw broken('it ends too early: copy it again, whole');
}

function opened(sealer: Sealer, text: string, where: string): string {
  try {
    return sealer.open(text, where);
  } catch (cause) {
    throw broken(`a line of it does not open (${cause instanceof Error ? cause.message : String(cause)})`);
  }
}

function finished(pieces: ReadonlyMap<string, readonly Buffer[]>, { files }: End): readonly BackupFile[] {
  return files.map(({ name, size, sha256: wanted }) => {
    const bytes = Buffer.concat(pieces.get(name) ?? []);
    if (bytes.length !== size || sha256(bytes) !== wanted) throw broken(`the file ${name} is not whole`);
    return { name, bytes };
  });
}
