import { createServer, type Server } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { WeftError } from '../base/index.ts';
import { backoffMs, type HttpServer, type HttpServerOptions, openHttpClient, serveHttp } from './index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(routes: (app: FastifyInstance) => void, more: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  const server = await serveHttp({ host: '127.0.0.1', port: 0, routes, ...more });
  cleanups.push(() => server.close(0));
  return server;
}

async function raw(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  cleanups.push(() => server.closeAllConnections());
  cleanups.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

describe('requests', () => {
  test('carry JSON and the token', async () => {
    const { url } = await serve((app) => app.post('/echo', async (request) => ({ body: request.body, auth: request.headers.authorization })));
    expect(await openHttpClient({ url, token: 't' }).json({ method: 'POST', path: '/echo', body: { a: [1] } })).toEqual({ body: { a: [1] }, auth: 'Bearer t' });
  });

  test('a refusal is a Status on the wire and a WeftError at the caller', async () => {
    const { url } = await serve((app) => {
      app.get('/gone', async () => {
        throw new WeftError('revision-gone', { retryable: false, grpc: 11, http: 410 }, 'too old', { details: { since: 1 } });
      });
    });
    expect(await (await fetch(`${url}/gone`)).json()).toMatchObject({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'Expired',
      message: 'too old',
      code: 410,
    });
    const client = openHttpClient({ url });
    await expect(client.json({ path: '/gone' })).rejects.toMatchObject({
      code: 'expired',
      message: 'too old',
      class: { http: 410, grpc: 11 },
      details: { since: 1, code: 'revision-gone' },
    });
    await expect(client.json({ path: '/nowhere' })).rejects.toMatchObject({ code: 'not-found', message: 'no such path: GET /nowhere' });
  });

  test('a bug says nothing to the caller and everything to us', async () => {
    const bugs: unknown[] = [];
    const { url } = await serve(
      (app) =>
        app.get('/bug', async () => {
          throw new Error('secret');
        }),
      { onBug: (path, error) => bugs.push([path, (error as Error).message]) },
    );
    await expect(openHttpClient({ url }).json({ path: '/bug' })).rejects.toMatchObject({ code: 'internal-error', message: 'internal error' });
    expect(bugs).toEqual([['GET /bug', 'secret']]);
  });

  test('bodies over the limit and bodies that are no JSON are refused', async () => {
    const { url } = await serve((app) => app.post('/echo', async (request) => request.body), { limits: { bodyBytes: 100 } });
    await expect(openHttpClient({ url }).json({ method: 'POST', path: '/echo', body: 'x'.repeat(200) })).rejects.toMatchObject({ class: { http: 413 } });
    const bad = await fetch(`${url}/echo`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' });
    expect([bad.status, ((await bad.json()) as { reason: string }).reason]).toEqual([400, 'BadRequest']);
  });

  test('nobody there, no answer in time, an answer that is no JSON', async () => {
    const url = await raw(() => {});
    await expect(openHttpClient({ url }).json({ path: '/', deadlineMs: 30 })).rejects.toMatchObject({ code: 'deadline-exceeded' });
    const html = await raw((_request, response) => response.end('<html>'));
    await expect(openHttpClient({ url: html }).json({ path: '/' })).rejects.toMatchObject({ code: 'protocol' });
    const { url: gone, close } = await serve(() => {});
    await close(0);
    await expect(openHttpClient({ url: gone }).json({ path: '/' })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/ECONNREFUSED 127/),
    });
  });

  test('an error page of something else is still an error with its number', async () => {
    const url = await raw((_request, response) => response.writeHead(502).end('bad gateway'));
    await expect(openHttpClient({ url }).json({ path: '/' })).rejects.toMatchObject({ code: 'refused', message: 'the server answered 502: bad gateway' });
  });
});

describe('streams of lines', () => {
  test('come line by line however they are cut, and end with the server', async () => {
    const url = await raw(async (_request, response) => {
      for (const part of ['{"a":', '1}\n{"b"', ':"ä', '"}\n\n', '{"c":3}']) {
        response.write(part);
        await turn();
      }
      response.end();
    });
    const seen: unknown[] = [];
    for await (const line of openHttpClient({ url }).lines({ path: '/' })) seen.push(line);
    expect(seen).toEqual([{ a: 1 }, { b: 'ä' }, { c: 3 }]);
  });

  test('end quietly when the reader aborts, and breaking off closes the connection', async () => {
    const closed = Promise.withResolvers<void>();
    let open = 0;
    const url = await raw((request, response) => {
      open++;
      request.socket.once('close', () => --open === 0 && closed.resolve());
      response.write('1\n2\n');
    });
    const stop = new AbortController();
    for await (const line of openHttpClient({ url }).lines({ path: '/', signal: stop.signal })) if (line === 2) stop.abort();
    for await (const line of openHttpClient({ url }).lines({ path: '/' })) if (line === 1) break;
    await closed.promise;
  });

  test('that break off are unreachable, that are refused say why', async () => {
    const url = await raw((request, response) => {
      response.write('1\n');
      setImmediate(() => request.socket.destroy());
    });
    const read = async (from: string): Promise<void> => {
      for await (const _line of openHttpClient({ url: from }).lines({ path: '/' }));
    };
    await expect(read(url)).rejects.toMatchObject({ code: 'unreachable' });
    const { url: refusing } = await serve(() => {});
    await expect(read(refusing)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('close', () => {
  test('lets an answer finish, and cuts one that does not', async () => {
    const inside = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const first = await serve((app) =>
      app.get('/slow', async () => {
        inside.resolve();
        await release.promise;
        return { done: true };
      }),
    );
    const slow = openHttpClient({ url: first.url }).json({ path: '/slow' });
    await inside.promise;
    const closed = first.close(60_000);
    release.resolve();
    expect(await slow).toEqual({ done: true });
    await closed;
    const started = Promise.withResolvers<void>();
    const second = await serve((app) =>
      app.get('/never', async () => {
        started.resolve();
        return new Promise(() => {});
      }),
    );
    const never = openHttpClient({ url: second.url }).json({ path: '/never' });
    never.catch(() => {});
    await started.promise;
    await second.close(10);
    await expect(never).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('an occupied port is named', async () => {
    const { port } = await serve(() => {});
    await expect(serve(() => {}, { port })).rejects.toMatchObject({
      code: 'address-in-use',
      message: expect.stringContaining(`127.0.0.1:${port}: another program`),
    });
  });
});

test('back-off doubles to its bound, with full jitter', () => {
  const options = { attempts: 9, baseMs: 100, maxMs: 1000 };
  expect([0, 1, 2, 3, 4, 9].map((retry) => backoffMs(options, retry, 0.999_999))).toEqual([99, 199, 399, 799, 999, 999]);
  expect(backoffMs(options, 5, 0)).toBe(0);
});
