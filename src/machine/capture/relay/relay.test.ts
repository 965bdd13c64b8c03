// The relay with real sockets: what it passes on, what it refuses, how it ends.
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openConnectProxy, parseAuthority } from './connect-proxy.ts';
import { forwardNames } from './names.ts';
import { openInbound, openOutbound } from './pipes.ts';
import { proxyHeader } from './proxy-protocol.ts';
import { noCounts, type RelayCounts } from './splice.ts';

let folder = '';
let counts: RelayCounts = noCounts();
const closing: (() => void)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-relay-'));
  counts = noCounts();
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
  rmSync(folder, { recursive: true, force: true });
});

function portOf(server: Server): number {
  const at = server.address();
  return typeof at === 'object' && at !== null ? at.port : 0;
}

async function serve(onConnection: (socket: Socket) => void, at: string | { host: string; port: number } = { host: '127.0.0.1', port: 0 }): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    closing.push(() => socket.destroy());
    onConnection(socket);
  });
  if (typeof at === 'string') server.listen(at);
  else server.listen(at.port, at.host);
  await once(server, 'listening');
  closing.push(() => server.close());
  return server;
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function proxy(more: { maxConnections?: number; connectTimeoutMs?: number } = {}): Promise<string> {
  const path = join(folder, 'out.sock');
  const server = await openConnectProxy({ path, counts, maxConnections: 100, connectTimeoutMs: 2000, ...more });
  closing.push(() => server.close());
  return path;
}

/** A tunnel through the proxy, past its 200. */
async function tunnel(path: string, target: string, early = ''): Promise<{ readonly socket: Socket; readonly status: string }> {
  const socket = connect({ path, allowHalfOpen: true });
  closing.push(() => socket.destroy());
  socket.write(`CONNECT ${target} HTTP/1.1\r\n\r\n${early}`);
  let head = '';
  while (!head.includes('\r\n\r\n')) {
    const chunk = socket.read(1) as Buffer | null;
    if (chunk === null) await once(socket, 'readable');
    else head += chunk.toString();
  }
  return { socket, status: head.slice(9, 12) };
}

