// Byte pipes between the host's TCP and the Unix sockets that lead into the namespace.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { proxyHeader } from './proxy-protocol.ts';
import { abort, type RelayCounts, splice } from './splice.ts';

export interface PipeOptions {
  readonly counts: RelayCounts;
  readonly maxConnections: number;
}

const TCP = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 } as const;

function listen(server: Server, at: { readonly path: string } | { readonly host: string; readonly port: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, () => resolve(server));
  });
}

function join(client: Socket, upstream: Socket, counts: RelayCounts, first?: Buffer): void {
  const failed = (): void => {
    counts.failed++;
    abort(client);
  };
  const gone = (): void => void upstream.destroy();
  client.on('error', () => {});
  client.once('close', gone);
  upstream.once('error', failed);
  upstream.once('connect', () => {
    upstream.off('error', failed);
    client.off('close', gone);
    if (first !== undefined) upstream.write(first);
    splice(client, upstream, counts);
  });
}

function pipeServer(options: PipeOptions, accept: (client: Socket) => void): Server {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, ...TCP }, accept);
  server.maxConnections = options.maxConnections;
  server.on('drop', () => options.counts.refused++);
  return server;
}

/**
 * Mutual TLS from peers: a TCP port of the host leads to the proxy's inbound pipe. Each connection begins with a PROXY header that
 * says where it came from and which port it was for, so one pipe serves every port and the inbound chains are the same as elsewhere.
 */
export function openInbound(at: { readonly host: string; readonly port: number }, pipe: string, options: PipeOptions): Promise<Server> {
  const server = pipeServer(options, (client) => {
    const { remoteAddress, remotePort, localAddress } = client;
    if (remoteAddress === undefined || remotePort === undefined || localAddress === undefined) return void client.destroy();
    const header = proxyHeader({ sourceAddress: remoteAddress, sourcePort: remotePort, destinationAddress: localAddress, destinationPort: at.port });
    join(client, connect({ path: pipe, allowHalfOpen: true }), options.counts, header);
  });
  return listen(server, at);
}

/** The proxy's way to the control plane: a Unix socket leads to a TCP address. TLS goes through untouched. */
export function openOutbound(path: string, to: { readonly host: string; readonly port: number }, options: PipeOptions): Promise<Server> {
  return listen(
    pipeServer(options, (client) => join(client, connect({ ...to, allowHalfOpen: true, ...TCP }), options.counts)),
    { path },
  );
}
