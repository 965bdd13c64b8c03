// Fetching the bundle of another mesh (SPIFFE Federation §5.2): one GET over TLS, no redirects, nothing sent that is secret.
import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import type { PeerCertificate } from 'node:tls';
import { wireError } from './errors.ts';

export type EndpointTrust =
  /** By a certificate of the web for the host. `anchors`: PEM; what this system trusts. */
  | { readonly profile: 'https_web'; readonly anchors: string }
  /** By an identity of the peer, held against the anchors that are known of it. */
  | { readonly profile: 'https_spiffe'; readonly anchors: string; readonly spiffeId: string };

export interface BundleRequest {
  readonly url: string;
  readonly trust: EndpointTrust;
  readonly deadlineMs?: number;
}

const MAX_BYTES = 1024 * 1024;

/** The endpoint's certificate must be exactly this identity and a leaf (X509-SVID §5.2); the chain was verified before. */
function identityFault(certificate: PeerCertificate, spiffeId: string): Error | undefined {
  const leaf = new X509Certificate(certificate.raw);
  const names = (leaf.subjectAltName ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  if (names.length === 1 && names[0] === `URI:${spiffeId}` && !leaf.ca) return undefined;
  return new Error(`it shows ${names.length === 0 ? 'no identity' : names.join(', ')}, not ${spiffeId}`);
}

/** The text of the bundle. Throws WeftError `unreachable`, `deadline-exceeded`, `untrusted-server` or `protocol`; nothing of an answer is in its words. */
export function fetchBundle({ url, trust, deadlineMs = 5000 }: BundleRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (code: Parameters<typeof wireError>[0], words: string, cause?: unknown): void => {
      call.destroy();
      reject(wireError(code, `the bundle endpoint ${url} ${words}`, { cause }));
    };
    const identity =
      trust.profile === 'https_spiffe'
        ? { checkServerIdentity: (_host: string, certificate: PeerCertificate) => identityFault(certificate, trust.spiffeId) }
        : {};
    const call = request(url, { ca: trust.anchors, minVersion: 'TLSv1.2', agent: false, headers: { accept: 'application/json' }, ...identity });
    const timer = setTimeout(() => fail('deadline-exceeded', `does not answer within ${deadlineMs} ms`), deadlineMs);
    call.once('close', () => clearTimeout(timer));
    call.once('error', (error: NodeJS.ErrnoException) => {
      const network = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET', 'EHOSTUNREACH', 'ETIMEDOUT'].includes(error.code ?? '');
      fail(network ? 'unreachable' : 'untrusted-server', network ? `cannot be reached: ${error.code}` : `is not who it should be: ${error.message}`, error);
    });
    call.once('response', (answer) => {
      // A redirect would lead to somebody else's word for who is who (§7.5.1).
      if (answer.statusCode !== 200) return fail('protocol', `answers ${answer.statusCode}`);
      const pieces: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > MAX_BYTES) fail('protocol', 'answers with more than 1 MiB');
        else pieces.push(piece);
      });
      answer.once('end', () => resolve(Buffer.concat(pieces).toString('utf8')));
    });
    call.end();
  });
}
