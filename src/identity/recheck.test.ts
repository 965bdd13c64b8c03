import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { KEY_USAGE, OID } from './oids.ts';
import { recheck } from './recheck.ts';
import { serialMark } from './serial.ts';
import { generateKey, keyIdOf, nameOf, type Signer, signCertificate, spkiOf } from './sign.ts';
import { rootTemplate, svidTemplate, type Template } from './template.ts';

const now = Date.UTC(2026, 10, 21, 12);
const validity = { notBefore: now - 60_000, notAfter: now + 3_600_000 };
const rootKey = generateKey();
const rootSpki = spkiOf(rootKey);
const root = rootTemplate('example.mesh', { notBefore: now - 60_000, notAfter: now + 7_200_000 });
const signer: Signer = { key: rootKey, name: nameOf(root.commonName), keyId: keyIdOf(rootSpki) };
const certificate = new X509Certificate(signCertificate(root, rootSpki, signer));
const issuer = { certificate, keyId: signer.keyId };
const spki = spkiOf(generateKey());
const template = { ...svidTemplate('spiffe://example.mesh/ns/shop/sa/web', 'example.mesh', validity), serialMark: serialMark('shop/web-1') };

const faults = (said: Partial<Template>, by: Signer = signer, of = spki): readonly string[] =>
  recheck(signCertificate({ ...template, ...said }, of, by), { template, spki, issuer });

describe('recheck', () => {
  test('lets out what is as it should be', () => {
    expect(faults({})).toEqual([]);
    expect(recheck(certificate.raw, { template: root, spki: rootSpki, issuer: undefined })).toEqual([]);
  });

  const wrong: readonly (readonly [string, Partial<Template>])[] = [
    ['another identity', { uris: ['spiffe://example.mesh/ns/shop/sa/checkout'] }],
    ['a second URI', { uris: [...template.uris, 'spiffe://example.mesh/ns/shop/sa/checkout'] }],
    ['an additional DNS name', { dnsNames: ['checkout'] }],
    ['an additional address', { ips: ['10.0.0.1'] }],
    ['no name at all', { uris: [] }],
    ['a URI that hides another behind a comma', { uris: [`${template.uris[0]}, URI:spiffe://example.mesh/ns/shop/sa/checkout`] }],
    ['names that are not critical', { namesCritical: false }],
    ['a subject', { commonName: 'web' }],
    ['a certificate authority', { ca: true }],
    ['a key that may sign certificates', { keyUsage: [KEY_USAGE.digitalSignature, KEY_USAGE.keyCertSign] }],
    ['a missing key usage', { keyUsage: [] }],
    ['a missing extended key usage', { extKeyUsage: [OID.serverAuth] }],
    ['no extended key usage', { extKeyUsage: [] }],
    ['a longer life', { notAfter: validity.notAfter + 1000 }],
    ['a life longer than the issuer’s', { notAfter: now + 8_000_000 }],
    ['the serial of another workload', { serialMark: serialMark('shop/web-2') }],
    ['an earlier beginning', { notBefore: validity.notBefore - 1000 }],
  ];
  test.each(wrong)('keeps back %s', (_what, said) => {
    expect(faults(said)).not.toEqual([]);
  });

  test('keeps back another key, another issuer, another key identifier, garbage', () => {
    const other = generateKey();
    expect(faults({}, signer, spkiOf(other))).toContain('it carries another key');
    expect(faults({}, { ...signer, key: other })).toContain('the signature is not the issuer’s');
    expect(faults({}, { ...signer, name: nameOf('Somebody') })).not.toEqual([]);
    expect(faults({}, { ...signer, keyId: keyIdOf(spkiOf(other)) })).not.toEqual([]);
    expect(recheck(Buffer.from('garbage'), { template, spki, issuer })[0]).toMatch(/^unreadable/);
  });
});
