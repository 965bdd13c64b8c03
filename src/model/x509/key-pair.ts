import { type Certificate, readCertificate } from './certificate.ts';
import { pemBlocks } from './pem.ts';
import { type PublicKey, publicHalf, sameKey } from './public-key.ts';

/** Something wrong with a certificate or key, in words that never quote it. */
export interface PemProblem {
  readonly of: 'certificate' | 'key';
  readonly message: string;
}

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: PemProblem };

const wrong = (of: PemProblem['of'], message: string): { readonly ok: false; readonly problem: PemProblem } => ({ ok: false, problem: { of, message } });

/** Certificates of a PEM text, the first one first. `of` names the text in a problem's words. */
export function readChain(pem: string): Read<readonly Certificate[]> {
  const blocks = pemBlocks(pem).filter(({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE' || label === 'TRUSTED CERTIFICATE');
  if (blocks.length === 0) return wrong('certificate', 'is not PEM: there is no -----BEGIN CERTIFICATE----- in it');
  const chain: Certificate[] = [];
  for (const [at, { bytes }] of blocks.entries()) {
    const certificate = bytes === undefined ? undefined : readCertificate(bytes);
    if (certificate === undefined) return wrong('certificate', `${blocks.length === 1 ? 'the certificate' : `certificate ${at + 1}`} in it cannot be read`);
    chain.push(certificate);
  }
  return { ok: true, value: chain };
}

function readKey(pem: string): Read<PublicKey> {
  const [block, ...more] = pemBlocks(pem).filter(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) return wrong('key', 'is not PEM: there is no -----BEGIN PRIVATE KEY----- in it');
  if (more.length > 0) return wrong('key', 'has more than one private key');
  if (block.encrypted) return wrong('key', 'is encrypted with a passphrase: store it without one');
  const key = block.bytes === undefined ? undefined : publicHalf(block.label, block.bytes);
  return key === undefined ? wrong('key', 'the private key in it cannot be read') : { ok: true, value: key };
}

const CURVES = ['P-256', 'P-384', 'P-521'];

/** What Envoy does not take although it is a good key. */
function unsupported(key: PublicKey): string | undefined {
  if (key.kind === 'other') return `${key.algorithm} keys are not supported: use RSA with 2048 bits or more, or ECDSA`;
  if (key.kind === 'rsa') return key.bits < 2048 ? `an RSA key of ${key.bits} bits is too weak: 2048 are the least` : undefined;
  return CURVES.includes(key.curve) ? undefined : `the curve ${key.curve} is not supported: use ${CURVES.join(', ')}`;
}

/** A certificate chain with its private key, both PEM: the leaf, or what makes the pair unusable. */
export function readKeyPair(certificatePem: string, keyPem: string): Read<Certificate> {
  const chain = readChain(certificatePem);
  if (!chain.ok) return chain;
  const [leaf] = chain.value;
  if (leaf === undefined) return wrong('certificate', 'is empty');
  const weak = unsupported(leaf.publicKey);
  if (weak !== undefined) return wrong('certificate', weak);
  const key = readKey(keyPem);
  if (!key.ok) return key;
  if (!sameKey(key.value, leaf.publicKey)) return wrong('key', 'is not the key of the certificate in tls.crt');
  return { ok: true, value: leaf };
}
