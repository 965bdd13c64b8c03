// Servers outside the mesh for a test: HTTP, HTTPS with a certificate of a root of its own, a server that speaks first, and a name server.
import { spawnSync } from 'node:child_process';
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

export interface Origin extends AsyncDisposable {
  readonly port: number;
}

async function opened(server: Server, host: string, port: number): Promise<Origin> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

export interface OriginOptions {
  readonly host?: string;
  readonly port?: number;
  /** Clients must have a certificate that this authority issued. */
  readonly clients?: string;
}

/** Answers every request with what it saw: name, host, path, protocol version, and server name of TLS. */
function answer(name: string, request: IncomingMessage, response: ServerResponse): void {
  const { servername, authorized } = request.socket as TLSSocket;
  const client = authorized === true ? (request.socket as TLSSocket).getPeerCertificate().subject?.CN : undefined;
  const { method, url, headers, httpVersion } = request;
  const host = headers.host ?? headers[':authority'];
  response.end(
    JSON.stringify({
      name,
      method,
      url,
      host,
      version: httpVersion,
      sni: servername ?? '',
      authorized: authorized ?? false,
      ...(client === undefined ? {} : { client }),
    }),
  );
}

export function httpOrigin(name: string, { host = '127.0.0.1', port = 0 }: OriginOptions = {}): Promise<Origin> {
  return opened(
    createServer((request, response) => answer(name, request, response)),
    host,
    port,
  );
}

/** HTTPS, HTTP/2 and HTTP/1.1 by ALPN. */
export function httpsOrigin(name: string, pair: { readonly certificate: string; readonly key: string }, options: OriginOptions = {}): Promise<Origin> {
  const mutual = options.clients === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: options.clients };
  const server = createSecureServer({ cert: pair.certificate, key: pair.key, allowHTTP1: true, ...mutual }, (request, response) =>
    answer(name, request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  return opened(server as unknown as Server, options.host ?? '127.0.0.1', options.port ?? 0);
}

/** Greets at once, as MySQL and SMTP do, and then returns what it is told with a prefix. */
export function greetingOrigin(greeting: string, { host = '127.0.0.1', port = 0 }: OriginOptions = {}): Promise<Origin> {
  const server = createTcpServer((socket) => {
    socket.write(greeting);
    socket.on('data', (chunk) => socket.write(`heard ${chunk}`));
  });
  return opened(server, host, port);
}

export interface Authority {
  readonly pem: string;
  /** A server certificate for DNS names. */
  issue(names: readonly string[]): { readonly certificate: string; readonly key: string };
}

/** A root of its own, made by openssl. */
export function authority(name: string): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'weft-ca-'));
  const openssl = (args: readonly string[]): void => {
    const run = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`openssl ${args.join(' ')}: ${run.stderr}`);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(['req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', `/CN=${name}`]);
  const pem = readFileSync(join(folder, 'ca.pem'), 'utf8');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return {
    pem,
    issue: (names) => {
      writeFileSync(join(folder, 'san.txt'), `subjectAltName=${names.map((each) => `DNS:${each}`).join(',')}\n`);
      openssl(['req', ...key, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', `/CN=${names[0]}`]);
      openssl([
        'x509',
        '-req',
        '-in',
        'leaf.csr',
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-out',
        'leaf.pem',
        '-days',
        '2',
        '-extfile',
        'san.txt',
      ]);
      return { certificate: readFileSync(join(folder, 'leaf.pem'), 'utf8'), key: readFileSync(join(folder, 'leaf.key'), 'utf8') };
    },
  };
}

/** A name server for A questions; names without an entry do not exist. Entries may be changed while it runs. */
export class NameServer implements AsyncDisposable {
  readonly entries = new Map<string, readonly string[]>();
  readonly asked: string[] = [];
  readonly #socket: Datagrams;

  private constructor(socket: Datagrams) {
    this.#socket = socket;
  }

  static async open(entries: Readonly<Record<string, readonly string[]>>): Promise<NameServer> {
    const socket = createSocket('udp4');
    const server = new NameServer(socket);
    for (const [name, addresses] of Object.entries(entries)) server.entries.set(name, addresses);
    socket.on('message', (question, from) => socket.send(server.#answer(question), from.port, from.address));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** RFC 1035 §4: the question again, and an A record for each address when A was asked. */
  #answer(question: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join('.').toLowerCase();
    const type = question.readUInt16BE(at + 1);
    this.asked.push(name);
    const known = this.entries.get(name);
    const addresses = type === 1 ? (known ?? []) : [];
    const head = Buffer.from(question.subarray(0, at + 5));
    head.writeUInt16BE(known === undefined ? 0x8183 : 0x8180, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(addresses.length, 6);
    head.writeUInt32BE(0, 8);
    const records = addresses.map((address) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]));
    return Buffer.concat([head, ...records]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
  }
}
