import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { describeSilence, detectProtocol } from './probe.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function dial(server: ReturnType<typeof createServer>): Promise<Socket> {
  server.listen(0, '127.0.0.1');
  closing.push(() => server.close());
  await once(server, 'listening');
  const at = server.address();
  const socket = connect({ host: '127.0.0.1', port: typeof at === 'object' && at !== null ? at.port : 0 });
  socket.pause();
  await once(socket, 'connect');
  return socket;
}

const times = { silenceMs: 150, answerMs: 300 };
const served = (onConnection: (socket: Socket) => void): Promise<Socket> =>
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
    const socket = await served((peer) => peer.write('hello', greeted));
    await sent;
    expect(await detectProtocol(socket, { silenceMs: 5000, answerMs: 5000 })).toBe('tcp');
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
