// Tokens that must never be accepted: what is known of attacks on JWT (RFC 8725, CVE-2015-9235, CVE-2018-0114, CVE-2022-21449, Wycheproof's groups).
import { createHmac } from 'node:crypto';
import { AUDIENCE, claims as claimsOf, ISSUER, inSeconds, type Json, type Key, makeKey, signed, token as tokenOf } from './tokens.ts';

const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url');
const json = JSON.stringify;

function unsigned(header: object, payload: object, signature = ''): string {
  return `${base64url(json(header))}.${base64url(json(payload))}.${signature}`;
}

function hmac(secret: string | Buffer, header: object, payload: object): string {
  const text = `${base64url(json(header))}.${base64url(json(payload))}`;
  return `${text}.${base64url(createHmac('sha256', secret).update(text).digest())}`;
}

type Claims = (more?: Json) => Json;

/** What makes a right token wrong: the first characters of its parts changed, cut, padded, repeated. */
function bent(right: string, claims: Claims): readonly (readonly [string, string])[] {
  const [header = '', payload = '', signature = ''] = right.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const flipped = Buffer.from(bytes);
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  return [
    ['no signature', `${header}.${payload}.`],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${right}.x`],
    ['five parts', `${right}.x.y`],
    ['padded payload', `${header}.${payload}=.${signature}`],
    ['standard base64', `${header}.${payload}.${bytes.toString('base64')}==`],
    ['one bit', `${header}.${payload}.${flipped.toString('base64url')}`],
    ['cut signature', `${header}.${payload}.${bytes.subarray(0, -1).toString('base64url')}`],
    ['space inside', `${header}. ${payload}.${signature}`],
    ['other claims', `${header}.${base64url(json(claims({ sub: 'root' })))}.${signature}`],
    ['nothing', '.'.repeat(2)],
  ];
}

/**
 * A right token spelled in another way, which Envoy takes for it: padded as base64 is, with something behind it, with an ECDSA signature
 * that is longer than it should be. Nobody gets in by that who does not hold the right one.
 */
export function respelledTokens(es: Key, about: Json = {}): readonly string[] {
  const right = tokenOf(es, about);
  const [header, payload, signature = ''] = right.split('.');
  const longer = Buffer.concat([Buffer.from(signature, 'base64url'), Buffer.from([0])]).toString('base64url');
  return [`${right}==`, `${right} x`, `${header}.${payload}.${longer}`];
}

/** By name. `es` and `rs` are keys that the issuer publishes; `about` are claims of all of them: whose they are, and for whom. */
export function forgedTokens(es: Key, rs: Key, about: Json = {}): readonly (readonly [name: string, token: string])[] {
  const claims: Claims = (more = {}) => claimsOf({ ...about, ...more });
  const token = (key: Key, more: Json = {}, header: Json = {}): string => tokenOf(key, { ...about, ...more }, header);
  const { iss = ISSUER, aud = AUDIENCE } = about;
  const stranger = makeKey('stranger');
  const right = token(es);
  const pem = rs.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const nones = ['none', 'None', 'NONE', 'nOnE', ''].map((alg) => [`alg ${alg}`, unsigned({ alg, typ: 'JWT' }, claims())] as const);
  const zero = Buffer.alloc(64).toString('base64url');
  const secrets = [pem, pem.trim(), rs.publicKey.export({ type: 'spki', format: 'der' }), json(rs.jwk), '', 'secret'];
  const header = { alg: 'ES256', kid: es.kid };
  const claim = (name: string, more: object) => [name, token(es, more as Record<string, unknown>)] as const;
  return [
    ...nones,
    ['none with the right signature', `${base64url(json({ alg: 'none' }))}.${right.split('.').slice(1).join('.')}`],
    ...secrets.map((secret, at) => [`RS to HS ${at}`, hmac(secret, { alg: 'HS256', kid: rs.kid }, claims())] as const),
    ['RS key, ES header', token(rs, {}, { alg: 'ES256' })],
    ['ES key, RS header', token(es, {}, { alg: 'RS256', kid: rs.kid })],
    ['unknown algorithm', token(es, {}, { alg: 'ES256K' })],
    ['stranger', token(stranger)],
    ['stranger, known kid', token(stranger, {}, { kid: es.kid })],
    ['jwk in the header', token(stranger, {}, { jwk: stranger.jwk })],
    ['jku', token(stranger, {}, { jku: 'http://127.0.0.1:1/jwks.json' })],
    ['x5u', token(stranger, {}, { x5u: 'http://127.0.0.1:1/cert.pem' })],
    ['x5c', token(stranger, {}, { x5c: ['MIIB'] })],
    ...['../../../../dev/null', '/dev/null', "x' UNION SELECT 'k", '| sleep 9', '\u0000'].map((kid) => [`kid ${kid}`, token(stranger, {}, { kid })] as const),
    ['HS with an empty key of kid', hmac('', { alg: 'HS256', kid: '../../../../dev/null' }, claims())],
    ['psychic', unsigned(header, claims(), zero)],
    ['psychic, DER', unsigned(header, claims(), base64url(Buffer.from([0x30, 6, 2, 1, 0, 2, 1, 0])))],
    [
      'psychic, order of the curve',
      unsigned(header, claims(), base64url(Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'.repeat(2), 'hex'))),
    ],
    ...bent(right, claims),
    claim('expired', { exp: inSeconds(-3600) }),
    claim('not yet', { nbf: inSeconds(3600) }),
    claim('no end', { exp: undefined }),
    claim('end as text', { exp: String(inSeconds(600)) }),
    claim('end before time', { exp: -1 }),
    claim('another audience', { aud: 'bank' }),
    claim('no audience', { aud: undefined }),
    claim('audience as object', { aud: { [String(aud)]: true } }),
    claim('another issuer', { iss: 'https://evil.example.com' }),
    claim('no issuer', { iss: undefined }),
    claim('issuer in a list', { iss: [iss] }),
    claim('issuer with a slash', { iss: `${String(iss)}/` }),
    ['deep payload', signed(es, json({ alg: 'ES256', kid: es.kid }), `{"x":${'['.repeat(5000)}${']'.repeat(5000)}}`)],
    ['deep header', signed(es, `{"alg":"ES256","kid":"${es.kid}","x":${'{"a":'.repeat(1500)}1${'}'.repeat(1500)}}`, json(claims()))],
    ['payload that is no object', signed(es, json(header), '"x"')],
    ['payload that is no JSON', signed(es, json(header), '{')],
    ['header that is no JSON', signed(es, '{', json(claims()))],
    ['header that is a list', signed(es, '[]', json(claims()))],
    ['duplicate alg', signed(es, '{"alg":"ES256","alg":"none"}', json(claims()))],
    ['encrypted (five parts)', `${base64url(json({ alg: 'dir', enc: 'A256GCM' }))}..AAAA.AAAA.AAAA`],
  ];
}
