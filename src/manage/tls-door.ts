// HTTP and HTTPS on the same port. kubectl sends no token over plain HTTP, and a browser or a script on the same machine needs no
// certificate: the first byte of a connection says which of the two it is (0x16 begins a TLS handshake, RFC 8446 §5.1).
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsPair } from '../wire/index.ts';

const HANDSHAKE = 0x16;
const FIRST_BYTE_MS = 10_000;
const HANDSHAKE_MS = 10_000;

export interface TlsDoor {
  /** New connections get this certificate; open ones are left alone. */
  update(tls: TlsPair): void;
}

const contextOf = (tls: TlsPair): { cert: string; key: string; minVersion: 'TLSv1.2' } => ({
  cert: tls.certificatePem,
  key: tls.keyPem,
  minVersion: 'TLSv1.2',
});

/** Makes `server` (plain HTTP, not yet listening) understand TLS as well. */
export function acceptTls(server: Server, tls: TlsPair): TlsDoor {
  const accept = server.listeners('connection');
  const plain = (socket: Socket): void => {
    for (const listener of accept) listener.call(server, socket);
  };
  const secure = createTlsServer({ ...contextOf(tls), ALPNProtocols: ['http/1.1'], handshakeTimeout: HANDSHAKE_MS }, plain);
  secure.on('tlsClientError', (_error, socket) => socket.destroy());
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const cut = (): void => void socket.destroy();
    socket.on('error', cut);
    socket.setTimeout(FIRST_BYTE_MS, cut);
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.setTimeout(0);
      socket.removeListener('timeout', cut);
      socket.unshift(first);
      if (first[0] === HANDSHAKE) secure.emit('connection', socket);
      else plain(socket);
      process.nextTick(() => socket.resume());
    });
  });
  return { update: (next) => secure.setSecureContext(contextOf(next)) };
}
