// Who may ask, how much, and how it ends.

import { once } from 'node:events';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handClock, realClock } from '../../test/contract/store-kit.ts';
import { openTestApi, SERVICES, serviceBody, type TestApi } from '../../test/kit/manage-api.ts';
import { Authority } from '../identity/index.ts';
import { adminToken, kubeconfig } from './index.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ allowedHosts: ['mesh.example.com'] });
});
afterAll(async () => api[Symbol.asyncDispose]());

/** A request whose every header is ours; fetch would not send a Host of our choice. */
async function raw(headers: Readonly<Record<string, string>>, path = '/version'): Promise<number> {
  const sent = request({ host: '127.0.0.1', port: api.api.port, path, headers }).end();
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

describe('access', () => {
  const bearer = (): string => `Bearer ${api.token}`;

  test('every path but /healthz needs the token', async () => {
    for (const path of ['/api', '/apis', '/version', '/openapi/v3', SERVICES, '/weft/v1/status', '/%61pi/v1', '/weft/v1/apply']) {
      expect([path, (await fetch(api.api.url + path)).status]).toEqual([path, 401]);
      expect([path, (await fetch(api.api.url + path, { headers: { authorization: `Bearer ${'x'.repeat(43)}` } })).status]).toEqual([path, 401]);
    }
    const refused = await fetch(`${api.api.url}/version`);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect(await refused.json()).toMatchObject({ kind: 'Status', reason: 'Unauthorized', message: expect.stringContaining('admin.token') });
    expect((await fetch(`${api.api.url}/healthz`)).status).toBe(200);
  });

  test('names of other sites and pages of other origins are refused, also with the token', async () => {
    const authorization = bearer();
    expect(await raw({ authorization, host: 'localhost:1' })).toBe(200);
    expect(await raw({ authorization, host: '[::1]:7400' })).toBe(200);
    expect(await raw({ authorization, host: 'mesh.example.com' })).toBe(200);
    expect(await raw({ authorization, host: 'rebound.attacker.example' })).toBe(403);
    expect(await raw({ host: 'rebound.attacker.example' }, '/healthz')).toBe(403);
    expect(await raw({ authorization, host: '127.0.0.1:7400', origin: 'http://attacker.example' })).toBe(403);
    expect(await raw({ authorization, host: '127.0.0.1:7400', origin: 'http://127.0.0.1:7400' })).toBe(200);
    expect(await raw({ authorization, host: '127.0.0.1:7400', origin: 'null' })).toBe(403);
  });

  test('the token is made once, private, and never logged', async () => {
    const file = join(api.folder, 'sub', 'admin.token');
    const token = adminToken(file);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(adminToken(file)).toBe(token);
    writeFileSync(file, 'short');
    expect(() => adminToken(file)).toThrow(/does not hold an admin token; remove it/);
    rmSync(file);
    expect(adminToken(file)).not.toBe(token);
    expect(api.logged.join('\n')).not.toContain(api.token);
  });
});

describe('bodies', () => {
  test('too large, too deep, no JSON, no map, another type, a name that reaches prototypes', async () => {
    const post = async (body: string, type = 'application/json'): Promise<unknown> => {
      const reply = await api.call('POST', SERVICES, { body, type });
      return [reply.status, reply.body.reason];
    };
    expect(await post(`"${'x'.repeat(1024 * 1024)}"`)).toEqual([413, 'RequestEntityTooLarge']);
    expect(await post('['.repeat(100_000))).toEqual([400, 'BadRequest']);
    expect(await post('{"a":')).toEqual([400, 'BadRequest']);
    expect(await post('[]')).toEqual([400, 'BadRequest']);
    expect(await post('{"__proto__":{"x":1}}')).toEqual([400, 'BadRequest']);
    expect(await post('k8s', 'application/vnd.kubernetes.protobuf')).toEqual([415, 'UnsupportedMediaType']);
    expect(await post('a: [b', 'application/yaml')).toEqual([400, 'BadRequest']);
    const bomb = `a: &a [${'x,'.repeat(50)}]\nb: &b [${'*a,'.repeat(50)}]\nc: &c [${'*b,'.repeat(50)}]\nd: [${'*c,'.repeat(50)}]\n`;
    expect(await post(bomb, 'application/yaml')).toEqual([400, 'BadRequest']);
    const large = { documents: Array.from({ length: 3 }, (_, n) => serviceBody(`big-${n}`, {}, { annotations: { note: 'x'.repeat(1024 * 1024) } })) };
    expect((await api.call('POST', '/weft/v1/apply?', { body: large })).status).not.toBe(413);
  });
});

describe('floods', () => {
  test('beyond the limit the answer is 429 with a time to wait, and later it works again', async () => {
    const clock = handClock();
    await using small = await openTestApi({ clock, flood: { burst: 5, perSecond: 5, watches: 1, refusedPerSecond: 3 } });
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await small.call('GET', '/version')).status));
    expect(statuses.filter((status) => status === 429)).toHaveLength(3);
    clock.advance(1_000);
    const watch = await small.watch(`${SERVICES}?watch=1`);
    const second = await small.call('GET', `${SERVICES}?watch=1`);
    expect([second.status, second.headers.get('retry-after'), second.body.reason]).toEqual([429, '1', 'TooManyRequests']);
    watch.end();
    clock.advance(10_000);
    const guesses = [];
    for (let n = 0; n < 5; n++) guesses.push((await fetch(`${small.api.url}/version`, { headers: { authorization: 'Bearer wrong' } })).status);
    expect(guesses).toEqual([401, 401, 401, 429, 429]);
  });

  test('of strangers uses up nothing that is there for who has signed in', async () => {
    await using small = await openTestApi({ clock: handClock(), flood: { burst: 5, perSecond: 5, refusedPerSecond: 3 } });
    for (const path of ['/version', '/healthz']) for (let n = 0; n < 8; n++) await (await fetch(small.api.url + path)).text();
    expect((await fetch(`${small.api.url}/healthz`)).status).toBe(429);
    for (let n = 0; n < 5; n++) expect((await small.call('GET', '/version')).status).toBe(200);
    expect((await small.call('GET', '/version')).status).toBe(429);
  });
});

