// Certificates that no authority of ours signs, written byte by byte.
import { type KeyObject, randomBytes, sign } from 'node:crypto';
import { bitString, boolean, explicit, implicit, integer, namedBits, octets, oid, sequence, time, tlv, utf8 } from '../../src/identity/der.ts';
import { KEY_USAGE, OID } from '../../src/identity/oids.ts';
import { certificatePem, generateKey, keyIdOf, keyPem, nameOf, type Signer, signCertificate, spkiOf } from '../../src/identity/sign.ts';
import { rootTemplate } from '../../src/identity/template.ts';

/** What a forged certificate says; a good leaf's own words where nothing is said. */
export interface Forgery {
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly otherName?: string;
  readonly commonName?: string;
  readonly ca?: boolean;
  readonly keyUsage?: readonly number[];
  readonly extKeyUsage?: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
}

export interface ForgedRoot {
  readonly signer: Signer;
  readonly pem: string;
}

const DAY_MS = 24 * 3600 * 1000;
const ALGORITHM = sequence(oid(OID.ecdsaWithSha256));
const UPN = '1.3.6.1.4.1.311.20.2.3';

/** An authority of a trust domain, as somebody else runs one. */
export function forgedRoot(trustDomain: string): ForgedRoot {
  const now = Date.now();
  const template = rootTemplate(trustDomain, { notBefore: now - 60_000, notAfter: now + DAY_MS });
  const signer = signerOf(generateKey(), template.commonName);
  return { signer, pem: certificatePem(signCertificate(template, spkiOf(signer.key), signer)) };
}

const signerOf = (key: KeyObject, commonName: string): Signer => ({ key, name: nameOf(commonName), keyId: keyIdOf(spkiOf(key)) });

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return critical ? sequence(oid(id), boolean(true), octets(value)) : sequence(oid(id), octets(value));
}

function names({ uris = [], dnsNames = [], otherName }: Forgery): readonly Uint8Array[] {
  const ia5 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
  const other = otherName === undefined ? [] : [tlv(0xa0, oid(UPN), explicit(0, utf8(otherName)))];
  return [...dnsNames.map((name) => implicit(2, ia5(name))), ...uris.map((uri) => implicit(6, ia5(uri))), ...other];
}

function extensions(forgery: Forgery, spki: Uint8Array, by: Signer): Uint8Array {
  const { ca = false, keyUsage = [KEY_USAGE.digitalSignature], extKeyUsage = [OID.serverAuth, OID.clientAuth], commonName = '' } = forgery;
  const all = names(forgery);
  return sequence(
    extension(OID.basicConstraints, true, ca ? sequence(boolean(true)) : sequence()),
    ...(keyUsage.length === 0 ? [] : [extension(OID.keyUsage, true, namedBits(keyUsage))]),
    ...(extKeyUsage.length === 0 ? [] : [extension(OID.extKeyUsage, false, sequence(...extKeyUsage.map(oid)))]),
    extension(OID.subjectKeyIdentifier, false, octets(keyIdOf(spki))),
    extension(OID.authorityKeyIdentifier, false, sequence(implicit(0, by.keyId))),
    ...(all.length === 0 ? [] : [extension(OID.subjectAltName, commonName === '', sequence(...all))]),
  );
}

/** Signed by `root`, or by itself. */
export function forge(forgery: Forgery, root?: ForgedRoot): { readonly cert: string; readonly key: string } {
  const { commonName = '', notBefore = Date.now() - 60_000, notAfter = Date.now() + DAY_MS / 24 } = forgery;
  const key = generateKey();
  const spki = spkiOf(key);
  const by = root?.signer ?? signerOf(key, commonName);
  const serial = randomBytes(16);
  serial[0] = 0x41;
  const tbs = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(serial),
    ALGORITHM,
    by.name,
    sequence(time(notBefore), time(notAfter)),
    nameOf(commonName),
    spki,
    explicit(3, extensions(forgery, spki, by)),
  );
  return { cert: certificatePem(sequence(tbs, ALGORITHM, bitString(sign('sha256', tbs, by.key)))), key: keyPem(key) };
}
