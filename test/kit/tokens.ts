// Tokens for tests: keys of an issuer, tokens that are right, and tokens that somebody made up.
import { generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto';

export type Json = Readonly<Record<string, unknown>>;

export interface Key {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: Json;
}

export function makeKey(kid: string, alg: Key['alg'] = 'ES256'): Key {
  const { privateKey, publicKey } = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid, alg, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

export const jwksOf = (...keys: readonly Key[]): string => JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });

const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url');

/** Header and payload as they are to stand there, text and all, with a signature of the key over exactly that. */
export function signed(key: Key, header: string, payload: string): string {
  const text = `${base64url(header)}.${base64url(payload)}`;
  const signature = signBytes('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${text}.${base64url(signature)}`;
}

export const ISSUER = 'https://idp.example.com';
export const AUDIENCE = 'shop';
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

export function claims(more: Json = {}): Json {
  return { iss: ISSUER, aud: AUDIENCE, sub: 'alice', exp: inSeconds(600), ...more };
}

/** A token as an issuer makes it. */
export function token(key: Key, more: Json = {}, header: Json = {}): string {
  return signed(key, JSON.stringify({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header }), JSON.stringify(claims(more)));
}
