// Signatures and headers that are nearly right: Wycheproof's groups for ECDSA and RSA, RFC 7515 §4.1.11 (crit), RFC 7797 (b64), RFC 7516 §4.1.3 (zip), RFC 7519 §5.2 (nested).
import { constants, createHmac, type KeyObject, sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { claims as claimsOf, type Json, type Key, makeKey, signed, token as tokenOf } from './tokens.ts';

type Named = readonly [name: string, token: string];

const json = JSON.stringify;
const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url');
/** The order of P-256's group, and half of it. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const number = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);
const field = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const pair = (r: bigint, s: bigint): Buffer => Buffer.concat([field(r), field(s)]);

function der(r: Buffer, s: Buffer): Buffer {
  const integer = (value: Buffer): Buffer => {
    const body = (value[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), value]) : value;
    return Buffer.concat([Buffer.from([2, body.length]), body]);
  };
  const body = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** A right token with another signature. */
function withSignature(right: string, of: (signature: Buffer) => Buffer): string {
  const [header = '', payload = '', signature = ''] = right.split('.');
  return `${header}.${payload}.${base64url(of(Buffer.from(signature, 'base64url')))}`;
}

function ecdsa(right: string): readonly Named[] {
  const [r, s] = [(bytes: Buffer) => bytes.subarray(0, 32), (bytes: Buffer) => bytes.subarray(32)];
  const forms: readonly (readonly [string, (signature: Buffer) => Buffer])[] = [
    ['r = 0', (each) => pair(0n, number(s(each)))],
    ['s = 0', (each) => pair(number(r(each)), 0n)],
    ['r = 1, s = 1', () => pair(1n, 1n)],
    ['r = order', (each) => pair(ORDER, number(s(each)))],
    ['s = order', (each) => pair(number(r(each)), ORDER)],
    ['r and s the other way round', (each) => Buffer.concat([s(each), r(each)])],
    ['r and s of all ones', () => Buffer.alloc(64, 255)],
    ['DER', (each) => der(r(each), s(each))],
    ['DER and something', (each) => Buffer.concat([der(r(each), s(each)), Buffer.from([5, 0])])],
    ['half', (each) => r(each)],
    ['with a byte before', (each) => Buffer.concat([Buffer.from([0]), each])],
    ['backwards', (each) => Buffer.from(each).reverse()],
  ];
  return forms.map(([name, form]) => [`ECDSA: ${name}`, withSignature(right, form)]);
}

function rsa(right: string, key: KeyObject): readonly Named[] {
  const text = Buffer.from(right.split('.').slice(0, 2).join('.'));
  const forms: readonly (readonly [string, (signature: Buffer) => Buffer])[] = [
    ['zeros', ({ length }) => Buffer.alloc(length)],
    ['ones', ({ length }) => Buffer.alloc(length, 255)],
    ['one', ({ length }) => Buffer.concat([Buffer.alloc(length - 1), Buffer.from([1])])],
    ['a byte more', (each) => Buffer.concat([each, Buffer.from([0])])],
    ['a byte less', (each) => each.subarray(1)],
    ['PSS', () => sign('sha256', text, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })],
    ['of another digest', () => sign('sha512', text, key)],
    ['of SHA-1', () => sign('sha1', text, key)],
  ];
  return forms.map(([name, form]) => [`RSA: ${name}`, withSignature(right, form)]);
}

