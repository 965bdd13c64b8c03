import { createHmac, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';

export interface Statement {
  readonly renewAt: number;
  readonly notAfter: number;
}

const PLAIN_BYTES = 8 + 8 + 8;
const MAC_BYTES = 32;

/**
 * The version of a secret: not a hash of its content but a sealed statement, "given to this identity by this root, to be
 * renewed then, good until then". Proxies hand it back when they reconnect, and a control plane that has kept nothing
 * knows its own seal. Format: base64url of renewAt, notAfter (64-bit ms), 8 bytes of the root's key identifier, HMAC-SHA256.
 */
export interface Seal {
  seal(identity: string, statement: Statement): string;
  /** The statement, if this root made it for this identity; else undefined. Compares in constant time. */
  open(identity: string, version: string): Statement | undefined;
}

/** A seal whose key is derived from the root's by HKDF-SHA256, so it needs no file of its own and no other root can make it. */
export function sealOf(rootKey: KeyObject, rootKeyId: Uint8Array): Seal {
  const key = Buffer.from(hkdfSync('sha256', rootKey.export({ type: 'pkcs8', format: 'der' }), rootKeyId, 'weft secret version', 32));
  const mac = (identity: string, plain: Uint8Array): Buffer => createHmac('sha256', key).update(plain).update(identity, 'utf8').digest();
  const rootId = Buffer.from(rootKeyId.subarray(0, 8));
  return {
    seal(identity, statement) {
      const plain = Buffer.alloc(PLAIN_BYTES);
      plain.writeBigUInt64BE(BigInt(statement.renewAt), 0);
      plain.writeBigUInt64BE(BigInt(statement.notAfter), 8);
      rootId.copy(plain, 16);
      return Buffer.concat([plain, mac(identity, plain)]).toString('base64url');
    },
    open(identity, version) {
      if (version.length !== Math.ceil(((PLAIN_BYTES + MAC_BYTES) * 4) / 3)) return undefined;
      const bytes = Buffer.from(version, 'base64url');
      if (bytes.length !== PLAIN_BYTES + MAC_BYTES) return undefined;
      const plain = bytes.subarray(0, PLAIN_BYTES);
      if (!timingSafeEqual(bytes.subarray(PLAIN_BYTES), mac(identity, plain))) return undefined;
      return { renewAt: Number(plain.readBigUInt64BE(0)), notAfter: Number(plain.readBigUInt64BE(8)) };
    },
  };
}
