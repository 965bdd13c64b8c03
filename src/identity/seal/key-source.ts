import { randomBytes } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { identityError } from '../errors.ts';
import { createPrivateFile, makePrivateDirectory, readPrivateFile } from '../private-file.ts';
import type { SealKey } from './header.ts';

/** Where the key may come from, the first that is named: flags, variables, systemd's credentials, the folder of the user's own keys. */
export interface SealSources {
  readonly keyFile?: string | undefined;
  readonly passphraseFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** A key file has at least this many characters: 32 random bytes have 43 in base64. */
const LEAST_KEY = 32;
const LEAST_PASSPHRASE = 12;
const CREDENTIALS = { keyFile: 'weft.seal-key', passphraseFile: 'weft.seal-passphrase' } as const;

type Named = { readonly kind: SealKey['kind']; readonly path: string; readonly from: string; readonly credential?: true };

/** The key's file as it was named, undefined when nobody named one. Throws `seal-locked` when two are named at the same level. */
export function namedKey({ keyFile, passphraseFile, env }: SealSources): Named | undefined {
  const choices: readonly (readonly [string | undefined, SealKey['kind'], string])[][] = [
    [
      [keyFile, 'key-file', '--seal-key-file'],
      [passphraseFile, 'passphrase', '--seal-passphrase-file'],
    ],
    [
      [env['WEFT_SEAL_KEY_FILE'], 'key-file', 'WEFT_SEAL_KEY_FILE'],
      [env['WEFT_SEAL_PASSPHRASE_FILE'], 'passphrase', 'WEFT_SEAL_PASSPHRASE_FILE'],
    ],
  ];
  for (const level of choices) {
    const named = level.flatMap(([path, kind, by]) => (path ? [{ kind, path: resolve(path), from: `${path} (${by})` }] : []));
    if (named.length > 1)
      throw identityError('seal-locked', `a key file and a passphrase file are both named (${named.map(({ from }) => from).join(', ')}): name one`);
    if (named[0] !== undefined) return named[0];
  }
  return credential(env['CREDENTIALS_DIRECTORY']);
}

/** `LoadCredential=weft.seal-key:…` of systemd. Its folder is the service's alone, so what the mode says of an access list is no matter. */
function credential(folder: string | undefined): Named | undefined {
  if (!folder) return undefined;
  for (const [kind, name] of [['key-file', CREDENTIALS.keyFile] as const, ['passphrase', CREDENTIALS.passphraseFile] as const]) {
    const path = join(folder, name);
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return { kind, path, from: `${path} (systemd credential)`, credential: true };
  }
  return undefined;
}

/** Where the key of a data folder is when nobody says otherwise: `$XDG_CONFIG_HOME/weft/keys`, one file per data folder. */
export function defaultKeyFile({ env, home }: SealSources, install: string): string {
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || home, '.config'), 'weft', 'keys', `${install}.key`);
}

/** Reads a key. Throws `seal-locked` when it is missing, too short, or stands in the folder it is to protect; `key-exposed` when others can read it. */
export function readSealKey(named: Named, directory: string): SealKey {
  refuseInside(named.path, directory);
  const text = named.credential === true ? readFileSync(named.path, 'utf8') : readPrivateFile(named.path);
  if (text === undefined) {
    throw identityError(
      'seal-locked',
      `${named.from} is not there, and ${directory} cannot be opened without it: put the file back, or name another` +
        (named.kind === 'key-file' ? `; for a new data folder: weft seal new-key ${named.path}` : ''),
      { details: { path: named.path } },
    );
  }
  const secret = text.trim();
  const least = named.kind === 'key-file' ? LEAST_KEY : LEAST_PASSPHRASE;
  if (secret.length >= least) return { kind: named.kind, secret, from: named.from };
  throw identityError('seal-locked', `${named.from} is too short: a ${named.kind === 'key-file' ? 'key file' : 'passphrase'} has at least ${least} characters`);
}

/** A key that lies beside what it seals protects nothing, and would be in every backup of it. */
function refuseInside(path: string, directory: string): void {
  const folder = statSync(dirname(path), { throwIfNoEntry: false }) === undefined ? dirname(path) : realpathSync(dirname(path));
  const inside = relative(statSync(directory, { throwIfNoEntry: false }) === undefined ? resolve(directory) : realpathSync(directory), folder);
  if (inside === '' || !(inside.startsWith('..') || inside.startsWith('/')))
    throw identityError('seal-locked', `the seal key ${path} stands in the data folder that it seals: keep it elsewhere (--seal-key-file FILE)`);
}

/** Makes a key file (0600, its folder 0700). Throws `seal-locked` when there is one: overwriting a key is losing a data folder. */
export function makeKeyFile(path: string): void {
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) makePrivateDirectory(folder);
  if (!createPrivateFile(path, `${randomBytes(32).toString('base64url')}\n`))
    throw identityError('seal-locked', `${path} is there already: a key file is never overwritten, since what it seals would be lost`);
}
