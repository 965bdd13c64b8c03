import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { SEALED_TEXT } from '../../store/index.ts';
import { identityError } from '../errors.ts';

const SEALED = `${SEALED_TEXT}1:`;

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** One data key: 32 random bytes, and the name under which sealed text refers to it. */
export interface DataKey {
  readonly id: string;
  readonly secret: Uint8Array;
}

/**
 * Seals text for one place: what was sealed for a file or a row does not open as another's. Seals with the first of its keys, opens with any.
 * Fits the store's `Sealer`.
 */
export interface Cipher {
  /** The name of the key that seals now. */
  readonly keyId: string;
  seal(text: string, place: string): string;
  /** Throws `seal-damaged` when the text is not sealed, was sealed for another place or with a key that is not known, or was altered. */
  open(sealed: string, place: string): string;
  /** Whether the text is sealed with the key that seals now. */
  current(text: string): boolean;
}

export function isSealed(text: string): boolean {
  return text.startsWith(SEALED_TEXT);
}

/** AES-256-GCM (NIST SP 800-38D) with a key of its own for every text, by HKDF-SHA256 from a random salt: no nonce is used twice however much is sealed. */
export function encrypt(secret: Uint8Array, plain: Uint8Array, about: string): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', derive(secret, salt), nonce).setAAD(Buffer.from(about, 'utf8'));
  return Buffer.concat([salt, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The reverse; undefined when key, place or bytes are not those of `encrypt`. */
export function decrypt(secret: Uint8Array, bytes: Buffer, about: string): Buffer | undefined {
  const head = SALT_BYTES + NONCE_BYTES;
  if (bytes.length < head + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', derive(secret, bytes.subarray(0, SALT_BYTES)), bytes.subarray(SALT_BYTES, head), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(about, 'utf8')).setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(head, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function derive(secret: Uint8Array, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, 'weft seal text', KEY_BYTES));
}

export function newDataKey(): DataKey {
  const secret = randomBytes(KEY_BYTES);
  return { secret, id: createHash('sha256').update('weft data key').update(secret).digest('hex').slice(0, 8) };
}

/** `keys`: the one that seals now, then older ones. */
export function cipherOf(keys: readonly [DataKey, ...DataKey[]]): Cipher {
  const [now] = keys;
  const known = new Map(keys.map((key) => [key.id, key.secret]));
  return {
    keyId: now.id,
    current: (text) => text.startsWith(`${SEALED}${now.id}:`),
    seal: (text, place) => `${SEALED}${now.id}:${encrypt(now.secret, Buffer.from(text, 'utf8'), place).toString('base64url')}`,
    open: (sealed, place) => {
      const [id = '', body = ''] = sealed.slice(SEALED.length).split(':', 2);
      const secret = isSealed(sealed) ? known.get(id) : undefined;
      const plain = secret === undefined ? undefined : decrypt(secret, Buffer.from(body, 'base64url'), place);
      if (plain !== undefined) return plain.toString('utf8');
      const why = !isSealed(sealed)
        ? 'is not sealed, although this data folder is'
        : secret === undefined
          ? `is sealed with the data key ${id}, which seal.json does not have`
          : 'was altered, or belongs to another place';
      throw identityError('seal-damaged', `${place} ${why}: restore it together with seal.json from one backup`, { details: { place } });
    },
  };
}
