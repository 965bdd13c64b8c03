import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { identityError } from './errors.ts';
import { makePrivateDirectory, type PrivateFiles, plainFiles, writePrivateFile } from './private-file.ts';
import { recheck } from './recheck.ts';
import { certificatePem, generateKey, keyIdOf, keyPem, nameOf, signCertificate, spkiOf } from './sign.ts';
import { rootTemplate } from './template.ts';

export interface Root {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
  readonly pem: string;
  /** True when this call made it. */
  readonly created: boolean;
}

const YEAR_MS = 365.25 * 24 * 3600 * 1000;
/** Certificates begin a little before now, for peers whose clocks are behind. */
export const BACKDATE_MS = 60_000;

/**
 * The root in `<directory>/ca`, made when there is none (P-256, 10 years). Throws with the file and the remedy when what is
 * there cannot be used: open to others, damaged, expired, for another trust domain.
 */
export function openRoot(directory: string, trustDomain: string, now: number, keys: PrivateFiles = plainFiles): Root {
  const ca = join(directory, 'ca');
  const files = { key: join(ca, 'root.key'), pem: join(ca, 'root.pem') };
  makePrivateDirectory(ca);
  const known = keys.read(files.key);
  if (known !== undefined) return load(files, known, trustDomain, now);
  const made = make(trustDomain, now);
  // The key comes last: as long as it is not there, nothing has been signed and both are made anew.
  writePrivateFile(files.pem, made.pem);
  if (keys.create(files.key, keyPem(made.key))) return made;
  return load(files, keys.read(files.key) ?? '', trustDomain, now);
}

function make(trustDomain: string, now: number): Root {
  const template = rootTemplate(trustDomain, { notBefore: now - BACKDATE_MS, notAfter: now + 10 * YEAR_MS });
  const key = generateKey();
  const spki = spkiOf(key);
  const der = signCertificate(template, spki, { key, name: nameOf(template.commonName), keyId: keyIdOf(spki) });
  const certificate = new X509Certificate(der);
  const faults = recheck(der, { template, spki, issuer: undefined });
  if (faults.length > 0) throw identityError('recheck-failed', `the new root is not as it should be: ${faults.join('; ')}`);
  return { key, certificate, pem: certificatePem(der), created: true };
}

function load(files: { readonly key: string; readonly pem: string }, keyText: string, trustDomain: string, now: number): Root {
  const key = parseKey(files.key, keyText);
  if (statSync(files.pem, { throwIfNoEntry: false }) === undefined) {
    throw identityError(
      'key-unusable',
      `${files.pem} is missing while its key is there: restore it from a backup, or remove both to make a new root (every machine then joins again)`,
    );
  }
  const pem = readFileSync(files.pem, 'utf8');
  const certificate = parseCertificate(files.pem, pem);
  if (!certificate.checkPrivateKey(key))
    throw identityError('key-unusable', `${files.pem} and ${files.key} do not belong together: restore both from one backup`);
  if (certificate.validToDate.getTime() <= now) {
    throw identityError(
      'key-unusable',
      `the root ${files.pem} expired ${certificate.validTo}: remove ${files.pem} and ${files.key} to make a new one (every machine then joins again)`,
    );
  }
  const domain = /URI:spiffe:\/\/([^/,\s]+)/.exec(certificate.subjectAltName ?? '')?.[1] ?? '';
  if (domain !== trustDomain) {
    throw identityError(
      'trust-domain-changed',
      `the root ${files.pem} is of the trust domain ${domain}, and the mesh is ${trustDomain}: start with the trust domain ${domain}, or with an empty data directory`,
      { details: { root: domain, mesh: trustDomain } },
    );
  }
  return { key, certificate, pem: certificate.toString(), created: false };
}

function parseKey(path: string, text: string): KeyObject {
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch (error) {
    throw identityError('key-unusable', `${path} is damaged: restore it from a backup`, { cause: error });
  }
  throw identityError('key-unusable', `${path} is not a P-256 key: restore it from a backup`);
}

function parseCertificate(path: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (error) {
    throw identityError('key-unusable', `${path} is damaged: restore it from a backup`, { cause: error });
  }
}
