// Where a root and what signs under it are kept: `root.pem` with `root.key`, and `issuer.key` (a private key and its chain in one file, so
// that both are replaced at once). Without `root.key` the root is kept elsewhere, as one that was supplied.
import type { KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Anchor,
  anchorOf,
  certificatesIn,
  issuerIsOld,
  issuerText,
  makeIssuer,
  makeRoot,
  pemOf,
  privateKeyIn,
  type SigningPair,
  signsLeavesItself,
} from './anchor.ts';
import { identityError } from './errors.ts';
import { makePrivateDirectory, type PrivateFiles, plainFiles, writePrivateFile } from './private-file.ts';
import { keyPem } from './sign.ts';
import type { Supplied } from './supplied.ts';

export interface AnchorPlace {
  readonly name: string;
  readonly folder: string;
  readonly trustDomain: string;
  /** How files with keys are read and written; default as they are, 0600. */
  readonly keys?: PrivateFiles | undefined;
}

interface Files {
  readonly keys: PrivateFiles;
  readonly rootKey: string;
  readonly rootPem: string;
  readonly issuer: string;
}

const filesIn = (folder: string, keys = plainFiles): Files => ({
  keys,
  rootKey: join(folder, 'root.key'),
  rootPem: join(folder, 'root.pem'),
  issuer: join(folder, 'issuer.key'),
});
const AGAIN = 'every machine then joins again';

/** True when something was kept there before: the last file that is written is there. */
export function anchorExists(folder: string): boolean {
  const files = filesIn(folder);
  return [files.rootKey, files.issuer].some((file) => statSync(file, { throwIfNoEntry: false }) !== undefined);
}

/** Makes a root and an issuer in a folder where there is none. Of two that do so at once one wins, and both use what it made. */
export function makeAnchor(place: AnchorPlace, now: number): Anchor {
  const files = filesIn(place.folder, place.keys);
  makePrivateDirectory(place.folder);
  const made = makeRoot(place.trustDomain, now);
  // The key comes last: as long as it is not there, nothing has been signed and both are made anew.
  writePrivateFile(files.rootPem, pemOf(made.certificate));
  files.keys.create(files.rootKey, keyPem(made.key));
  return loadAnchor(place, now);
}

/** Keeps a chain and key that were supplied (and checked). */
export function keepSupplied(place: AnchorPlace, { root, between, key }: Supplied, now: number): Anchor {
  const files = filesIn(place.folder, place.keys);
  makePrivateDirectory(place.folder);
  writePrivateFile(files.rootPem, pemOf(root));
  files.keys.write(files.issuer, issuerText(key, between));
  return loadAnchor(place, now);
}

/** Removes the keys of a root that has been dropped; its certificate stays, as its history. */
export function removeKeys(folder: string): void {
  for (const file of [filesIn(folder).rootKey, filesIn(folder).issuer]) rmSync(file, { force: true });
}

/**
 * Reads an anchor, and makes what can be made again: an issuer that is not there or is past half of its life. Throws with the file and the
 * remedy when what is there cannot be used: open to others, damaged, expired, for another trust domain.
 */
export function loadAnchor(place: AnchorPlace, now: number): Anchor {
  const files = filesIn(place.folder, place.keys);
  const rootKeyText = files.keys.read(files.rootKey);
  const root = readRoot(files, place.trustDomain, now);
  const rootKey = rootKeyText === undefined ? undefined : readKey(files.rootKey, rootKeyText);
  if (rootKey !== undefined && !root.checkPrivateKey(rootKey))
    throw identityError('key-unusable', `${files.rootPem} and ${files.rootKey} do not belong together: restore both from one backup`);
  if (rootKey !== undefined && signsLeavesItself(root)) return anchorOf({ name: place.name, root, rootKey, signingKey: rootKey, between: [] });
  const issuer = readIssuer(files, now) ?? newIssuer(place, files, { root, rootKey }, now);
  const anchor = anchorOf({ name: place.name, root, rootKey, signingKey: issuer.key, between: issuer.between });
  if (!issuerIsOld(anchor, now)) return anchor;
  const next = newIssuer(place, files, { root, rootKey }, now);
  return anchorOf({ name: place.name, root, rootKey, signingKey: next.key, between: next.between });
}

interface IssuerFile {
  readonly key: KeyObject;
  readonly between: readonly X509Certificate[];
}

function newIssuer(
  place: AnchorPlace,
  files: Files,
  { root, rootKey }: { readonly root: X509Certificate; readonly rootKey: KeyObject | undefined },
  now: number,
): IssuerFile {
  if (rootKey === undefined) {
    throw identityError(
      'key-unusable',
      `${files.issuer} is missing or has expired, and ${files.rootKey}, which could sign another, is not here: put the root's key there for one start, ` +
        'or give a new chain and key with --ca-cert and --ca-key',
    );
  }
  const made: SigningPair = makeIssuer(place.trustDomain, { key: rootKey, certificate: root }, now);
  files.keys.write(files.issuer, issuerText(made.key, [made.certificate]));
  return { key: made.key, between: [made.certificate] };
}

/** Undefined when there is none, or when it has expired: another is made then, if it can be. */
function readIssuer(files: Files, now: number): IssuerFile | undefined {
  const text = files.keys.read(files.issuer);
  if (text === undefined) return undefined;
  const key = readKey(files.issuer, text);
  const between = readCertificates(files.issuer, text);
  const [first] = between;
  if (first === undefined || !first.checkPrivateKey(key))
    throw identityError('key-unusable', `the key in ${files.issuer} does not belong to the certificate in it: restore it from a backup, or remove it`);
  return between.some((certificate) => certificate.validToDate.getTime() <= now) ? undefined : { key, between };
}

function readRoot(files: Files, trustDomain: string, now: number): X509Certificate {
  if (statSync(files.rootPem, { throwIfNoEntry: false }) === undefined) {
    throw identityError(
      'key-unusable',
      `${files.rootPem} is missing while its key is there: restore it from a backup, or remove both to make a new root (${AGAIN})`,
    );
  }
  const [root] = readCertificates(files.rootPem, readFileSync(files.rootPem, 'utf8'));
  if (root === undefined) throw identityError('key-unusable', `${files.rootPem} is damaged: restore it from a backup`);
  if (root.validToDate.getTime() <= now) {
    throw identityError(
      'key-unusable',
      `the root ${files.rootPem} expired ${root.validTo}: remove ${files.rootPem}, ${files.rootKey} and ${files.issuer} to make a new one (${AGAIN})`,
    );
  }
  const domain = /URI:spiffe:\/\/([^/,\s]+)/.exec(root.subjectAltName ?? '')?.[1];
  // A root that was supplied need not say whose it is.
  if (domain !== undefined && domain !== trustDomain) {
    throw identityError(
      'trust-domain-changed',
      `the root ${files.rootPem} is of the trust domain ${domain}, and the mesh is ${trustDomain}: start with the trust domain ${domain}, or with an empty data directory`,
      { details: { root: domain, mesh: trustDomain } },
    );
  }
  return root;
}

function readKey(path: string, text: string): KeyObject {
  try {
    const key = privateKeyIn(text);
    if (key !== undefined) return key;
  } catch (error) {
    throw identityError('key-unusable', `${path} is damaged: restore it from a backup`, { cause: error });
  }
  throw identityError('key-unusable', `${path} is not a P-256 key: restore it from a backup`);
}

function readCertificates(path: string, text: string): readonly X509Certificate[] {
  try {
    return certificatesIn(text);
  } catch (error) {
    throw identityError('key-unusable', `${path} is damaged: restore it from a backup`, { cause: error });
  }
}
