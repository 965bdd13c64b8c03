import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fchmodSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { makeFolder, syncFolder } from '../store/index.ts';
import { identityError } from './errors.ts';
import type { Cipher } from './seal/cipher.ts';

/** Files with secrets, as they are used: what a sealed data folder has on disk is another text. */
export interface PrivateFiles {
  /** The text; undefined when there is no such file. Throws `key-exposed` and `seal-damaged`. */
  read(path: string): string | undefined;
  /** As a whole or not at all, on disk before it returns. Replaces one that is there. */
  write(path: string, text: string): void;
  /** Like `write`, but answers false and changes nothing when the file is already there: of two makers one wins. */
  create(path: string, text: string): boolean;
}

/** Files as they are: 0600, no seal. */
export const plainFiles: PrivateFiles = { read: readPrivateFile, write: writePrivateFile, create: createPrivateFile };

/** Files below `directory` that are sealed on disk, each for its place. One that is not sealed is refused: somebody put it there. */
export function sealedFiles(directory: string, cipher: Cipher): PrivateFiles {
  const place = (path: string): string => relative(directory, path);
  const text = (path: string, plain: string): string => `${cipher.seal(plain, place(path))}\n`;
  return {
    read: (path) => {
      const found = readPrivateFile(path);
      return found === undefined ? undefined : cipher.open(found.trimEnd(), place(path));
    },
    write: (path, plain) => writePrivateFile(path, text(path, plain)),
    create: (path, plain) => createPrivateFile(path, text(path, plain)),
  };
}

/** Makes a directory that only its owner can enter, whatever the umask, and that a power cut leaves. One that is there is tightened if it is open to others. */
export function makePrivateDirectory(path: string): void {
  makeFolder(path);
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
}

/**
 * Reads a file with a private key; undefined when there is none. Throws `key-exposed` when anybody but its owner may read or
 * write it: such a key may already be known, so it is not used quietly.
 */
export function readPrivateFile(path: string): string | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) return undefined;
  if ((mode & 0o077) !== 0) {
    throw identityError(
      'key-exposed',
      `the private key ${path} is open to other users (mode ${(mode & 0o777).toString(8).padStart(4, '0')}). ` +
        `If nobody else can have read it: chmod 600 '${path}'. Otherwise remove ${dirname(path)} to make new keys; every machine then joins again`,
      { details: { path, mode: mode & 0o777 } },
    );
  }
  return readFileSync(path, 'utf8');
}

/** Writes a file as a whole or not at all, on disk before it returns, readable by its owner only. Replaces one that is there. */
export function writePrivateFile(path: string, text: string): void {
  renameSync(writeBeside(path, text), path);
  syncFolder(dirname(path));
}

/** Like `writePrivateFile`, but answers false and changes nothing when the file is already there: of two makers one wins. */
export function createPrivateFile(path: string, text: string): boolean {
  const beside = writeBeside(path, text);
  try {
    linkSync(beside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(beside, { force: true });
  }
  syncFolder(dirname(path));
  return true;
}

function writeBeside(path: string, text: string): string {
  const beside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = openSync(beside, 'wx', 0o600);
  try {
    fchmodSync(file, 0o600);
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return beside;
}
