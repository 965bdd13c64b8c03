import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bitString, boolean, explicit, implicit, integer, namedBits, octets, oid, sequence, set, time, utf8 } from './der.ts';
import { ipBytes } from './ip.ts';
import { OID } from './oids.ts';
import { newSerial } from './serial.ts';
import type { Template } from './template.ts';

/** Who signs: a key, and the subject and key identifier that the certificates will name. */
export interface Signer {
  readonly key: KeyObject;
  /** DER of the issuer's Name. */
  readonly name: Uint8Array;
  readonly keyId: Uint8Array;
}

/** A new P-256 key. */
export function generateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** SubjectPublicKeyInfo in DER. Costs as much as a signature, so it is made once per key and handed around. */
export function spkiOf(key: KeyObject): Uint8Array {
  return (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' });
}

/** Subject key identifier: the leftmost 160 bits of SHA-256 over the key's bits (RFC 7093 §2, method 1). Input: SPKI of a P-256 key. */
export function keyIdOf(spki: Uint8Array): Uint8Array {
  // It ends with the 65 bytes of the uncompressed point.
  return createHash('sha256').update(spki.subarray(-65)).digest().subarray(0, 20);
}

const ALGORITHM = sequence(oid(OID.ecdsaWithSha256));

/** DER of a Name with one common name; an empty one is an empty sequence. */
export function nameOf(commonName: string): Uint8Array {
  return commonName === '' ? sequence() : sequence(set(sequence(oid(OID.commonName), utf8(commonName))));
}

/** Signs what the template says, for a public key (SPKI). Gives the certificate's DER. The serial is positive, 16 bytes, random behind what the template begins it with. */
export function signCertificate(template: Template, spki: Uint8Array, signer: Signer): Uint8Array {
  const tbs = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(newSerial(template.serialMark)),
    ALGORITHM,
    signer.name,
    sequence(time(template.notBefore), time(template.notAfter)),
    nameOf(template.commonName),
    spki,
    explicit(3, extensions(template, spki, signer)),
  );
  return sequence(tbs, ALGORITHM, bitString(sign('sha256', tbs, signer.key)));
}

function extensions(template: Template, spki: Uint8Array, signer: Signer): Uint8Array {
  return sequence(
    extension(OID.basicConstraints, true, basicConstraints(template)),
    extension(OID.keyUsage, true, namedBits(template.keyUsage)),
    ...(template.extKeyUsage.length === 0 ? [] : [extension(OID.extKeyUsage, false, sequence(...template.extKeyUsage.map(oid)))]),
    extension(OID.subjectKeyIdentifier, false, octets(keyIdOf(spki))),
    extension(OID.authorityKeyIdentifier, false, sequence(implicit(0, signer.keyId))),
    extension(OID.subjectAltName, template.namesCritical, alternativeNames(template)),
  );
}

/** BasicConstraints (RFC 5280 §4.2.1.9). */
export function basicConstraints({ ca, pathLength = 0 }: Pick<Template, 'ca' | 'pathLength'>): Uint8Array {
  return ca ? sequence(boolean(true), integer(Uint8Array.of(pathLength))) : sequence();
}

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return critical ? sequence(oid(id), boolean(true), octets(value)) : sequence(oid(id), octets(value));
}

/** GeneralNames (RFC 5280 §4.2.1.6): dNSName [2], uniformResourceIdentifier [6], iPAddress [7]. */
export function alternativeNames(template: Pick<Template, 'dnsNames' | 'uris' | 'ips'>): Uint8Array {
  const ia5 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
  return sequence(
    ...template.dnsNames.map((name) => implicit(2, ia5(name))),
    ...template.uris.map((uri) => implicit(6, ia5(uri))),
    ...template.ips.map((ip) => implicit(7, ipBytes(ip))),
  );
}

/** PEM (RFC 7468) of a DER certificate. */
export function certificatePem(der: Uint8Array): string {
  const text = Buffer.from(der).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${text.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

export function keyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
