// Bytes to an HTTP server of somebody else's (a collector), with authorities and a certificate of one's own where that is wanted.
import { request as plain } from 'node:http';
import { request as secured } from 'node:https';
import type { ClientTls } from './client-tls.ts';
import { wireError } from './errors.ts';

export interface BytesPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls?: ClientTls | undefined;
  readonly bytes: Uint8Array;
  readonly deadlineMs: number;
}

/** Resolves when the server has answered with a status of 2xx. Throws WeftError `unreachable`, whatever went wrong; a redirection is not followed. */
export function postBytes({ url, headers, tls, bytes, deadlineMs }: BytesPost): Promise<void> {
  const credentials = tls === undefined ? {} : { ca: tls.authoritiesPem, cert: tls.certificatePem, key: tls.keyPem };
  const ask = url.protocol === 'https:' ? secured : plain;
  return new Promise((resolve, reject) => {
    const fail = (words: string, cause?: unknown): void => reject(wireError('unreachable', `${url.host}: ${words}`, { cause }));
    const signal = AbortSignal.timeout(deadlineMs);
    const call = ask(url, { method: 'POST', headers: { ...headers, 'content-length': String(bytes.byteLength) }, signal, ...credentials }, (answer) => {
      answer.resume();
      answer.once('error', (cause) => fail(cause.message, cause));
      const { statusCode = 0 } = answer;
      answer.once('end', () => (statusCode >= 200 && statusCode < 300 ? resolve() : fail(`${url.pathname} answers ${statusCode}`)));
    });
    call.once('error', (cause) => fail(signal.aborted ? 'no answer in time' : cause.message, cause));
    call.end(bytes);
  });
}
