import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { manageError } from './errors.ts';

const LENGTH_BYTES = 32;
const FORM = /^[A-Za-z0-9_-]{32,128}$/;

/** How the file is read and written when its folder is sealed; identity's `PrivateFiles`. */
export interface TokenFiles {
  read(path: string): string | undefined;
  write(path: string, text: string): void;
}

const asItIs: TokenFiles = {
  read: (file) => {
    if (!existsSync(file)) return undefined;
    const text = readFileSync(file, 'utf8');
    chmodSync(file, 0o600);
    return text;
  },
  write: (file, text) => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  },
};

/**
 * The administrator's token: read from `file`, which is made (0600) when it is not there. It is never logged; who can read the
 * file may do everything. Throws WeftError `admin-token` when the file cannot be used.
 */
export function adminToken(file: string, files: TokenFiles = asItIs): string {
  const token = files.read(file)?.trim();
  if (token === undefined) {
    const made = randomBytes(LENGTH_BYTES).toString('base64url');
    files.write(file, `${made}\n`);
    return made;
  }
  if (FORM.test(token)) return token;
  throw manageError('admin-token', `${file} does not hold an admin token; remove it and a new one is made at the next start`);
}

/** A check that takes the same time wherever the first wrong character is, and does not tell the length. */
export function tokenCheck(token: string): (given: string) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return (given) => timingSafeEqual(digest(given), expected);
}
