import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fakeClock } from '../../test/kit/fake-clock.ts';
import { WeftError } from '../base/index.ts';
import { Authority } from '../identity/index.ts';
import { type ByteStream, callUnary, fetchPinnedRoot, type GrpcMethod, type GrpcServer, type GrpcServerOptions, openGrpcClient, serveGrpc } from './index.ts';

const NAME = 'control-plane.weft';
const directories: string[] = [];
let authority: Authority;
let other: Authority;
const cleanups: (() => unknown)[] = [];

function newAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'weft-wire-'));
  directories.push(directory);
  return Authority.open({ directory, trustDomain: 'example.mesh', clock: { ...fakeClock(), now: () => Date.now() } });
}
beforeAll(() => {
  authority = newAuthority();
  other = newAuthority();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytes = (value: string): Uint8Array => Buffer.from(value);
const unary = (handle: (GrpcMethod & { kind: 'unary' })['handle']): GrpcMethod => ({ kind: 'unary', handle });
const bidi = (open: (stream: ByteStream) => void): GrpcMethod => ({ kind: 'bidi', open });

async function serve(methods: Record<string, GrpcMethod>, more: Partial<GrpcServerOptions> = {}): Promise<GrpcServer> {
  const server = await serveGrpc({ host: '127.0.0.1', port: 0, tls: authority.serverCertificate([NAME]), services: [{ name: 'test.S', methods }], ...more });
  cleanups.push(() => server.close(0));
  return server;
}

const call = (port: number, method: string, request: unknown = {}, more: object = {}): Promise<unknown> =>
  callUnary({ host: '127.0.0.1', port, rootPem: authority.bundle(), serverName: NAME, path: `/test.S/${method}`, request, retry: { attempts: 1 }, ...more });

/** A raw grpc-js stream, as an independent client. */
function stream(port: number, method: string): ClientDuplexStream<Buffer, Buffer> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createSsl(Buffer.from(authority.bundle())), {
    'grpc.ssl_target_name_override': NAME,
    'grpc.max_receive_message_length': -1,
    'grpc.use_local_subchannel_pool': 1,
  });
  cleanups.push(() => client.close());
  const raw = (value: Buffer): Buffer => value;
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer abc');
  const duplex = client.makeBidiStreamRequest(`/test.S/${method}`, raw, raw, metadata);
  duplex.on('error', () => {});
  return duplex;
}
const statusOf = (duplex: ClientDuplexStream<Buffer, Buffer>): Promise<{ code: number; details: string }> =>
  new Promise((resolve) => duplex.on('status', ({ code, details }) => resolve({ code, details })));

function signal<T = void>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  return Promise.withResolvers<T>();
}

describe('unary calls', () => {
  test('carry JSON, the token, and any metadata', async () => {
    const { port } = await serve({
      Echo: unary(async (request, { token, get, peer }) =>
        bytes(JSON.stringify({ request: JSON.parse(text(request)), token, agent: get('user-agent')?.split('/')[0], local: peer.startsWith('127.0.0.1:') })),
      ),
    });
    expect(await call(port, 'Echo', { a: 'ä' }, { token: 't' })).toEqual({ request: { a: 'ä' }, token: 't', agent: 'grpc-node-js', local: true });
    expect(await call(port, 'Echo', null)).toEqual({ request: null, agent: 'grpc-node-js', local: true });
  });

  test('a WeftError keeps status and words; a bug says nothing but is told to us', async () => {
    const bugs: unknown[] = [];
    const { port } = await serve(
      {
        Refuse: unary(async () => {
          throw new WeftError('x', { retryable: false, grpc: 7, http: 403 }, 'you may not');
        }),
        Bug: unary(async () => {
          throw new Error('secret');
        }),
      },
      { onBug: (path, error) => bugs.push([path, (error as Error).message]) },
    );
    await expect(call(port, 'Refuse')).rejects.toMatchObject({
      code: 'permission-denied',
      message: 'you may not',
      class: { grpc: 7, http: 403, retryable: false },
    });
    await expect(call(port, 'Bug')).rejects.toMatchObject({ code: 'internal', message: 'internal error' });
    expect(bugs).toEqual([['/test.S/Bug', 'secret']]);
    await expect(call(port, 'Nothing')).rejects.toMatchObject({ code: 'unimplemented' });
  });

  test('retry what is retryable only when told that it may be done twice', async () => {
    let calls = 0;
    const { port } = await serve({
      Flaky: unary(async () => {
        if (++calls < 3) throw new WeftError('x', { retryable: true, grpc: 14, http: 503 }, 'not now');
        return bytes('"done"');
      }),
    });
    const retry = { attempts: 3, baseMs: 1, maxMs: 1 };
    await expect(call(port, 'Flaky', {}, { retry })).rejects.toMatchObject({ code: 'unavailable' });
    expect(calls).toBe(1);
    expect(await call(port, 'Flaky', {}, { retry, idempotent: true })).toBe('done');
    expect(calls).toBe(3);
  });

  test('end at their deadline, and the handler knows', async () => {
    const gone = signal();
    const { port } = await serve({
      Slow: unary((_request, { signal: aborted }) => {
        aborted.addEventListener('abort', () => gone.resolve());
        return new Promise(() => {});
      }),
    });
    await expect(call(port, 'Slow', {}, { deadlineMs: 50 })).rejects.toMatchObject({ code: 'deadline-exceeded' });
    await gone.promise;
  });

  test('an answer that is no JSON is told as such', async () => {
    const { port } = await serve({ Bad: unary(async () => bytes('<html>')) });
    await expect(call(port, 'Bad')).rejects.toMatchObject({ code: 'protocol' });
  });

  test('nobody there', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    await expect(call(port, 'Echo')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(`^cannot reach 127.0.0.1:${port}: .*ECONNREFUSED`),
    });
    await expect(fetchPinnedRoot({ host: '127.0.0.1', port, fingerprint: 'aa', serverName: NAME })).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('a message that is too large is refused, and the server lives', async () => {
    const { port } = await serve({ Echo: unary(async (request) => request) }, { limits: { maxReceiveBytes: 1000 } });
    await expect(call(port, 'Echo', 'x'.repeat(2000))).rejects.toMatchObject({ code: 'resource-exhausted' });
    expect(await call(port, 'Echo', 'ok')).toBe('ok');
  });
});

