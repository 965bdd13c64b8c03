// The way out of a namespace without a device: an HTTP/1.1 CONNECT proxy on a Unix socket (RFC 9110, 9.3.6). Envoy inside asks it for
// `host:port` and then speaks through it, end to end encrypted where the peer is in the mesh. Only its own user can open the socket.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { abort, type RelayCounts, splice } from './splice.ts';

export interface ConnectProxyOptions {
  readonly path: string;
  readonly counts: RelayCounts;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
}

/** `host` and `port` of a CONNECT request's target; IPv6 in brackets. Undefined when it is none. */
export function parseAuthority(text: string): { readonly host: string; readonly port: number } | undefined {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  const host = found?.[1] ?? found?.[2];
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** Serves until closed. Rejects when the socket cannot be made. */
export function openConnectProxy(options: ConnectProxyOptions): Promise<Server> {
  const { counts } = options;
  const server = createServer({ requireHostHeader: false, noDelay: true }, (_request, response) => {
    response.writeHead(405, { allow: 'CONNECT', connection: 'close' }).end();
  });
  server.maxConnections = options.maxConnections;
  server.on('drop', () => counts.refused++);
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => tunnel(request, client, head, options));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.path, () => resolve(server));
  });
}

function tunnel(request: IncomingMessage, client: Socket, head: Buffer, { counts, connectTimeoutMs }: ConnectProxyOptions): void {
  const target = parseAuthority(request.url ?? '');
  client.on('error', () => {});
  if (target === undefined) {
    client.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    return;
  }
  const upstream = connect({ ...target, allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
  const refuse = (): void => {
    counts.failed++;
    clearTimeout(timer);
    upstream.destroy();
    client.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n');
  };
  const timer = setTimeout(refuse, connectTimeoutMs);
  const gone = (): void => {
    clearTimeout(timer);
    abort(upstream);
  };
  upstream.once('error', refuse);
  client.once('close', gone);
  upstream.once('connect', () => {
    clearTimeout(timer);
    upstream.off('error', refuse);
    client.off('close', gone);
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    splice(client, upstream, counts);
  });
}
