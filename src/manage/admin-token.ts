import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { manageError } from './errors.ts';

const LENGTH_BYTES = 32;
const FORM = /^[A-Za-z0-9_-]{32,128}$/;

function create(file: string): string {
  const token = randomBytes(LENGTH_BYTES).toString('base64url');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  return token;
}

/**
 * The administrator's token: read from `file`, which is made (0600) when it is not there. It is never logged; who can read the
 * file may do everything. Throws WeftError `admin-token` when the file cannot be used.
 */
export function adminToken(file: string): string {
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (!FORM.test(token)) throw manageError('admin-token', `${file} does not hold an admin token; remove it and a new one is made at the next start`);
    chmodSync(file, 0o600);
    return token;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return create(file);
  }
}

/** A check that takes the same time wherever the first wrong character is, and does not tell the length. */
export function tokenCheck(token: string): (given: string) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return (given) => timingSafeEqual(digest(given), expected);
}
