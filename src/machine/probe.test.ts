import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { describeSilence, detectProtocol } from './probe.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** How to connect to a server, once it listens. */
async function dial(server: ReturnType<typeof createServer>): Promise<() => Promise<Socket>> {
  server.listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  const at = server.address();
  return async () => {
    const socket = connect({ host: '127.0.0.1', port: typeof at === 'object' && at !== null ? at.port : 0 });
    socket.pause();
    await once(socket, 'connect');
    return socket;
  };
}

const times = { silenceMs: 150, answerMs: 300 };
const served = (onConnection: (socket: Socket) => void): Promise<() => Promise<Socket>> =>
  dial(
    createServer((socket) => {
      socket.on('error', () => {});
      onConnection(socket);
    }),
  );

describe('detectProtocol', () => {
  test('an HTTP server is http, whatever it thinks of HEAD /', async () => {
    expect(await detectProtocol(await dial(createHttpServer((_request, response) => response.writeHead(404).end())), times)).toBe('http');
    expect(await detectProtocol(await served((socket) => socket.once('data', () => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n'))), times)).toBe('http');
  });
  test('an HTTP/2 server without TLS is h2c, and no handler of it runs', async () => {
    let handled = 0;
    const server = createHttp2Server((_request, response) => {
      handled++;
      response.end();
    });
    expect(await detectProtocol(await dial(server as unknown as ReturnType<typeof createServer>), times)).toBe('h2c');
    expect(handled).toBe(0);
  });
  test('no handler of an HTTP/1.1 server runs either', async () => {
    let handled = 0;
    const server = createHttpServer((_request, response) => {
      handled++;
      response.end();
    });
    expect(await detectProtocol(await dial(server), times)).toBe('http');
    expect(handled).toBe(0);
  });
  test('a server that does not answer the preface is asked again', async () => {
    const old = (socket: Socket): void => void socket.once('data', (bytes) => socket.end(String(bytes).startsWith('HEAD ') ? 'HTTP/1.0 200 OK\r\n\r\n' : ''));
    expect(await detectProtocol(await served(old), times)).toBe('http');
  });
  test('a server that speaks first is tcp', async () => {
    expect(await detectProtocol(await served((socket) => socket.write('220 ready\r\n')), times)).toBe('tcp');
  });
  test('a server that answers something else, nothing, or hangs up is tcp', async () => {
    expect(await detectProtocol(await served((socket) => socket.once('data', () => socket.write('-ERR unknown command\r\n'))), times)).toBe('tcp');
    expect(await detectProtocol(await served(() => {}), times)).toBe('tcp');
    expect(await detectProtocol(await served((socket) => socket.end()), times)).toBe('tcp');
    expect(await detectProtocol(await served((socket) => socket.once('data', () => socket.destroy())), times)).toBe('tcp');
  });
  test('bytes that came before anybody looked are not lost', async () => {
    let greeted = (): void => {};
    const sent = new Promise<void>((resolve) => {
      greeted = resolve;
    });
    const socket = await (await served((peer) => peer.write('hello', greeted)))();
    await sent;
    expect(await detectProtocol(async () => socket, { silenceMs: 5000, answerMs: 5000 })).toBe('tcp');
  });
});

describe('why the application is not reached', () => {
  test('another address', () => {
    expect(describeSilence(8080, [{ address: '::1', port: 8080 }])).toBe(
      'the application listens on ::1 port 8080, where the proxy does not reach it\n  let it listen on 127.0.0.1 or 0.0.0.0',
    );
  });
  test("another port; Envoy's own are not meant", () => {
    const listening = [
      { address: '127.0.0.1', port: 15001 },
      { address: '0.0.0.0', port: 3000 },
    ];
    expect(describeSilence(8080, listening)).toBe('nothing listens on port 8080 yet; it listens on 3000\n  is --port right?');
    expect(describeSilence(8080, undefined)).toBe('nothing listens on port 8080 yet');
  });
});
