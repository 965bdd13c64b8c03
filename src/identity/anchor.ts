import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { fingerprintOf } from '../wire/index.ts';
import { sequence } from './der.ts';
import { anatomy } from './der-read.ts';
import { identityError } from './errors.ts';
import { OID } from './oids.ts';
import { recheck } from './recheck.ts';
import { basicConstraints, certificatePem, generateKey, keyIdOf, keyPem, nameOf, type Signer, signCertificate, spkiOf } from './sign.ts';
import { type Seal, sealOf } from './statement.ts';
import { issuerTemplate, rootTemplate, type Template, type Validity } from './template.ts';

/** A key with the certificate that lets it sign. */
export interface SigningPair {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
}

/** One root and what signs leaves under it. Plain data: where it is kept is anchor-files.ts. */
export interface Anchor {
  /** By what the CA's state calls it: '1', '2', … */
  readonly name: string;
  readonly root: X509Certificate;
  readonly fingerprint: string;
  /** The root's own key; undefined when it is kept elsewhere. */
  readonly rootKey: KeyObject | undefined;
  readonly signing: SigningPair;
  readonly signer: Signer;
  /** What stands between a leaf and the root, PEM; '' when the root signs leaves itself. */
  readonly chainPem: string;
  /** Nothing signed under it holds longer. */
  readonly notAfter: number;
  readonly seal: Seal;
}

const YEAR_MS = 365.25 * 24 * 3600 * 1000;
const ROOT_MS = 10 * YEAR_MS;
const ISSUER_MS = YEAR_MS;
/** Certificates begin a little before now, for peers whose clocks are behind. */
export const BACKDATE_MS = 60_000;

/** PEM of a certificate, as this room writes it. */
export const pemOf = (certificate: X509Certificate): string => certificatePem(certificate.raw);

/** A new root (P-256, 10 years). */
export function makeRoot(trustDomain: string, now: number): SigningPair {
  return makeSigning(rootTemplate(trustDomain, validity(now, now + ROOT_MS)), undefined);
}

/** A new issuer under a root whose key is here (P-256, a year). */
export function makeIssuer(trustDomain: string, root: SigningPair, now: number): SigningPair {
  return makeSigning(issuerTemplate(trustDomain, validity(now, Math.min(now + ISSUER_MS, root.certificate.validToDate.getTime()))), root);
}

function makeSigning(template: Template, parent: SigningPair | undefined): SigningPair {
  const key = generateKey();
  const spki = spkiOf(key);
  const own: Signer = { key, name: nameOf(template.commonName), keyId: keyIdOf(spki) };
  const der = signCertificate(template, spki, parent === undefined ? own : signerOf(parent));
  const issuer = parent === undefined ? undefined : { certificate: parent.certificate, keyId: signerOf(parent).keyId };
  const faults = recheck(der, { template, spki, issuer });
  if (faults.length > 0) throw identityError('recheck-failed', `the new ${template.commonName} is not as it should be: ${faults.join('; ')}`);
  return { key, certificate: new X509Certificate(der) };
}

/** Who signs, in the words that its certificate uses of itself: the subject as it is, and the key identifier it states. */
export function signerOf({ key, certificate }: SigningPair): Signer {
  const parts = anatomy(certificate.raw);
  const stated = parts?.extensions.find(({ oid }) => oid === OID.subjectKeyIdentifier)?.value;
  return { key, name: sequence(parts?.subject ?? new Uint8Array()), keyId: stated?.subarray(2) ?? keyIdOf(spkiOf(key)) };
}

/** A root that was made before there were issuers: nothing but leaves may stand below it. */
export function signsLeavesItself(root: X509Certificate): boolean {
  const stated = anatomy(root.raw)?.extensions.find(({ oid }) => oid === OID.basicConstraints)?.value;
  return stated !== undefined && Buffer.compare(stated, basicConstraints({ ca: true, pathLength: 0 })) === 0;
}

/** Puts an anchor together from what was read or made. `between`: certificates from the signing one up to the root, without the root. */
export function anchorOf(parts: {
  readonly name: string;
  readonly root: X509Certificate;
  readonly rootKey: KeyObject | undefined;
  readonly signingKey: KeyObject;
  readonly between: readonly X509Certificate[];
}): Anchor {
  const { name, root, rootKey, signingKey, between } = parts;
  const signing: SigningPair = { key: signingKey, certificate: between[0] ?? root };
  const signer = signerOf(signing);
  return {
    name,
    root,
    fingerprint: fingerprintOf(pemOf(root)),
    rootKey,
    signing,
    signer,
    chainPem: between.map(pemOf).join(''),
    notAfter: Math.min(...[root, ...between].map((certificate) => certificate.validToDate.getTime())),
    seal: sealOf(signingKey, signer.keyId),
  };
}

/** True when the issuer should be replaced by a new one: half of its life is over, and the root's key is here to sign another. */
export function issuerIsOld({ root, rootKey, signing }: Anchor, now: number): boolean {
  if (rootKey === undefined || signing.certificate === root || signsLeavesItself(root)) return false;
  const { validFromDate, validToDate } = signing.certificate;
  const half = (validFromDate.getTime() + validToDate.getTime()) / 2;
  return now > half && signing.certificate.validToDate < root.validToDate;
}

/** A private key and the certificates that stand behind it, as they are kept in one file: it is replaced as a whole or not at all. */
export function issuerText(key: KeyObject, between: readonly X509Certificate[]): string {
  return keyPem(key) + between.map(pemOf).join('');
}

/** The certificates of a PEM text in their order. Throws what `X509Certificate` throws. */
export function certificatesIn(text: string): readonly X509Certificate[] {
  return (text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).map((pem) => new X509Certificate(pem));
}

/** A P-256 private key, or undefined when it is of another kind. Throws on text that is no key. */
export function privateKeyIn(text: string): KeyObject | undefined {
  const pem = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/.exec(text)?.[0];
  const key = createPrivateKey(pem ?? text);
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
}

function validity(now: number, notAfter: number): Validity {
  return { notBefore: now - BACKDATE_MS, notAfter };
}
