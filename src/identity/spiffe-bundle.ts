// SPIFFE bundles (Trust Domain and Bundle §4): a JWK set with one key for each root.
import { X509Certificate } from 'node:crypto';
import { err, ok, type Result } from '../base/index.ts';

/** How often others should look again. A root is announced long before it issues; five minutes is what the standard recommends. */
export const REFRESH_HINT_SECONDS = 300;

export interface BundleContent {
  /** Trust anchors, PEM. */
  readonly pem: string;
  readonly sequence: number | undefined;
  readonly refreshHintSeconds: number | undefined;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The bundle of these anchors. `sequence` must grow whenever they change (§4.1.1). */
export function writeSpiffeBundle(pem: string, sequence: number): string {
  const keys = (pem.match(CERTIFICATE) ?? []).map((text) => {
    const certificate = new X509Certificate(text);
    // No `kid` (X509-SVID §6.1), and exactly one certificate in `x5c`.
    return { use: 'x509-svid', ...certificate.publicKey.export({ format: 'jwk' }), x5c: [certificate.raw.toString('base64')] };
  });
  return `${JSON.stringify({ keys, spiffe_sequence: sequence, spiffe_refresh_hint: REFRESH_HINT_SECONDS }, undefined, 2)}\n`;
}

interface Jwk {
  readonly use?: unknown;
  readonly kty?: unknown;
  readonly x5c?: unknown;
}

/**
 * Reads a bundle of another trust domain. What is not known is passed over: keys of other uses, keys without type or `x5c`, all but the first certificate
 * of `x5c` (X509-SVID §6.2). The error says why nothing can be done with it.
 */
export function readSpiffeBundle(text: string): Result<BundleContent, string> {
  let value: { readonly keys?: unknown; readonly spiffe_sequence?: unknown; readonly spiffe_refresh_hint?: unknown } | null;
  try {
    value = JSON.parse(text);
  } catch {
    return err('it is no JSON');
  }
  if (typeof value !== 'object' || value === null || !Array.isArray(value.keys)) return err('it has no list of keys');
  const anchors: string[] = [];
  for (const key of value.keys as readonly (Jwk | null)[]) {
    if (key?.use !== 'x509-svid' || typeof key.kty !== 'string' || !Array.isArray(key.x5c) || typeof key.x5c[0] !== 'string') continue;
    const anchor = readAnchor(key.x5c[0]);
    if (anchor === undefined) return err('a certificate in it cannot be read, or is no authority');
    anchors.push(anchor);
  }
  if (anchors.length === 0) return err('it has no X.509 authority');
  const whole = (number: unknown): number | undefined => (Number.isSafeInteger(number) && Number(number) >= 0 ? Number(number) : undefined);
  return ok({ pem: anchors.join(''), sequence: whole(value.spiffe_sequence), refreshHintSeconds: whole(value.spiffe_refresh_hint) });
}

function readAnchor(base64: string): string | undefined {
  try {
    const certificate = new X509Certificate(Buffer.from(base64, 'base64'));
    return certificate.ca ? certificate.toString() : undefined;
  } catch {
    return undefined;
  }
}
