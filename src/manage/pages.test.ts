// A browser: signed in by a link that works once, as who made it and no longer than they may; and the files it is served.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestApi, SERVICES, serviceBody, type TestApi } from '../../test/kit/manage-api.ts';
import { bind, makeUser } from '../../test/kit/users.ts';

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(async () => api[Symbol.asyncDispose]());

const LINKS = '/weft/v1/dashboard/links';
const SESSION = '/weft/v1/dashboard/session';

async function link(token = api.token): Promise<string> {
  const reply = await fetch(api.api.url + LINKS, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  const { path } = (await reply.json()) as { path: string };
  return new URL(path, api.api.url).searchParams.get('once') ?? '';
}

const open = (once: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(api.api.url + SESSION, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ once }) });

interface Page {
  readonly cookie: string;
  readonly key: string;
  ask(path: string, more?: RequestInit): Promise<Response>;
}

async function signIn(token?: string): Promise<Page> {
  const reply = await open(await link(token));
  const [cookie = ''] = (reply.headers.get('set-cookie') ?? '').split(';');
  const { key } = (await reply.json()) as { key: string };
  const ask: Page['ask'] = (path, more = {}) => fetch(api.api.url + path, { ...more, headers: { cookie, 'x-weft-page': key, ...more.headers } });
  return { cookie, key, ask };
}

describe('signing in by a link', () => {
  test('it works once, and the cookie is for no script and no other site', async () => {
    const used = await link();
    const reply = await open(used);
    expect([reply.status, reply.headers.get('set-cookie')]).toEqual([
      200,
      expect.stringMatching(new RegExp(`^weft-page-${api.api.port}=[\\w-]{43}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict$`)),
    ]);
    const again = await open(used);
    expect([again.status, await again.json()]).toEqual([401, expect.objectContaining({ message: expect.stringContaining('weft dashboard') })]);
    expect((await open('x'.repeat(43))).status).toBe(401);
  });

  test('both halves are needed, each with its own other one', async () => {
    const [one, two] = [await signIn(), await signIn()];
    expect((await one.ask(SERVICES)).status).toBe(200);
    expect((await fetch(api.api.url + SERVICES, { headers: { cookie: one.cookie } })).status).toBe(401);
    expect((await fetch(api.api.url + SERVICES, { headers: { 'x-weft-page': one.key } })).status).toBe(401);
    expect((await one.ask(SERVICES, { headers: { cookie: two.cookie } })).status).toBe(401);
  });

  test('a page of another site neither signs in nor writes', async () => {
    expect((await open(await link(), { origin: 'http://attacker.example' })).status).toBe(403);
    const { ask } = await signIn();
    for (const headers of [{ origin: 'http://attacker.example' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }])
      expect((await ask(SESSION, { method: 'DELETE', headers })).status).toBe(403);
  });

  test('the page may what the maker of the link may, until their token ends', async () => {
    const token = (await makeUser(api, 'ann')).replace(/^Bearer /, '');
    await bind(api, 'ann', 'view', 'shop');
    const { ask } = await signIn(token);
    expect(await (await ask(SESSION)).json()).toMatchObject({ user: 'ann', by: 'user token' });
    expect((await ask(SERVICES)).status).toBe(200);
    expect((await ask('/api/v1/services')).status).toBe(403);
    expect((await ask(SERVICES, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status).toBe(403);
    const [{ id = '' } = {}] = ((await api.call('GET', '/weft/v1/users/tokens')).body as unknown as { items: { id: string; user: string }[] }).items;
    await api.call('DELETE', `/weft/v1/users/tokens/${id}`);
    expect((await ask(SERVICES)).status).toBe(401);
  });

  test('a session makes no links, ends when it is told to, and what it writes is in the audit log as the dashboard', async () => {
    const { ask } = await signIn();
    expect((await ask(LINKS, { method: 'POST' })).status).toBe(403);
    const body = JSON.stringify(serviceBody('by-hand'));
    expect((await ask(SERVICES, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).status).toBe(201);
    const [last] = api.store.auditRecords({ limit: 1 });
    expect([last?.who, last?.verb, last?.what]).toEqual(['admin (dashboard)', 'create', 'Service/shop/by-hand']);
    expect((await ask(SESSION, { method: 'DELETE' })).status).toBe(200);
    expect((await ask(SESSION)).status).toBe(401);
  });
});

describe('files', () => {
  let pages: TestApi;
  beforeAll(async () => {
    const folder = join(api.folder, 'dashboard');
    mkdirSync(join(folder, 'assets'), { recursive: true });
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Weft</title>');
    writeFileSync(join(folder, 'assets', 'a-1234.js'), 'export {};');
    writeFileSync(join(folder, 'assets', 'a-1234.js.gz'), gzipSync('export {};'));
    writeFileSync(join(folder, '.weft-stamp'), 'stamp');
    pages = await openTestApi({ pageFolder: folder });
  });
  afterAll(async () => pages[Symbol.asyncDispose]());

  const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> => fetch(pages.api.url + path, { headers });

  /** A link on a page of another site, as a browser follows it; fetch would write these headers itself. */
  async function followed(path: string, into: string): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; text: string }> {
    const headers = { accept: 'text/html', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': into };
    const [reply] = (await once(request({ host: '127.0.0.1', port: pages.api.port, path, headers }).end(), 'response')) as [IncomingMessage];
    return { status: reply.statusCode, headers: reply.headers, text: (await reply.setEncoding('utf8').toArray()).join('') };
  }

  test('the page is for everybody, wherever in it one begins; its policy allows nothing inline and nothing from elsewhere', async () => {
    for (const path of ['/', '/?once=x', '/services/shop/web']) {
      const { status, headers, text } = await followed(path, 'document');
      expect([path, status, headers['cache-control'], text]).toEqual([path, 200, 'no-cache', expect.stringContaining('Weft')]);
      const policy = headers['content-security-policy'];
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(headers['x-frame-options']).toBe('DENY');
      expect((await followed(path, 'iframe')).status).toBe(403);
    }
  });

  test('what carries a digest is kept for good, packed when asked for, and not sent again', async () => {
    const reply = await get('/assets/a-1234.js', { 'accept-encoding': 'gzip' });
    expect([reply.headers.get('content-encoding'), reply.headers.get('cache-control'), await reply.text()]).toEqual([
      'gzip',
      'public, max-age=31536000, immutable',
      'export {};',
    ]);
    expect((await get('/assets/a-1234.js', { 'accept-encoding': 'gzip;q=0' })).headers.get('content-encoding')).toBeNull();
    expect((await get('/assets/a-1234.js', { 'if-none-match': reply.headers.get('etag') ?? '' })).status).toBe(304);
  });

  test('nothing else of the disk, and programs are told that a path is none', async () => {
    for (const path of ['/.weft-stamp', '/assets/..%2f..%2fweft.db', '/assets/none.js', '/nothing'])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect((await get('/weft/v1/status', { accept: 'text/html' })).status).toBe(401);
    expect((await get('/nothing')).headers.get('content-type')).toContain('json');
  });

  test('where it was not built, a sentence says how', async () => {
    await using bare = await openTestApi({ pageFolder: join(api.folder, 'nowhere') });
    const reply = await fetch(bare.api.url, { headers: { accept: 'text/html' } });
    expect([reply.status, await reply.text()]).toEqual([503, expect.stringContaining('npm run setup')]);
  });
});