describe('streams', () => {
  test('carry messages both ways, pieces joined, and end with OK', async () => {
    const gone = signal();
    const { port } = await serve({
      Chat: bidi((s) => {
        s.onMessage((message) => s.write([bytes(`${s.call.token}:`), message, new Uint8Array(), bytes('!')]));
        s.onCancel(() => gone.resolve());
      }),
    });
    const duplex = stream(port, 'Chat');
    const answers: string[] = [];
    const status = statusOf(duplex);
    duplex.on('data', (data: Buffer) => answers.push(text(data)));
    duplex.write(Buffer.from('one'));
    duplex.write(Buffer.from('two'));
    duplex.end();
    expect(await status).toEqual({ code: 0, details: 'OK' });
    expect(answers).toEqual(['abc:one!', 'abc:two!']);
    await gone.promise;
  });

  test('fail behind what is queued', async () => {
    const { port } = await serve({
      Chat: bidi((s) => {
        for (let i = 0; i < 40; i++) s.write(bytes(String(i)));
        s.fail(16, 'who are you');
        expect(s.write(bytes('late'))).toBe(false);
      }),
    });
    const duplex = stream(port, 'Chat');
    const answers: string[] = [];
    duplex.on('data', (data: Buffer) => answers.push(text(data)));
    expect(await statusOf(duplex)).toEqual({ code: 16, details: 'who are you' });
    expect(answers.length).toBe(40);
  });

  test('a handler that throws fails its stream only', async () => {
    const { port } = await serve({
      Chat: bidi(() => {
        throw new WeftError('x', { retryable: false, grpc: 16, http: 401 }, 'no');
      }),
      Echo: unary(async (request) => request),
    });
    const duplex = stream(port, 'Chat');
    duplex.resume();
    expect(await statusOf(duplex)).toEqual({ code: 16, details: 'no' });
    expect(await call(port, 'Echo', 1)).toBe(1);
  });

  test('tell once when the client is gone', async () => {
    let times = 0;
    const gone = signal();
    const { port } = await serve({
      Chat: bidi((s) => {
        s.write(bytes('hello'));
        s.onCancel(() => {
          times++;
          setImmediate(() => gone.resolve());
        });
      }),
    });
    const duplex = stream(port, 'Chat');
    duplex.once('data', () => duplex.cancel());
    await gone.promise;
    expect(times).toBe(1);
  });

  test('back-pressure: writing stops at the high-water mark, nothing is lost, drain goes on', async () => {
    const message = Buffer.alloc(10_000, 7);
    const filled = signal<number>();
    const drained = signal();
    const { port } = await serve({
      Push: bidi((s) => {
        let written = 1;
        while (s.write(message) && written < 10_000) written++;
        filled.resolve(written);
        s.onDrain(() => {
          s.write(bytes('drained'));
          drained.resolve();
          s.end();
        });
      }),
    });
    const duplex = stream(port, 'Push');
    const written = await filled.promise;
    expect(written).toBeLessThan(50);
    let received = 0;
    let last = '';
    duplex.on('data', (data: Buffer) => {
      received++;
      last = text(data.subarray(0, 7));
    });
    await drained.promise;
    expect(await statusOf(duplex)).toMatchObject({ code: 0 });
    expect([received, last]).toEqual([written + 1, 'drained']);
  });

  test('a reader that stalls leaves messages with us, not in the kernel', async () => {
    const opened = signal<ByteStream>();
    const { port } = await serve({ Push: bidi((s) => opened.resolve(s)) });
    const duplex = stream(port, 'Push');
    duplex.pause();
    const s = await opened.promise;
    for (let i = 0; i < 2_000; i++) s.write(Buffer.alloc(10_000));
    await new Promise((resolve) => setImmediate(resolve));
    expect(s.queued).toBeGreaterThan(1_500);
    s.end();
    let received = 0;
    const status = statusOf(duplex);
    duplex.on('data', () => received++);
    duplex.resume();
    await status;
    expect(received).toBe(2_000);
  });
});