describe('TLS on the same port', () => {
  test('HTTPS with the certificate of the mesh, HTTP without, garbage cut', async () => {
    await using probe = await openTestApi();
    const authority = Authority.open({ directory: join(probe.folder, 'identity'), trustDomain: 'example.mesh', clock: realClock });
    await using secure = await openTestApi({ tls: authority.serverCertificate(['localhost', '127.0.0.1']) });
    const options = {
      host: '127.0.0.1',
      port: secure.api.port,
      path: '/version',
      ca: authority.bundle(),
      headers: { authorization: `Bearer ${secure.token}` },
    };
    const [response] = await once(requestTls(options).end(), 'response');
    response.resume();
    expect(response.statusCode).toBe(200);
    expect((await secure.call('GET', '/version')).status).toBe(200);
    const garbage = connect(secure.api.port, '127.0.0.1');
    garbage.write('\x16 is how a handshake begins, but this is none');
    await once(garbage.resume(), 'close');
    const config = JSON.parse(kubeconfig({ url: 'https://127.0.0.1:1', rootPem: authority.bundle(), token: 't' }));
    expect(Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString()).toBe(authority.bundle());
  });
});

test('a port that is taken is an error with its words', async () => {
  await expect(openTestApi({ port: api.api.port })).rejects.toMatchObject({ code: 'address-in-use' });
});

test('a bug answers 500 without details and is logged with them', async () => {
  await using broken = await openTestApi({
    ports: {
      proxies: () => {
        throw new Error('secret detail');
      },
    },
  });
  const reply = await broken.call('GET', '/weft/v1/proxies');
  expect([reply.status, reply.body.message]).toEqual([500, 'internal error']);
  expect(broken.logged.join('\n')).toContain('secret detail');
  expect(readFileSync(join(broken.folder, 'admin.token'), 'utf8').trim()).toBe(broken.token);
});
