// HTTP and HTTPS on the same port. kubectl sends no token over plain HTTP, and a browser or a script on the same machine needs no
// certificate: the first byte of a connection says which of the two it is (0x16 begins a TLS handshake, RFC 8446 §5.1).
import { constants } from 'node:crypto';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { beginsTls, Door, type TlsPair } from '../wire/index.ts';

const HANDSHAKE = 0x16;
/** Connections beside those that have said nothing; half the time that proxies may take to come in. */
const LIMITS = { mostInside: 4_000, share: 0.1 } as const;
const HANDSHAKE_MS = 10_000;

export interface TlsDoor {
  /** New connections get this certificate; open ones are left alone. */
  update(tls: TlsPair): void;
}

interface Context {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2';
  readonly ca?: string;
}

const contextOf = (tls: TlsPair, clientCa: (() => string) | undefined): Context => ({
  cert: tls.certificatePem,
  key: tls.keyPem,
  minVersion: 'TLSv1.2',
  ...(clientCa === undefined ? {} : { ca: clientCa() }),
});

/**
 * Makes `server` (plain HTTP, not yet listening) understand TLS as well. With `clientCa` (PEM, read again at every update) clients may show
 * a certificate; one that does not verify is none. Sessions are not resumed: what a client is was found out on this connection.
 */
export function acceptTls(server: Server, tls: TlsPair, clientCa?: () => string): TlsDoor {
  const accept = server.listeners('connection');
  const plain = (socket: Socket): void => {
    for (const listener of accept) listener.call(server, socket);
  };
  const asking = clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: false, secureOptions: constants.SSL_OP_NO_TICKET };
  const options = { ...contextOf(tls, clientCa), ...asking, ALPNProtocols: ['http/1.1'], handshakeTimeout: HANDSHAKE_MS };
  const secure = createTlsServer(options, plain);
  secure.on('tlsClientError', (_error, socket) => socket.destroy());
  server.removeAllListeners('connection');
  const enter = (socket: Socket, first: Buffer): void => {
    if (first[0] !== HANDSHAKE) plain(socket);
    else if (beginsTls(first)) {
      // Plain HTTP bears a client that has sent all it has to say; who ends in the middle of a handshake is gone.
      socket.allowHalfOpen = false;
      secure.emit('connection', socket);
    } else socket.destroy();
  };
  const door = new Door(enter, LIMITS);
  server.on('connection', (socket: Socket) => door.take(socket));
  return { update: (next) => secure.setSecureContext({ ...contextOf(next, clientCa), ...asking }) };
}
