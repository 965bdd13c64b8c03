// D-08, D-10: backups that earlier releases made. Each file here was written by the release whose tables it has and is never made anew; the key beside
// it opens nothing but it.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { systemClock } from '../../src/bin/clock.ts';
import { openControlPlane } from '../../src/bin/control-plane.ts';
import { restore } from '../../src/bin/restore.ts';
import { openSeal } from '../../src/identity/index.ts';

const backups = join(import.meta.dirname, 'backups');
const folder = mkdtempSync(join(tmpdir(), 'weft-old-backup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const linesOf = (name: string): readonly string[] =>
  readFileSync(join(backups, `${name}.weft`), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

function sourcesOf(name: string) {
  const keyFile = join(folder, `${name}.key`);
  // a checkout does not say who may read a file
  writeFileSync(keyFile, readFileSync(join(backups, `${name}.key`)), { mode: 0o600 });
  return { keyFile, env: {}, home: folder };
}

const NAMES = readdirSync(backups).flatMap((file) => (file.endsWith('.weft') ? [file.slice(0, -'.weft'.length)] : []));

test.each(NAMES)('%s is restored, runs, and has what it had', async (name) => {
  const seal = sourcesOf(name);
  const directory = join(folder, name);
  expect(await restore({ directory, lines: linesOf(name), seal, replace: false })).toMatchObject({ bans: 1 });
  const here = { host: '127.0.0.1', port: 0 };
  await using plane = await openControlPlane({ directory, api: here, xds: here, seal: openSeal(directory, seal), clock: systemClock, log: () => {} });
  const headers = { authorization: `Bearer ${plane.adminToken}`, 'content-type': 'application/json' };
  const ask = async (path: string, body?: object) => {
    const sent = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
    return (await fetch(plane.apiUrl + path, sent)).text();
  };
  expect(await ask('/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/web')).toContain('"request":"5s"');
  expect(await ask('/api/v1/namespaces/shop/secrets/s')).toContain(Buffer.from('correct-horse-battery').toString('base64'));
  expect(await ask('/weft/v1/bans')).toContain('evil');
  expect(JSON.parse(await ask('/weft/v1/audit/verdict'))).toMatchObject({ ok: true });
  // what it did not have yet it has from now on
  const text = (await ask('/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/web')).replace('"5s"', '"7s"');
  const { metadata: _, ...route } = JSON.parse(text) as { readonly metadata: object };
  await ask('/weft/v1/apply', { documents: [{ ...route, metadata: { name: 'web', namespace: 'shop' } }] });
  const back = JSON.parse(await ask('/weft/v1/rollback', { kind: 'HTTPRoute', namespace: 'shop', name: 'web' })) as object;
  expect(back).toMatchObject({ documents: [{ result: 'restored', fields: [{ before: '"7s"', after: '"5s"' }] }] });
});

test('one of a later release is refused, and nothing is there afterwards', async () => {
  const [name = expect.fail('no backup')] = NAMES;
  const [head = '', ...rest] = linesOf(name);
  const directory = join(folder, 'later');
  const later = JSON.stringify({ ...(JSON.parse(head) as object), version: 2 });
  await expect(restore({ directory, lines: [later, ...rest], seal: sourcesOf(name), replace: false })).rejects.toThrow('made by a newer weft');
  expect([existsSync(directory), existsSync(`${directory}.restoring`)]).toEqual([false, false]);
});
