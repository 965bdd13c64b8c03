// A bundle endpoint (SPIFFE Federation §5.2): one document for whoever asks, over TLS. Nothing else is answered, and nobody is asked who he is.
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { Door } from './door.ts';
import { listenFailure } from './errors.ts';
import type { TlsPair } from './grpc-server.ts';
import { beginsTls } from './hello.ts';

export interface BundleServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly tls: TlsPair;
  /** The bundle of now. */
  readonly bundle: () => string;
}

export interface BundleServer {
  readonly port: number;
  updateTls(tls: TlsPair): void;
  close(): Promise<void>;
}

const contextOf = ({ certificatePem, keyPem }: TlsPair): { cert: string; key: string; minVersion: 'TLSv1.2' } => ({
  cert: certificatePem,
  key: keyPem,
  minVersion: 'TLSv1.2',
});

/** Throws WeftError `address-in-use` when the port cannot be had. */
export async function serveBundle({ host, port, tls, bundle }: BundleServerOptions): Promise<BundleServer> {
  const server = createServer(
    { ...contextOf(tls), handshakeTimeout: 5000, requestTimeout: 5000, headersTimeout: 5000, maxHeaderSize: 8192 },
    (request, answer) => {
      request.resume();
      const known = request.method === 'GET' && request.url === '/';
      answer.writeHead(known ? 200 : request.url === '/' ? 405 : 404, { 'content-type': 'application/json', connection: 'close' });
      answer.end(known ? bundle() : undefined);
    },
  );
  const accept = server.listeners('connection');
  server.removeAllListeners('connection');
  const enter = (socket: Socket, first: Buffer): void => {
    if (beginsTls(first)) for (const listener of accept) listener.call(server, socket);
    else socket.destroy();
  };
  const door = new Door(enter, { mostSilent: 200, mostInside: 200, share: 0.05 });
  server.on('connection', (socket: Socket) => door.take(socket));
  // A client that speaks no TLS is its own affair.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(host, port, error)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    updateTls: (next) => server.setSecureContext(contextOf(next)),
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}
