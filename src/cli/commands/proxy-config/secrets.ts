import { X509Certificate } from 'node:crypto';
import { at, type Json, list, text } from './json.ts';
import type { Section } from './section.ts';

/** PEM of a data source: bytes come as base64. */
function pemOf(source: Json): string {
  const bytes = text(source, 'inline_bytes');
  return bytes === '' ? text(source, 'inline_string') : Buffer.from(bytes, 'base64').toString();
}

const MANY = 8;

function certificatesOf(pem: string): readonly X509Certificate[] {
  try {
    return (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).map((one) => new X509Certificate(one));
  } catch {
    return [];
  }
}

/** PEM of a secret: a certificate with its chain, roots, or roots by trust domain. */
function pemOfSecret(content: Json): string {
  const domains = list(content, 'validation_context.custom_validator_config.typed_config.trust_domains');
  const sources = [at(content, 'tls_certificate.certificate_chain'), at(content, 'validation_context.trusted_ca')];
  return [...sources, ...domains.map((domain) => at(domain, 'trust_bundle'))].map(pemOf).join('\n');
}

const iso = (date: Date | undefined): string => (date === undefined || Number.isNaN(date.getTime()) ? '' : date.toISOString().replace(/\.\d+Z$/, 'Z'));

/** Certificates with their times. Of one that was given out before the control plane started, only its end is known. */
export const secrets: Section = {
  headers: ['RESOURCE NAME', 'TYPE', 'STATUS', 'VALID CERT', 'SERIAL NUMBER', 'NOT AFTER', 'NOT BEFORE', 'IDENTITY'],
  rows: ({ name, content, acknowledged }, now) => {
    const bundle = at(content, 'validation_context') !== undefined;
    const [leaf, ...others] = certificatesOf(pemOfSecret(content));
    const known = text(content, 'not_after');
    const ends = known === '' ? undefined : new Date(known);
    const state = acknowledged ? 'ACTIVE' : 'WARMING';
    // a bundle is all of its roots, unless it is what a whole system trusts; a chain is told by its leaf
    return [leaf, ...(bundle && others.length < MANY ? others : [])].map((certificate) => [
      name,
      bundle ? 'CA' : 'Cert Chain',
      state,
      ...timesOf(certificate, ends, now),
    ]);
  },
};

function timesOf(certificate: X509Certificate | undefined, ends: Date | undefined, now: number): readonly string[] {
  const notAfter = certificate?.validToDate ?? ends;
  const notBefore = certificate?.validFromDate;
  const valid = notAfter !== undefined && notAfter.getTime() > now && (notBefore === undefined || notBefore.getTime() <= now);
  const identity = (certificate?.subjectAltName ?? '').replace(/^URI:/, '');
  return [String(valid), certificate?.serialNumber.toLowerCase() ?? '', iso(notAfter), iso(notBefore), identity];
}
