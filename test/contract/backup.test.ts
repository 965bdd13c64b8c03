// A backup under load, and what it becomes: everything that was acknowledged before it, and nothing of the lost time comes back to life.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { systemClock } from '../../src/bin/clock.ts';
import { openControlPlane, type RunningControlPlane } from '../../src/bin/control-plane.ts';
import { restore } from '../../src/bin/restore.ts';
import { openSeal } from '../../src/identity/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-backup-'));
const keyFile = join(folder, 'seal.key');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// A key file that weft itself made, for a folder that is thrown away.
openSeal(join(folder, 'first'), { env: {}, home: folder });
const made = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.includes('keys/') && statSync(join(folder, name)).isFile());
writeFileSync(keyFile, readFileSync(join(folder, made ?? expect.fail('no key')), 'utf8'), { mode: 0o600 });
const sources = { keyFile, env: {}, home: folder };

async function up(name: string): Promise<RunningControlPlane> {
  const directory = join(folder, name);
  const here = { host: '127.0.0.1', port: 0 };
  return openControlPlane({ directory, api: here, xds: here, seal: openSeal(directory, sources), clock: systemClock, log: () => {} });
}

async function call(plane: RunningControlPlane, method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${plane.adminToken}`, 'content-type': 'application/json' };
  return fetch(plane.apiUrl + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

const SERVICES = '/api/v1/namespaces/shop/services';
const SECRET = 'correct-horse-battery';
const service = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }] },
});
const backupOf = async (plane: RunningControlPlane): Promise<readonly string[]> =>
  (await (await call(plane, 'POST', '/weft/v1/backup', {})).text()).split('\n').filter((line) => line !== '');
const json = async (response: Response): Promise<Record<string, never>> => (await response.json()) as Record<string, never>;

test('a backup under load holds what was acknowledged before it; restored, it goes on as another epoch', { timeout: 120_000 }, async () => {
  const plane = await up('data');
  await call(plane, 'POST', '/api/v1/namespaces/shop/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { p: SECRET } });
  const user = String((await json(await call(plane, 'POST', '/weft/v1/users/tokens', { user: 'ann' })))['token']);
  const acknowledged: string[] = [];
  let writing = true;
  const load = (async () => {
    for (let n = 0; writing; n++) {
      if ((await call(plane, 'POST', SERVICES, service(`s${n}`))).status === 201) acknowledged.push(`s${n}`);
    }
  })();
  await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(50);
  const before = acknowledged.length;
  const lines = await backupOf(plane);
  await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(before + 20);
  writing = false;
  await load;
  // The lost time: a ban, a revoked token, more revisions.
  expect((await call(plane, 'POST', '/weft/v1/ban', { who: 'serviceaccount/shop/evil' })).status).toBe(200);
  await call(plane, 'DELETE', `/weft/v1/users/tokens/${user.split('_')[1]}`);
  const lost = Number((await json(await call(plane, 'GET', SERVICES)))['metadata']?.['resourceVersion']);
  const status = await json(await call(plane, 'GET', '/weft/v1/status'));
  await plane[Symbol.asyncDispose]();

  expect(lines.join('')).not.toContain(SECRET);
  expect(lines.join('')).not.toContain('"kind":"Service"');
  const directory = join(folder, 'data');
  await expect(restore({ directory, lines, seal: sources, replace: false })).rejects.toThrow('--replace');
  const report = await restore({ directory, lines, seal: sources, replace: true });
  expect(report).toMatchObject({ bans: 1, tokens: 1, before: expect.stringContaining('data.before-') });
  expect(existsSync(`${directory}.restoring`)).toBe(false);

  await using again = await up('data');
  const list = await json(await call(again, 'GET', SERVICES));
  const names = new Set((list['items'] as unknown as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name));
  expect(acknowledged.slice(0, before).filter((name) => !names.has(name))).toEqual([]);
  expect(Number(list['metadata']?.['resourceVersion'])).toBeGreaterThan(lost);
  const watch = await call(again, 'GET', `${SERVICES}?watch=1&resourceVersion=${lost}&timeoutSeconds=5`);
  expect(await watch.text()).toContain('"code":410');
  expect((await json(await call(again, 'GET', '/weft/v1/status')))['rootFingerprint']).toBe(status['rootFingerprint']);
  const secret = await json(await call(again, 'GET', '/api/v1/namespaces/shop/secrets/s'));
  expect(Buffer.from(String(secret['data']?.['p']), 'base64').toString()).toBe(SECRET);
  expect((await fetch(`${again.apiUrl}/version`, { headers: { authorization: `Bearer ${user}` } })).status).toBe(401);
  expect(JSON.stringify(await json(await call(again, 'GET', '/weft/v1/bans')))).toContain('evil');
  expect(await json(await call(again, 'GET', '/weft/v1/audit/verdict'))).toMatchObject({ ok: true });
  expect(JSON.stringify(await json(await call(again, 'GET', '/weft/v1/audit?limit=5')))).toContain('"verb":"restore"');
});

test('what was altered, cut, mixed or made for another key is not restored, and nothing is changed', { timeout: 60_000 }, async () => {
  const plane = await up('other');
  await call(plane, 'POST', SERVICES, service('a'));
  const [one, two] = [await backupOf(plane), await backupOf(plane)];
  await plane[Symbol.asyncDispose]();
  const target = join(folder, 'target');
  const tries: readonly (readonly [string, readonly string[]])[] = [
    ['cut', one.slice(0, -1)],
    ['a line missing', [...one.slice(0, 2), ...one.slice(3)]],
    ['swapped', [one[0] ?? '', ...one.slice(1).reverse()]],
    ['altered', one.map((line, at) => (at === 1 ? line.replace(/.{20}"$/, 'AAAAAAAAAAAAAAAAAAAA"') : line))],
    ['mixed', one.map((line, at) => (at === 2 ? (two[2] ?? '') : line))],
    ['more behind', [...one, one[1] ?? '']],
    ['nothing', ['{}']],
    ['empty', []],
  ];
  for (const [what, lines] of tries) {
    await expect(restore({ directory: target, lines, seal: sources, replace: false }), what).rejects.toThrow(/backup cannot be used/);
    expect([what, existsSync(target), existsSync(`${target}.restoring`)]).toEqual([what, false, false]);
  }
  const foreign = join(folder, 'foreign.key');
  writeFileSync(foreign, 'x', { mode: 0o600 });
  await expect(restore({ directory: target, lines: one, seal: { ...sources, keyFile: foreign }, replace: false })).rejects.toThrow();
  expect(existsSync(target)).toBe(false);
  expect(await restore({ directory: target, lines: one, seal: sources, replace: false })).toMatchObject({ documents: expect.any(Number) });
});
