import type { KeyObject, X509Certificate } from 'node:crypto';
import { certificatesIn, privateKeyIn } from './anchor.ts';
import { sequence } from './der.ts';
import { anatomy, readAll } from './der-read.ts';
import { identityError } from './errors.ts';
import { KEY_USAGE, OID } from './oids.ts';

/** A chain and key that sign for this mesh, checked. */
export interface Supplied {
  readonly root: X509Certificate;
  /** The certificate of `key` first, then up to the root, which is not among them. */
  readonly between: readonly X509Certificate[];
  readonly key: KeyObject;
}

export interface SuppliedText {
  /** PEM: the signing certificate, what signed it, …, the root. */
  readonly chainPem: string;
  /** PEM: the signing certificate's P-256 key. */
  readonly keyPem: string;
}

const bad = (words: string, cause?: unknown): Error => identityError('ca-unusable', words, cause === undefined ? {} : { cause });

/**
 * Reads a certificate chain and key that somebody else's authority made. Throws `ca-unusable` that says which certificate is wrong, in what,
 * and what would be right. Checked: the order of the chain and every signature in it, that it ends with its root, that all of them may sign
 * certificates and hold now, path lengths, extended key usage, the trust domain, and that the key is the first certificate's.
 */
export function readSupplied({ chainPem, keyPem }: SuppliedText, trustDomain: string, now: number): Supplied {
  const chain = readChain(chainPem);
  const root = chain.at(-1);
  const [signing] = chain;
  if (root === undefined || signing === undefined) throw bad('the chain has no certificate: it begins with the one that signs, and ends with its root');
  for (const [at, certificate] of chain.entries()) {
    const fault = faultOf(certificate, { at, issuer: chain[at + 1] ?? certificate, trustDomain, now });
    if (fault !== undefined) throw bad(`certificate ${at + 1} of the chain (${nameOf(certificate)}) ${fault}`);
  }
  if (chain.length === 1)
    throw bad(
      'the chain is a root alone: let it sign an intermediate certificate for the mesh, and give that with the root behind it, so that the root’s key stays where it is',
    );
  const key = readKey(keyPem);
  if (!signing.checkPrivateKey(key)) throw bad(`the key does not belong to the first certificate of the chain (${nameOf(signing)})`);
  return { root, between: chain.slice(0, -1), key };
}

function readChain(text: string): readonly X509Certificate[] {
  try {
    return certificatesIn(text);
  } catch (error) {
    throw bad('the chain has a certificate that cannot be read: it is PEM, -----BEGIN CERTIFICATE----- blocks one after another', error);
  }
}

function readKey(text: string): KeyObject {
  try {
    const key = privateKeyIn(text);
    if (key !== undefined) return key;
  } catch (error) {
    throw bad('the key cannot be read: it is PEM without a passphrase (openssl ecparam -name prime256v1 -genkey -noout)', error);
  }
  throw bad(
    'the key is not a P-256 key: make one with `openssl ecparam -name prime256v1 -genkey -noout` and have that certified; what signed it may be of any kind',
  );
}

const nameOf = ({ subject }: X509Certificate): string => (subject ?? '').split('\n').join(', ') || 'no name';

interface Place {
  readonly at: number;
  readonly issuer: X509Certificate;
  readonly trustDomain: string;
  readonly now: number;
}

/** What is wrong with a certificate at its place in the chain. */
function faultOf(certificate: X509Certificate, { at, issuer, trustDomain, now }: Place): string | undefined {
  if (certificate.validToDate.getTime() <= now) return `expired ${certificate.validTo}`;
  if (certificate.validFromDate.getTime() > now) return `does not hold before ${certificate.validFrom}`;
  const fault = extensionFault(certificate, at);
  if (fault !== undefined) return fault;
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
    return issuer === certificate
      ? 'is not signed by itself, and nothing stands behind it: the chain ends with the root'
      : `is not signed by the one behind it (${nameOf(issuer)}): the order is signing certificate, what signed it, …, root`;
  return domainFault(certificate, trustDomain);
}

function extensionFault(certificate: X509Certificate, at: number): string | undefined {
  const extensions = anatomy(certificate.raw)?.extensions;
  if (extensions === undefined) return 'is no X.509 certificate of version 3';
  const valueAt = (oid: string): Uint8Array | undefined => extensions.find((extension) => extension.oid === oid)?.value;
  const usage = valueAt(OID.keyUsage);
  if (usage !== undefined && !hasBit(usage, KEY_USAGE.keyCertSign)) return 'may not sign certificates: its keyUsage must say keyCertSign';
  if (!certificate.ca) return 'may not sign certificates: its basicConstraints must say CA:TRUE';
  if (valueAt(OID.nameConstraints) !== undefined)
    return 'has name constraints: not every peer reads them of URIs as SPIFFE IDs are, so Weft does not sign below them';
  const allowed = pathLength(valueAt(OID.basicConstraints));
  if (allowed !== undefined && allowed < at) return `allows ${allowed} signing certificates below it (pathLenConstraint), and ${at} stand there`;
  const purposes = certificate.keyUsage ?? [];
  const missing =
    purposes.length === 0 || purposes.includes(OID.anyExtendedKeyUsage) ? [] : [OID.serverAuth, OID.clientAuth].filter((each) => !purposes.includes(each));
  return missing.length === 0 ? undefined : 'is limited to other purposes: its extendedKeyUsage must be absent, or have serverAuth and clientAuth';
}

function domainFault(certificate: X509Certificate, trustDomain: string): string | undefined {
  const id = /URI:(spiffe:[^,\s]+)/.exec(certificate.subjectAltName ?? '')?.[1];
  if (id === undefined || id === `spiffe://${trustDomain}`) return undefined;
  return `is ${id}, and this mesh is spiffe://${trustDomain}`;
}

/** The number in BasicConstraints; undefined when there is none. */
function pathLength(value: Uint8Array | undefined): number | undefined {
  const [list] = readAll(value ?? sequence()) ?? [];
  const number = (readAll(list?.contents ?? new Uint8Array()) ?? []).find(({ tag }) => tag === 0x02);
  return number === undefined ? undefined : number.contents.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** Is a bit of a BIT STRING (DER) set? */
function hasBit(value: Uint8Array, bit: number): boolean {
  const [bits] = readAll(value) ?? [];
  return ((bits?.contents[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0;
}
