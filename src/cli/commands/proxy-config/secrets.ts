import { X509Certificate } from 'node:crypto';
import { at, type Json, text } from './json.ts';
import type { Section } from './section.ts';

/** PEM of a data source: bytes come as base64. */
function pemOf(source: Json): string {
  const bytes = text(source, 'inline_bytes');
  return bytes === '' ? text(source, 'inline_string') : Buffer.from(bytes, 'base64').toString();
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return pem === '' ? undefined : new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

const iso = (date: Date | undefined): string => (date === undefined || Number.isNaN(date.getTime()) ? '' : date.toISOString().replace(/\.\d+Z$/, 'Z'));

/** Certificates with their times. Of one that was given out before the control plane started, only its end is known. */
export const secrets: Section = {
  headers: ['RESOURCE NAME', 'TYPE', 'STATUS', 'VALID CERT', 'SERIAL NUMBER', 'NOT AFTER', 'NOT BEFORE', 'IDENTITY'],
  rows: ({ name, content, acknowledged }, now) => {
    const bundle = at(content, 'validation_context') !== undefined;
    const certificate = certificateOf(pemOf(at(content, bundle ? 'validation_context.trusted_ca' : 'tls_certificate.certificate_chain')));
    const known = text(content, 'not_after');
    const notAfter = certificate?.validToDate ?? (known === '' ? undefined : new Date(known));
    const notBefore = certificate?.validFromDate;
    const valid = notAfter !== undefined && notAfter.getTime() > now && (notBefore === undefined || notBefore.getTime() <= now);
    const identity = (certificate?.subjectAltName ?? '').replace(/^URI:/, '');
    return [
      [
        name,
        bundle ? 'CA' : 'Cert Chain',
        acknowledged ? 'ACTIVE' : 'WARMING',
        String(valid),
        certificate?.serialNumber.toLowerCase() ?? '',
        iso(notAfter),
        iso(notBefore),
        identity,
      ],
    ];
  },
};