function headers(es: Key, about: Json, typ: string): readonly Named[] {
  const token = (header: Json, key = es): string => tokenOf(key, about, { typ, ...header });
  const stranger = makeKey('stranger');
  const payload = json(claimsOf(about));
  const algorithms: readonly unknown[] = ['es256', 'ES256 ', 'EdDSA', 'ES384', 'PS256', 256, null, ['ES256'], { a: 1 }];
  const secret = json({ alg: 'HS256', jwk: { kty: 'oct', k: base64url('k') } });
  const hmac = `${base64url(secret)}.${base64url(payload)}`;
  const zipped = deflateRawSync(payload);
  const zippedText = `${base64url(json({ alg: 'ES256', kid: es.kid, zip: 'DEF' }))}.${base64url(zipped)}`;
  return [
    ...algorithms.map((alg): Named => [`alg ${json(alg)}`, token({ alg })]),
    ...[1, null, ['one'], { one: 1 }, 'x'.repeat(50_000)].map((kid): Named => [`kid ${json(kid).slice(0, 20)} of a stranger`, token({ kid }, stranger)]),
    ['no kid, of a stranger', signed(stranger, json({ alg: 'ES256' }), payload)],
    ['x5t of a stranger', token({ kid: undefined, x5t: 'AAAA', 'x5t#S256': 'AAAA' }, stranger)],
    ['a secret in jwk', `${hmac}.${createHmac('sha256', 'k').update(hmac).digest('base64url')}`],
    ['zip', `${zippedText}.${base64url(sign('sha256', Buffer.from(zippedText), { key: es.privateKey, dsaEncoding: 'ieee-p1363' }))}`],
    ['nested', signed(es, json({ alg: 'ES256', kid: es.kid, cty: 'JWT' }), tokenOf(es, about))],
    ['nested in a text', signed(es, json({ alg: 'ES256', kid: es.kid, cty: 'JWT' }), json(tokenOf(es, about)))],
    ['all parts in one', base64url(tokenOf(es, about))],
    ['as JSON', json({ payload: base64url(payload), protected: base64url(json({ alg: 'none' })), signature: '' })],
  ];
}

const CRITICAL: readonly Json[] = [{ crit: ['exp'], exp: 1 }, { crit: ['x'] }, { crit: ['x'], x: 1 }, { crit: ['b64'], b64: false }, { crit: [] }];

/**
 * Signed by the issuer, who says that nobody may take them who does not know what stands in the header (RFC 7515 §4.1.11). Envoy's verifier does not look: a
 * filter behind it does (compile/emit/tokens.ts).
 */
export function criticalTokens(es: Key, about: Json = {}, typ = 'JWT'): readonly Named[] {
  return CRITICAL.map((header) => [`crit ${json(header)}`, tokenOf(es, about, { typ, ...header })]);
}

/** One bit of each byte of the signature, and of some characters of header and claims. */
function flipped(right: string): readonly Named[] {
  const [header = '', payload = '', signature = ''] = right.split('.');
  const { length } = Buffer.from(signature, 'base64url');
  const bits = Array.from({ length }, (_, at): Named => {
    const bent = withSignature(right, (bytes) => Buffer.from(bytes.map((byte, n) => (n === at ? byte ^ (1 << (at % 8)) : byte))));
    return [`a bit of byte ${at}`, bent];
  });
  const swapped = (text: string, at: number): string => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
  const characters = [0, 7, 13, 20].flatMap((at): readonly Named[] => [
    [`character ${at} of the header`, `${swapped(header, at)}.${payload}.${signature}`],
    [`character ${at} of the claims`, `${header}.${swapped(payload, at)}.${signature}`],
  ]);
  return [...bits, ...characters];
}

function audiences(es: Key, about: Json, typ: string): readonly Named[] {
  const { aud } = claimsOf(about);
  const wrong: readonly unknown[] = [['bank'], [], [[aud]], [`${String(aud)}x`], String(aud).toUpperCase(), `${String(aud)} bank`, 1, null, true];
  return wrong.map((each) => [`audience ${json(each)}`, tokenOf(es, { ...about, aud: each }, { typ })]);
}

/** Every one of them has something of a right token, and none is one. `es` and `rs` are keys that the issuer publishes; `typ` is what its tokens say they are. */
export function forgedSignatures(es: Key, rs: Key, about: Json = {}, typ = 'JWT'): readonly Named[] {
  const [right, rightRs] = [tokenOf(es, about, { typ }), tokenOf(rs, about, { typ })];
  return [...ecdsa(right), ...rsa(rightRs, rs.privateKey), ...headers(es, about, typ), ...flipped(right), ...audiences(es, about, typ)];
}
