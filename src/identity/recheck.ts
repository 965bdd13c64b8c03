import { X509Certificate } from 'node:crypto';
import { implicit, namedBits, octets, oid, sequence } from './der.ts';
import { type Anatomy, anatomy, type Extension } from './der-read.ts';
import { OID } from './oids.ts';
import { alternativeNames, basicConstraints, keyIdOf, nameOf } from './sign.ts';
import type { Template } from './template.ts';

/** What a certificate is held against: what it should say, whose key it should carry, and who should have signed it. */
export interface Expectation {
  readonly template: Template;
  /** DER. */
  readonly spki: Uint8Array;
  /** The issuer's certificate and key identifier; undefined = the certificate is its own issuer. */
  readonly issuer: { readonly certificate: X509Certificate; readonly keyId: Uint8Array } | undefined;
}

/**
 * Reads a finished certificate again, with OpenSSL's reader and with our own, and lists everything that is not as expected:
 * a missing or an additional name, extension, usage, another key, lifetime, issuer or signature. Empty = it may leave.
 */
export function recheck(der: Uint8Array, expected: Expectation): readonly string[] {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(der);
  } catch (error) {
    return [`unreadable: ${error instanceof Error ? error.message : String(error)}`];
  }
  const parts = anatomy(der);
  if (parts === undefined) return ['not a version 3 certificate in DER'];
  return [...checkFields(certificate, expected), ...checkAnatomy(parts, expected)];
}

function checkFields(certificate: X509Certificate, { template, issuer }: Expectation): readonly string[] {
  const signer = issuer?.certificate ?? certificate;
  const faults: string[] = [];
  if (!certificate.verify(signer.publicKey)) faults.push('the signature is not the issuer’s');
  if (!certificate.checkIssued(signer)) faults.push('issuer and key identifier do not lead to the issuer');
  if (certificate.ca !== template.ca) faults.push(`CA is ${certificate.ca}`);
  if (certificate.validFromDate.getTime() !== template.notBefore) faults.push(`valid from ${certificate.validFrom}`);
  if (certificate.validToDate.getTime() !== template.notAfter) faults.push(`valid to ${certificate.validTo}`);
  if (certificate.validToDate > signer.validToDate) faults.push('it outlives its issuer');
  if ((certificate.keyUsage ?? []).join() !== template.extKeyUsage.join()) faults.push(`extended key usage ${(certificate.keyUsage ?? []).join()}`);
  const uris = (certificate.subjectAltName ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  if (uris.join() !== template.uris.map((uri) => `URI:${uri}`).join()) faults.push(`URI names ${uris.join()}`);
  return faults;
}

function checkAnatomy(parts: Anatomy, { template, spki, issuer }: Expectation): readonly string[] {
  const faults: string[] = [];
  if (parts.version !== 2) faults.push(`version ${parts.version + 1}`);
  if (parts.serial.length !== 16 || (parts.serial[0] ?? 0x80) >= 0x80 || parts.serial[0] === 0) faults.push('the serial is not 16 positive bytes');
  if (!same(parts.serial.subarray(0, template.serialMark?.byteLength ?? 0), template.serialMark ?? new Uint8Array())) faults.push('the serial is another’s');
  if (parts.algorithms.some((algorithm) => algorithm !== OID.ecdsaWithSha256)) faults.push(`signed with ${parts.algorithms.join(' and ')}`);
  if (!same(sequence(parts.subject), nameOf(template.commonName))) faults.push('another subject');
  if (!same(sequence(parts.spki), spki)) faults.push('it carries another key');
  const own = keyIdOf(spki);
  const wanted = expectedExtensions(template, own, issuer?.keyId ?? own);
  for (const extension of parts.extensions) {
    const want = wanted.find((each) => each.oid === extension.oid);
    if (want === undefined) faults.push(`an extension ${extension.oid} that nobody asked for`);
    else if (want.critical !== extension.critical) faults.push(`extension ${extension.oid} is ${extension.critical ? '' : 'not '}critical`);
    else if (!same(want.value, extension.value)) faults.push(`extension ${extension.oid} says something else`);
  }
  for (const want of wanted) {
    const times = parts.extensions.filter((each) => each.oid === want.oid).length;
    if (times !== 1) faults.push(`extension ${want.oid} is there ${times} times`);
  }
  return faults;
}

function expectedExtensions(template: Template, subjectKeyId: Uint8Array, issuerKeyId: Uint8Array): readonly Extension[] {
  return [
    { oid: OID.basicConstraints, critical: true, value: basicConstraints(template) },
    { oid: OID.keyUsage, critical: true, value: namedBits(template.keyUsage) },
    ...(template.extKeyUsage.length === 0 ? [] : [{ oid: OID.extKeyUsage, critical: false, value: sequence(...template.extKeyUsage.map(oid)) }]),
    { oid: OID.subjectKeyIdentifier, critical: false, value: octets(subjectKeyId) },
    { oid: OID.authorityKeyIdentifier, critical: false, value: sequence(implicit(0, issuerKeyId)) },
    { oid: OID.subjectAltName, critical: template.namesCritical, value: alternativeNames(template) },
  ];
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
