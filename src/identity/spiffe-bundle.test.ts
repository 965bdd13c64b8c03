// SPIFFE Trust Domain and Bundle §4 and X509-SVID §6, one test per MUST.
import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { forge, forgedRoot } from '../../test/kit/forge.ts';
import { readSpiffeBundle, writeSpiffeBundle } from './spiffe-bundle.ts';

const [first, second] = [forgedRoot('example.mesh'), forgedRoot('example.mesh')];
const written = JSON.parse(writeSpiffeBundle(first.pem + second.pem, 7)) as Record<string, unknown> & { keys: Record<string, unknown>[] };
const der = (pem: string): string => new X509Certificate(pem).raw.toString('base64');
const key = { use: 'x509-svid', kty: 'EC', x5c: [der(first.pem)] };
const anchorsOf = (value: unknown): number | string => {
  const read = readSpiffeBundle(JSON.stringify(value));
  return read.ok ? (read.value.pem.match(/BEGIN CERTIFICATE/g)?.length ?? 0) : read.error;
};

describe('published', () => {
  test('§4.1.1 spiffe_sequence is an integer', () => expect(written['spiffe_sequence']).toBe(7));
  test('§4.1.2 spiffe_refresh_hint is an integer of seconds', () => expect(written['spiffe_refresh_hint']).toBe(300));
  test('§4.1.3 keys is an array, one for each root', () => expect(written.keys).toHaveLength(2));
  test('§4.2.1 kty is set', () => expect(written.keys.map(({ kty }) => kty)).toEqual(['EC', 'EC']));
  test('§4.2.2 use is set, and X509-SVID §6.1 is x509-svid', () => expect(written.keys.map(({ use }) => use)).toEqual(['x509-svid', 'x509-svid']));
  test('X509-SVID §6.1 kid is not set', () => expect(written.keys.every((each) => !('kid' in each))).toBe(true));
  test('X509-SVID §6.1 x5c has exactly one certificate, base64 of DER', () =>
    expect(written.keys.map(({ x5c }) => x5c)).toEqual([[der(first.pem)], [der(second.pem)]]));
  test('RFC 7517 the key is the certificate’s', () => expect(Object.keys(written.keys[0] ?? {}).sort()).toEqual(['crv', 'kty', 'use', 'x', 'x5c', 'y']));
});

describe('consumed', () => {
  test('what is published is read', () => {
    const read = readSpiffeBundle(JSON.stringify(written));
    expect(read).toMatchObject({ ok: true, value: { sequence: 7, refreshHintSeconds: 300 } });
    expect(anchorsOf(written)).toBe(2);
  });
  test('§4.1 parameters that are not defined are not needed, and do not disturb', () => expect(anchorsOf({ keys: [{ ...key, x: 1 }], other: true })).toBe(1));
  test('§4.1.3 keys must be there', () => expect(anchorsOf({ spiffe_sequence: 1 })).toBe('it has no list of keys'));
  test('§4.2.1 a key without a type is passed over', () => expect(anchorsOf({ keys: [{ ...key, kty: undefined }, key] })).toBe(1));
  test('§4.2.2 a key of an unknown use is passed over, also in other letters', () =>
    expect(anchorsOf({ keys: [{ ...key, use: 'jwt-svid' }, { ...key, use: 'X509-SVID' }, { ...key, use: undefined }, key] })).toBe(1));
  test('X509-SVID §6.2 without x5c it is passed over', () => expect(anchorsOf({ keys: [{ ...key, x5c: undefined }, { ...key, x5c: [] }, key] })).toBe(1));
  test('X509-SVID §6.2 all but the first of x5c are passed over', () =>
    expect(anchorsOf({ keys: [{ ...key, x5c: [der(first.pem), der(second.pem)] }] })).toBe(1));
  test('an anchor that is no authority is refused', () => {
    const leaf = forge({ uris: ['spiffe://example.mesh/ns/shop/sa/web'] }, first).cert;
    expect(anchorsOf({ keys: [{ ...key, x5c: [der(leaf)] }] })).toMatch(/no authority/);
  });
  test('text that is none is refused in words', () => {
    for (const text of ['', 'null', '[]', '{"keys":{}}', '{"keys":[null]}', '{"keys":[]}', 'x'.repeat(100)])
      expect(readSpiffeBundle(text).ok, text).toBe(false);
  });
});
