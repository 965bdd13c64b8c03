import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateDirectory, type PrivateFiles, plainFiles, sealedFiles } from '../private-file.ts';
import { type Cipher, cipherOf, type DataKey, isSealed, newDataKey } from './cipher.ts';
import { type Header, newInstall, readHeader, type SealKey, unwrap, wrap, writeHeader } from './header.ts';
import { defaultKeyFile, makeKeyFile, namedKey, readSealKey, type SealSources } from './key-source.ts';

/** An open data folder: its files and rows can be read and written. */
export interface OpenSeal {
  readonly files: PrivateFiles;
  readonly cipher: Cipher;
  readonly install: string;
  /** Where the key came from, for the user. */
  readonly from: string;
  /** The key file that this call made: the user is told to keep a copy. */
  readonly madeKey: string | undefined;
}

/** Files of a data folder that hold secrets; nothing else is sealed as a file. */
const SECRET_FILE = /(?:\.key|\.token)$/;

function secretFiles(directory: string): string[] {
  const all = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
  return all.filter((path) => SECRET_FILE.test(path) && lstatSync(path).isFile());
}

/**
 * Opens the seal of a data folder, or seals one that is not: the key is the one that is named, else a file of its own among the user's keys, made
 * with the seal. Throws `seal-locked`, `seal-wrong-key`, `seal-damaged`, each with what to do; then nothing was changed.
 */
export function openSeal(directory: string, sources: SealSources): OpenSeal {
  makePrivateDirectory(directory);
  const header = readHeader(directory);
  if (header === undefined) return sealFolder(directory, sources);
  const key = sealKey(directory, header, sources);
  const seal = opened(directory, unwrap(directory, header, key), { install: header.install, from: key.from, madeKey: undefined });
  if (header.unfinished === true) {
    sealPlainFiles(directory, seal);
    const { unfinished: _, ...finished } = header;
    writeHeader(directory, finished);
  }
  return seal;
}

/** The key for a folder that is sealed: never made, since a new one opens nothing. */
function sealKey(directory: string, header: Header, sources: SealSources): SealKey {
  const path = defaultKeyFile(sources, header.install);
  return readSealKey(namedKey(sources) ?? { kind: 'key-file', path, from: path }, directory);
}

function sealFolder(directory: string, sources: SealSources): OpenSeal {
  const install = newInstall();
  const named = namedKey(sources);
  const path = named?.path ?? defaultKeyFile(sources, install);
  const source = named ?? { kind: 'key-file' as const, path, from: path };
  if (named === undefined) makeKeyFile(path);
  const key = readSealKey(source, directory);
  const dataKey = newDataKey();
  const header = wrap(install, key, [dataKey]);
  // The header first: a file that is sealed before its key is kept would be lost.
  writeHeader(directory, { ...header, unfinished: true });
  const seal = opened(directory, [dataKey], { install, from: key.from, madeKey: named === undefined ? path : undefined });
  sealPlainFiles(directory, seal);
  writeHeader(directory, header);
  return seal;
}

function opened(directory: string, keys: readonly [DataKey, ...DataKey[]], rest: Omit<OpenSeal, 'files' | 'cipher'>): OpenSeal {
  const cipher = cipherOf(keys);
  return { ...rest, cipher, files: sealedFiles(directory, cipher) };
}

/** Seals the files of a folder from before it had a seal, or from before its key was changed. */
function sealPlainFiles(directory: string, { cipher, files }: Pick<OpenSeal, 'cipher' | 'files'>): void {
  for (const path of secretFiles(directory)) {
    const text = plainFiles.read(path) ?? '';
    if (!isSealed(text)) files.write(path, text);
    else if (!cipher.current(text)) files.write(path, files.read(path) ?? '');
  }
  // it held the admin token in clear
  rmSync(join(directory, 'kubeconfig'), { force: true });
}

/**
 * Changes key and data key: what was sealed is sealed anew, so the old key opens nothing of it any more. `rows` seals what the store holds with the cipher
 * it is given. Cut short at any point, the folder opens with one of the two keys and the call can be repeated.
 */
export function rekeySeal(directory: string, { from, to, rows }: Rekey): void {
  const header = readHeader(directory);
  const old = header === undefined ? [] : unwrap(directory, header, sealKey(directory, header, from));
  const install = header?.install ?? newInstall();
  const next = readSealKey(to, directory);
  const fresh = newDataKey();
  writeHeader(directory, { ...wrap(install, next, [fresh, ...old]), unfinished: true });
  const cipher = cipherOf([fresh, ...old]);
  const files = sealedFiles(directory, cipher);
  sealPlainFiles(directory, { cipher, files });
  rows(cipher);
  writeHeader(directory, wrap(install, next, [fresh]));
}

export interface Rekey {
  readonly from: SealSources;
  readonly to: Parameters<typeof readSealKey>[0];
  readonly rows: (cipher: Cipher) => void;
}
