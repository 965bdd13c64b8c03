import { sameBytes } from './bytes.ts';
import { inside, integerOf, type Node, oidOf, readAll } from './der.ts';

/** A public key as far as two of them can be compared. */
export type PublicKey =
  | { readonly kind: 'rsa'; readonly modulus: Uint8Array; readonly bits: number }
  | { readonly kind: 'ec'; readonly curve: string; readonly point: Uint8Array }
  | { readonly kind: 'other'; readonly algorithm: string };

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const CURVES: Readonly<Record<string, string>> = { '1.2.840.10045.3.1.7': 'P-256', '1.3.132.0.34': 'P-384', '1.3.132.0.35': 'P-521' };
const ALGORITHMS: Readonly<Record<string, string>> = { '1.3.101.112': 'Ed25519', '1.3.101.113': 'Ed448', '1.2.840.113549.1.1.10': 'RSA-PSS' };

function rsa(modulus: Uint8Array | undefined): PublicKey | undefined {
  if (modulus === undefined || modulus.length === 0) return undefined;
  return { kind: 'rsa', modulus, bits: modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24 };
}

const curveName = (oid: string): string => CURVES[oid] ?? oid;

/** BIT STRING without its count of unused bits. */
const bits = (node: Node | undefined): Uint8Array | undefined => (node?.tag === 0x03 ? node.contents.subarray(1) : undefined);

/** SubjectPublicKeyInfo (RFC 5280 §4.1). */
export function readPublicKey(spki: Node | undefined): PublicKey | undefined {
  const [algorithm, key] = inside(spki, 0x30) ?? [];
  const [name, parameters] = inside(algorithm, 0x30) ?? [];
  const value = bits(key);
  if (value === undefined) return undefined;
  const oid = oidOf(name);
  if (oid === RSA) return rsa(integerOf(inside(readAll(value)?.[0], 0x30)?.[0]));
  if (oid === EC) return { kind: 'ec', curve: curveName(oidOf(parameters)), point: value };
  return { kind: 'other', algorithm: ALGORITHMS[oid] ?? oid };
}

/** RSAPrivateKey (RFC 8017): version, modulus, … */
function readRsaPrivate(bytes: Uint8Array): PublicKey | undefined {
  return rsa(integerOf(inside(readAll(bytes)?.[0], 0x30)?.[1]));
}

/** ECPrivateKey (RFC 5915); the public half is optional there, and every tool writes it. */
function readEcPrivate(bytes: Uint8Array, outer: string): PublicKey | undefined {
  const parts = inside(readAll(bytes)?.[0], 0x30) ?? [];
  const curve = oidOf(inside(parts.find((part) => part.tag === 0xa0))?.[0]);
  const point = bits(inside(parts.find((part) => part.tag === 0xa1))?.[0]);
  if (parts[1]?.tag !== 0x04) return undefined;
  return { kind: 'ec', curve: curveName(curve === '' ? outer : curve), point: point ?? new Uint8Array() };
}

/** PrivateKeyInfo (RFC 5958). */
function readPkcs8(bytes: Uint8Array): PublicKey | undefined {
  const [, algorithm, key] = inside(readAll(bytes)?.[0], 0x30) ?? [];
  const [name, parameters] = inside(algorithm, 0x30) ?? [];
  if (key?.tag !== 0x04) return undefined;
  const oid = oidOf(name);
  if (oid === RSA) return readRsaPrivate(key.contents);
  if (oid === EC) return readEcPrivate(key.contents, oidOf(parameters));
  return { kind: 'other', algorithm: ALGORITHMS[oid] ?? oid };
}

/** The public half of a private key by the label of its PEM block; undefined when it is none. */
export function publicHalf(label: string, bytes: Uint8Array): PublicKey | undefined {
  if (label === 'PRIVATE KEY') return readPkcs8(bytes);
  if (label === 'RSA PRIVATE KEY') return readRsaPrivate(bytes);
  return label === 'EC PRIVATE KEY' ? readEcPrivate(bytes, '') : undefined;
}

/** Whether both are the same key. An EC key that does not carry its public half fits every certificate of its curve. */
export function sameKey(a: PublicKey, b: PublicKey): boolean {
  if (a.kind === 'rsa' && b.kind === 'rsa') return sameBytes(a.modulus, b.modulus);
  if (a.kind !== 'ec' || b.kind !== 'ec' || a.curve !== b.curve) return false;
  return a.point.length === 0 || b.point.length === 0 || sameBytes(a.point, b.point);
}
