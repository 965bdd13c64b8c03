import { createHash, X509Certificate } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import { wireError } from './errors.ts';

export interface PinOptions {
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the root's DER, hexadecimal; colons and case do not matter. */
  readonly fingerprint: string;
  /** Others of which one will do as well: a root that is being changed. */
  readonly others?: readonly string[];
  readonly serverName: string;
  /** Default 10 s. */
  readonly deadlineMs?: number;
}

/** SHA-256 of a certificate's DER, lower-case hexadecimal: how a root is named in join tokens. Throws on text that is no certificate. */
export function fingerprintOf(certificatePem: string): string {
  return createHash('sha256').update(new X509Certificate(certificatePem).raw).digest('hex');
}

/** Fingerprints of all certificates of a PEM text, in their order. */
export function fingerprintsOf(pem: string): readonly string[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).map(fingerprintOf);
}

/**
 * Reads the chain a server shows and returns the certificate whose fingerprint is the expected one, as PEM. Nothing is sent
 * to the server and nothing of it is trusted but the bytes that hash to the fingerprint; the leaf's own signature is left to
 * the connection that is made with this root. Throws WeftError `unreachable`, `deadline-exceeded`, `protocol` (no TLS 1.3
 * there), `untrusted-server` (another root).
 */
export async function fetchPinnedRoot(options: PinOptions): Promise<string> {
  const address = `${options.host}:${options.port}`;
  const [wanted = '', ...others] = [options.fingerprint, ...(options.others ?? [])].map((text) => text.replaceAll(':', '').toLowerCase());
  const chain = await readChain(options, address);
  const root = chain.find((certificate) => [wanted, ...others].includes(createHash('sha256').update(certificate.raw).digest('hex')));
  if (root !== undefined) return root.toString();
  const shown = chain.at(-1);
  throw wireError(
    'untrusted-server',
    `the control plane at ${address} is not the one this token was made by: the token expects the root ${short(wanted)}…, ` +
      `the server shows ${shown === undefined ? 'none' : `${short(createHash('sha256').update(shown.raw).digest('hex'))}…`}. ` +
      'Either this is another control plane, its data directory was made anew, or the token was altered: make a new token where the control plane runs',
    { details: { address, expected: wanted } },
  );
}

function short(fingerprint: string): string {
  return fingerprint.slice(0, 16);
}

function readChain(options: PinOptions, address: string): Promise<readonly X509Certificate[]> {
  const deadlineMs = options.deadlineMs ?? 10_000;
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: options.host,
      port: options.port,
      servername: options.serverName,
      ALPNProtocols: ['h2'],
      minVersion: 'TLSv1.3',
      rejectUnauthorized: false,
    });
    socket.setTimeout(deadlineMs, () =>
      socket.destroy(wireError('deadline-exceeded', `no answer from ${address} within ${deadlineMs} ms`, { details: { address } })),
    );
    socket.once('error', (error: NodeJS.ErrnoException) => reject(connectFailure(error, address)));
    socket.once('secureConnect', () => {
      resolve(chainOf(socket));
      socket.destroy();
    });
  });
}

function connectFailure(error: NodeJS.ErrnoException, address: string): Error {
  if (error.name === 'WeftError') return error;
  if (error.code?.startsWith('ERR_SSL') === true || error.code === 'EPROTO' || (error.code === 'ECONNRESET' && error.message.includes('TLS'))) {
    return wireError('protocol', `${address} does not speak TLS 1.3: is it the proxies' port of a control plane?`, { details: { address }, cause: error });
  }
  return wireError('unreachable', `cannot reach ${address}: ${error.message}`, { details: { address }, cause: error });
}

function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  // A self-signed certificate is its own issuer, and a server could show a loop: ten are more than any chain of ours has.
  for (let next = socket.getPeerX509Certificate(); next !== undefined && chain.length < 10; next = next.issuerCertificate) {
    if (chain.some((seen) => seen.raw.equals(next?.raw ?? Buffer.alloc(0)))) break;
    chain.push(next);
  }
  return chain;
}
