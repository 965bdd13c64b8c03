import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { identityError } from './errors.ts';
import { type PrivateFiles, plainFiles } from './private-file.ts';
import { generateKey, keyPem } from './sign.ts';

export interface TokenKey {
  readonly secret: KeyObject;
  readonly open: KeyObject;
}

/** The ES256 key that signs tokens, from its file, made when there is none. Throws `key-exposed` and `key-unusable` with the remedy. */
export function openTokenKey(path: string, files: PrivateFiles = plainFiles): TokenKey {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let text = files.read(path);
  if (text === undefined) {
    files.create(path, keyPem(generateKey()));
    text = files.read(path) ?? '';
  }
  try {
    const secret = createPrivateKey(text);
    if (secret.asymmetricKeyDetails?.namedCurve === 'prime256v1') return { secret, open: createPublicKey(secret) };
  } catch (error) {
    throw identityError('key-unusable', `${path} is damaged: remove it to make a new one (machines that run now then join again)`, { cause: error });
  }
  throw identityError('key-unusable', `${path} is not a P-256 key: remove it to make a new one (machines that run now then join again)`);
}