describe('close', () => {
  test('ends streams with UNAVAILABLE, lets calls finish, takes no new ones', async () => {
    const inside = signal();
    const release = signal();
    const { port, close } = await serve({
      Slow: unary(async () => {
        inside.resolve();
        await release.promise;
        return bytes('"finished"');
      }),
      Chat: bidi((s) => s.write(bytes('hello'))),
    });
    const duplex = stream(port, 'Chat');
    const status = statusOf(duplex);
    await new Promise((resolve) => duplex.once('data', resolve));
    const slow = call(port, 'Slow');
    await inside.promise;
    const closed = close(60_000);
    expect(await status).toEqual({ code: 14, details: 'the server is shutting down' });
    await expect(call(port, 'Slow')).rejects.toMatchObject({ code: 'unreachable' });
    release.resolve();
    expect(await slow).toBe('finished');
    await closed;
  });

  test('cuts what does not end in time', async () => {
    const inside = signal();
    const { port, close } = await serve({
      Never: unary(() => {
        inside.resolve();
        return new Promise(() => {});
      }),
    });
    const never = call(port, 'Never');
    never.catch(() => {});
    await inside.promise;
    await close(20);
    await expect(never).rejects.toMatchObject({ name: 'WeftError' });
  });

  test('an occupied port is named', async () => {
    const { port } = await serve({});
    await expect(serve({}, { port })).rejects.toMatchObject({
      code: 'address-in-use',
      message: `cannot listen on 127.0.0.1:${port}: another program already listens there (a control plane that still runs?)`,
    });
  });
});

describe('trust', () => {
  test('TLS 1.3 and nothing older, and no plain text', async () => {
    const { port } = await serve({});
    const dial = (version: 'TLSv1.2' | 'TLSv1.3'): Promise<string> =>
      new Promise((resolve) => {
        const socket = connectTls({
          host: '127.0.0.1',
          port,
          ca: authority.bundle(),
          servername: NAME,
          maxVersion: version,
          minVersion: version,
          ALPNProtocols: ['h2'],
        });
        socket.once('secureConnect', () => resolve(socket.getProtocol() ?? ''));
        socket.once('error', (error) => resolve((error as NodeJS.ErrnoException).code ?? ''));
        cleanups.push(() => socket.destroy());
      });
    expect(await dial('TLSv1.3')).toBe('TLSv1.3');
    expect(await dial('TLSv1.2')).toMatch(/PROTOCOL_VERSION/);
    const plain = connectTcp(port, '127.0.0.1', () => plain.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
    await new Promise((resolve) =>
      plain
        .once('close', resolve)
        .on('error', () => {})
        .resume(),
    );
  });

  test('a server of another root is refused, one of another name too', async () => {
    const { port } = await serve({}, { tls: other.serverCertificate([NAME]) });
    await expect(call(port, 'Echo')).rejects.toMatchObject({ code: 'untrusted-server' });
    const named = await serve({}, { tls: authority.serverCertificate(['else.weft']) });
    await expect(call(named.port, 'Echo')).rejects.toMatchObject({ code: 'untrusted-server' });
  });

  test('the certificate can be replaced: new connections see it, open ones go on', async () => {
    const { port, updateTls } = await serve({ Echo: unary(async (request) => request) }, { tls: other.serverCertificate([NAME]) });
    const old = openGrpcClient({ host: '127.0.0.1', port, rootPem: other.bundle(), serverName: NAME });
    cleanups.push(() => old.close());
    expect(await old.call('/test.S/Echo', 1)).toBe(1);
    updateTls(authority.serverCertificate([NAME]));
    expect(await call(port, 'Echo', 2)).toBe(2);
    expect(await old.call('/test.S/Echo', 3)).toBe(3);
  });

  test('the root is found by its fingerprint, before anything is trusted', async () => {
    const { port } = await serve({});
    const find = (fingerprint: string): Promise<string> => fetchPinnedRoot({ host: '127.0.0.1', port, fingerprint, serverName: NAME });
    expect(await find(authority.rootFingerprint)).toBe(authority.bundle());
    expect(await find(authority.rootFingerprint.toUpperCase().replace(/..(?=.)/g, '$&:'))).toBe(authority.bundle());
    await expect(find(other.rootFingerprint)).rejects.toMatchObject({
      code: 'untrusted-server',
      message: expect.stringMatching(/not the one this token was made by.*make a new token/),
    });
  });

  test('something that is no TLS server, or says nothing, is told apart', async () => {
    const http = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const silent = createServer(() => {});
    for (const server of [http, silent]) {
      server.listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      cleanups.push(() => server.close());
    }
    const find = (server: typeof http): Promise<string> =>
      fetchPinnedRoot({ host: '127.0.0.1', port: (server.address() as { port: number }).port, fingerprint: 'aa', serverName: NAME, deadlineMs: 100 });
    await expect(find(http)).rejects.toMatchObject({ code: 'protocol' });
    await expect(find(silent)).rejects.toMatchObject({ code: 'deadline-exceeded' });
  });
});