describe('CONNECT proxy', () => {
  test('passes bytes both ways, those sent early too, and a half-close as a half-close', async () => {
    const echo = await serve(async (socket) => {
      const all = await readAll(socket); // the answer is written only after the client's end has come through
      socket.end(`heard ${all.toString()}`);
    });
    const { socket, status } = await tunnel(await proxy(), `127.0.0.1:${portOf(echo)}`, 'early ');
    expect(status).toBe('200');
    socket.end('late');
    expect((await readAll(socket)).toString()).toBe('heard early late');
    expect(counts).toMatchObject({ opened: 1, refused: 0, failed: 0 });
  });

  test('a fast writer waits for a slow reader, and nothing is lost', async () => {
    const bytes = randomBytes(16 * 1024 * 1024);
    const source = await serve((socket) => void socket.end(bytes));
    const { socket } = await tunnel(await proxy(), `127.0.0.1:${portOf(source)}`);
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of socket) {
      hash.update(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length % 7 === 0) await new Promise(setImmediate);
    }
    expect(length).toBe(bytes.length);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('a reset is not turned into a clean end', async () => {
    const reset = await serve((socket) => {
      socket.write('half an answer', () => socket.resetAndDestroy());
    });
    const { socket } = await tunnel(await proxy(), `127.0.0.1:${portOf(reset)}`);
    const back = await serve((client) => {
      client.pipe(socket);
    });
    expect(back).toBeDefined();
    await readAll(socket).catch(() => undefined);
    expect(counts.failed).toBe(1);
    expect(counts.open).toBe(0);
  });

  test('nobody there is 502, a bad target 400, another method 405', async () => {
    const path = await proxy();
    const gone = await serve(() => {});
    const port = portOf(gone);
    await new Promise<void>((done) => gone.close(() => done()));
    expect((await tunnel(path, `127.0.0.1:${port}`)).status).toBe('502');
    expect((await tunnel(path, 'nonsense')).status).toBe('400');
    const plain = connect(path);
    plain.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    expect((await readAll(plain)).toString()).toMatch(/^HTTP\/1\.1 405 /);
    expect(counts.failed).toBe(1);
  });

  test('more than the limit are turned away and counted', async () => {
    const held = await serve(() => {});
    const path = await proxy({ maxConnections: 1 });
    await tunnel(path, `127.0.0.1:${portOf(held)}`);
    const second = connect(path);
    await once(second, 'close');
    expect(counts.refused).toBe(1);
  });

  test('targets', () => {
    expect(parseAuthority('[2001:db8::1]:443')).toEqual({ host: '2001:db8::1', port: 443 });
    expect(parseAuthority('api.example:80')).toEqual({ host: 'api.example', port: 80 });
    for (const bad of ['', 'x', 'x:0', 'x:99999', '::1:80', 'a b:80', 'http://x:80']) expect(parseAuthority(bad), bad).toBeUndefined();
  });
});

describe('PROXY protocol', () => {
  test('IPv4, byte by byte', () => {
    const header = proxyHeader({ sourceAddress: '10.1.2.3', sourcePort: 0x1234, destinationAddress: '127.0.0.1', destinationPort: 8080 });
    expect(header.toString('hex')).toBe('0d0a0d0a000d0a515549540a' + '2111' + '000c' + '0a010203' + '7f000001' + '1234' + '1f90');
  });
  test('IPv6, and IPv4 beside it mapped', () => {
    const header = proxyHeader({ sourceAddress: 'fe80::1%eth0', sourcePort: 1, destinationAddress: '::ffff:10.0.0.1', destinationPort: 2 });
    expect(header.toString('hex')).toBe(
      '0d0a0d0a000d0a515549540a' + '2121' + '0024' + 'fe800000000000000000000000000001' + '00000000000000000000ffff0a000001' + '0001' + '0002',
    );
  });
  test('mapped IPv4 on both ends is IPv4', () => {
    expect(proxyHeader({ sourceAddress: '::ffff:1.2.3.4', sourcePort: 1, destinationAddress: '::ffff:5.6.7.8', destinationPort: 2 })[13]).toBe(0x11);
  });
});

describe('pipes', () => {
  test('inbound: a header with the ends, then the bytes', async () => {
    const pipe = join(folder, 'in.sock');
    const received: Promise<Buffer>[] = [];
    await serve((socket) => void received.push(readAll(socket).finally(() => socket.end('bye'))), pipe);
    const server = await openInbound({ host: '127.0.0.1', port: 0 }, pipe, { counts, maxConnections: 10 });
    closing.push(() => server.close());
    const client = connect({ host: '127.0.0.1', port: portOf(server), allowHalfOpen: true });
    client.end('hello');
    expect((await readAll(client)).toString()).toBe('bye');
    const [bytes] = await Promise.all(received);
    expect(bytes?.subarray(0, 12).toString('hex')).toBe('0d0a0d0a000d0a515549540a');
    expect(bytes?.subarray(28).toString()).toBe('hello');
    expect(bytes?.readUInt16BE(24)).toBe(client.localPort ?? bytes?.readUInt16BE(24));
  });

  test('inbound: with no proxy behind, the caller is reset and it is counted', async () => {
    const server = await openInbound({ host: '127.0.0.1', port: 0 }, join(folder, 'nobody.sock'), { counts, maxConnections: 10 });
    closing.push(() => server.close());
    const client = connect({ host: '127.0.0.1', port: portOf(server) });
    await once(client, 'error');
    expect(counts.failed).toBe(1);
  });

  test('outbound: a Unix socket leads to the control plane', async () => {
    const plane = await serve((socket) => socket.pipe(socket));
    const server = await openOutbound(join(folder, 'xds.sock'), { host: '127.0.0.1', port: portOf(plane) }, { counts, maxConnections: 10 });
    closing.push(() => server.close());
    const client = connect({ path: join(folder, 'xds.sock'), allowHalfOpen: true });
    client.end('ping');
    expect((await readAll(client)).toString()).toBe('ping');
  });
});

describe('names', () => {
  test('questions go to the first resolver that answers; a forged answer is not one', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    const wise = createSocket('udp4').bind(0, '127.0.0.1');
    const inside = createSocket('udp4').bind(0, '127.0.0.1');
    const asking = createSocket('udp4').bind(0, '127.0.0.1');
    const all = [silent, wise, inside, asking];
    for (const socket of all) closing.push(() => socket.close());
    await Promise.all(all.map((socket) => once(socket, 'listening')));
    wise.on('message', (question, from) => {
      const forged = Buffer.from(question);
      forged.writeUInt16BE(question.readUInt16BE(0) ^ 1, 0);
      wise.send(forged, from.port, from.address);
      wise.send(Buffer.concat([question, Buffer.from('!')]), from.port, from.address);
    });
    const resolvers = [silent, wise].map((socket) => ({ address: '127.0.0.1', port: socket.address().port }));
    forwardNames(inside, { resolvers, counts, maxQuestions: 10, timeoutMs: 100 });
    const question = Buffer.from('0102030405060708090a0b0c', 'hex');
    asking.send(question, inside.address().port, '127.0.0.1');
    const [answer] = (await once(asking, 'message')) as [Buffer];
    expect(answer.toString('latin1')).toBe(`${question.toString('latin1')}!`);
    expect(counts).toEqual({ opened: 1, open: 0, refused: 0, failed: 0 });
  });
});
