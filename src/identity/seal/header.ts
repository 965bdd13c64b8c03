import { hkdfSync, randomBytes, randomUUID, scryptSync } from 'node:crypto';
import { join } from 'node:path';
import { identityError } from '../errors.ts';
import { plainFiles } from '../private-file.ts';
import { type DataKey, decrypt, encrypt } from './cipher.ts';

/** What opens a seal: the bytes of a key file, or a passphrase. `from` is told to the user. */
export interface SealKey {
  readonly kind: 'key-file' | 'passphrase';
  readonly secret: string;
  readonly from: string;
}

type Derivation =
  | { readonly name: 'hkdf-sha256'; readonly salt: string }
  | { readonly name: 'scrypt'; readonly salt: string; readonly n: number; readonly r: number; readonly p: number };

/** `seal.json` in the data folder: how the key is made, and the data keys wrapped with it. No secret without the key. */
export interface Header {
  readonly version: 1;
  /** Names this data folder; the default key file is named after it. */
  readonly install: string;
  readonly derivation: Derivation;
  /** Which key file it is: tells the wrong one from a damaged header. Empty for a passphrase: it would help who guesses. */
  readonly keyCheck: string;
  readonly keys: readonly { readonly id: string; readonly wrapped: string }[];
  /** Files from before the seal, or of another key, may still be there: whoever opens next seals them. */
  readonly unfinished?: true;
}

/** 128 MiB and about 0.4 s: OWASP's figures for scrypt, where a person's passphrase is guessed offline. */
const SCRYPT = { n: 2 ** 17, r: 8, p: 1 } as const;

export const headerFile = (directory: string): string => join(directory, 'seal.json');

/** The header of a data folder, undefined when it is not sealed. Throws `seal-damaged`. */
export function readHeader(directory: string): Header | undefined {
  const file = headerFile(directory);
  const text = plainFiles.read(file);
  if (text === undefined) return undefined;
  try {
    const header = JSON.parse(text) as Header;
    const whole = header.version === 1 && typeof header.install === 'string' && Array.isArray(header.keys) && header.keys.length > 0;
    if (whole && (header.derivation.name === 'scrypt' || header.derivation.name === 'hkdf-sha256')) return header;
  } catch {
    // told below
  }
  throw identityError('seal-damaged', `${file} is damaged, or of a newer weft: restore it from a backup; without it nothing in ${directory} can be opened`);
}

export function writeHeader(directory: string, header: Header): void {
  plainFiles.write(headerFile(directory), `${JSON.stringify(header, undefined, 2)}\n`);
}

/** A header that wraps these data keys with this key. */
export function wrap(install: string, key: SealKey, keys: readonly DataKey[]): Header {
  const salt = randomBytes(16).toString('base64url');
  const derivation: Derivation = key.kind === 'passphrase' ? { name: 'scrypt', salt, ...SCRYPT } : { name: 'hkdf-sha256', salt };
  const { wrapping, check } = derive(key, derivation);
  const wrapped = keys.map(({ id, secret }) => ({ id, wrapped: encrypt(wrapping, secret, `${install} ${id}`).toString('base64url') }));
  return { version: 1, install, derivation, keyCheck: check, keys: wrapped };
}

/** The data keys. Throws `seal-wrong-key` with what kind of key is wanted and what was given. */
export function unwrap(directory: string, header: Header, key: SealKey): readonly [DataKey, ...DataKey[]] {
  const wanted = header.derivation.name === 'scrypt' ? 'passphrase' : 'key-file';
  if (key.kind !== wanted) throw wrongKey(directory, key, `it was sealed with a ${wanted === 'passphrase' ? 'passphrase' : 'key file'}: ${FLAG[wanted]}`);
  const { wrapping, check } = derive(key, header.derivation);
  if (check !== header.keyCheck) throw wrongKey(directory, key, `it was sealed with the key ${header.keyCheck}, and this is ${check}`);
  const [first, ...rest] = header.keys.map(({ id, wrapped }): DataKey => {
    const secret = decrypt(wrapping, Buffer.from(wrapped, 'base64url'), `${header.install} ${id}`);
    if (secret === undefined) throw wrongKey(directory, key, key.kind === 'passphrase' ? 'another passphrase was set' : 'seal.json was altered');
    return { id, secret };
  });
  if (first === undefined) throw wrongKey(directory, key, 'seal.json has no data key');
  return [first, ...rest];
}

const FLAG = { passphrase: 'give --seal-passphrase-file FILE', 'key-file': 'give --seal-key-file FILE' } as const;

function wrongKey(directory: string, key: SealKey, why: string): ReturnType<typeof identityError> {
  return identityError('seal-wrong-key', `${key.from} does not open the seal of ${directory}: ${why}. Nothing was changed`, { details: { directory } });
}

function derive({ secret }: SealKey, derivation: Derivation): { readonly wrapping: Buffer; readonly check: string } {
  const salt = Buffer.from(derivation.salt, 'base64url');
  if (derivation.name === 'hkdf-sha256') {
    const part = (info: string, bytes: number): Buffer => Buffer.from(hkdfSync('sha256', secret, salt, info, bytes));
    return { wrapping: part('weft seal wrap', 32), check: Buffer.from(hkdfSync('sha256', secret, '', 'weft seal key file', 4)).toString('hex') };
  }
  const { n, r, p } = derivation;
  return { wrapping: scryptSync(secret, salt, 32, { N: n, r, p, maxmem: 256 * 1024 * 1024 }), check: '' };
}

export const newInstall = (): string => randomUUID();
