import { isIP } from 'node:net';
import { type HttpServer, serveHttp, type TlsPair } from '../wire/index.ts';
import type { ApiOptions } from './api-options.ts';
import { ApiServer } from './api-server.ts';
import type { CensusEntry } from './sessions.ts';
import { acceptTls, type TlsDoor } from './tls-door.ts';

const BODY_BYTES = 1024 * 1024;

export interface Api {
  readonly port: number;
  readonly url: string;
  /** Every route there is, with what it asks of its caller. */
  readonly census: readonly CensusEntry[];
  /** A link with which a browser signs in once as who has `token`; good for 15 minutes. */
  signInLink(token: string): string;
  /** New connections get this certificate. Without `tls` in the options it does nothing. */
  updateTls(tls: TlsPair): void;
  /** Ends every watch, lets the answers under way finish for at most `graceMs`, then cuts. */
  close(graceMs: number): Promise<void>;
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** Whose certificates clients may show. */
function clientCa({ clientCertificates }: ApiOptions): (() => string) | undefined {
  if (clientCertificates === undefined) return undefined;
  const { meshPem, peoplePem = '' } = clientCertificates;
  return () => `${meshPem()}\n${peoplePem}`;
}

/**
 * Serves the management API. Throws WeftError `address-in-use` when the port cannot be had. Listens on loopback unless `host`
 * says otherwise; without TLS that is logged as a warning.
 */
export async function openApi(options: ApiOptions): Promise<Api> {
  const { host = '127.0.0.1', port, ports } = options;
  if (!isLoopback(host) && options.tls === undefined) ports.log('warn', 'the management API listens beyond this machine without TLS', { host });
  const api = new ApiServer(options);
  let door: TlsDoor | undefined;
  const server: HttpServer = await serveHttp({
    host,
    port,
    limits: { bodyBytes: BODY_BYTES, maxConnections: 6_000 },
    routes: (app) => {
      if (options.tls !== undefined) door = acceptTls(app.server, options.tls, clientCa(options));
      api.routes(app);
    },
  });
  return {
    port: server.port,
    url: server.url,
    census: api.census,
    signInLink: (token) => server.url + api.link(token),
    updateTls: (tls) => door?.update(tls),
    close: (graceMs) => server.close(graceMs),
  };
}
