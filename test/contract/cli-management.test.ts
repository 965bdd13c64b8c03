// Users, roles and the audit log, as one works with them on the command line. The control plane is a real one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/bin/clock.ts';
import { openControlPlane, type RunningControlPlane } from '../../src/bin/control-plane.ts';
import { main } from '../../src/cli/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-cli-users-'));
const data = join(folder, 'data');
let plane: RunningControlPlane;
beforeAll(async () => {
  const here = { host: '127.0.0.1', port: 0 };
  plane = await openControlPlane({ directory: data, api: here, xds: here, clock: systemClock, log: () => {} });
}, 30_000);
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function weft(argv: readonly string[], env: Readonly<Record<string, string>> = { WEFT_DATA: data }): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const no = (): never => expect.fail('not here');
  const actions = { version: '1.2.3', weft: ['weft'], up: no, run: no, agent: no, restore: no, seal: { status: no, rekey: no, newKey: no } };
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    stdin: Readable.from([]),
    env,
    cwd: folder,
    terminal: false,
    columns: 120,
    signal: new AbortController().signal,
    now: Date.now,
  };
  const code = await main(argv, io, actions);
  return { code, out: out.join(''), err: err.join('') };
}

const SHOP = `apiVersion: v1
kind: Service
metadata: { name: checkout, namespace: shop }
spec: { selector: { app: checkout }, ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }] }
`;

test('a user with a role in one namespace: what they may, what they are told, and how it ends', async () => {
  writeFileSync(join(folder, 'shop.yaml'), SHOP);
  const made = await weft(['token', 'create', '--user', 'ann', '--group', 'ops', '--role', 'edit', '-n', 'shop', '--ttl', '24h']);
  expect([made.code, made.out]).toEqual([0, expect.stringMatching(/^weft_[0-9a-f]{10}_[\w-]{43}\n$/)]);
  expect(made.err).toMatch(/token [0-9a-f]{10} for ann, until .*; it is not shown again\. edit in shop/);
  const ann = { WEFT_SERVER: plane.apiUrl, WEFT_TOKEN: made.out.trim(), WEFT_DATA: join(folder, 'none') };
  expect((await weft(['auth', 'whoami'], ann)).out).toBe('ann   groups ops, system:authenticated\n');
  expect(await weft(['auth', 'can-i', 'delete', 'svc', '-n', 'shop'], ann)).toMatchObject({ code: 0, out: 'yes\n' });
  expect(await weft(['auth', 'can-i', 'delete', 'meshes/default'], ann)).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^no {3}no role of "ann" gives/),
  });
  expect(await weft(['auth', 'can-i', 'get', 'proxies/config', '-n', 'shop'], ann)).toMatchObject({ code: 0 });
  expect(await weft(['apply', '-f', 'shop.yaml'], ann)).toMatchObject({ code: 0 });
  expect((await weft(['get', 'services', '-n', 'shop'], ann)).out).toContain('checkout');
  const all = await weft(['get', 'services', '-A'], ann);
  expect([all.code, all.err]).toEqual([1, expect.stringContaining('user "ann" may not list services in all namespaces')]);
  expect((await weft(['proxies', '-n', 'shop'], ann)).code).toBe(0);
  expect((await weft(['proxies'], ann)).err).toContain('may not list proxies.weft.dev in all namespaces');
  expect((await weft(['status'], ann)).out).toContain('not shown: you may not read all namespaces');
  expect((await weft(['token', 'list'], ann)).err).toContain('may not list usertokens.weft.dev');

  const list = await weft(['token', 'list']);
  expect(list.out).toMatch(/^ID {3,}USER {3,}GROUPS {3,}UNTIL {3,}MADE BY\n[0-9a-f]{10} +ann +ops +20\S+ +admin\n$/);
  expect((await weft(['get', 'rolebindings', '-n', 'shop'])).out).toMatch(/ann-edit +edit/);
  const id = list.out.split('\n')[1]?.split(' ')[0] ?? '';
  expect(await weft(['token', 'revoke', id])).toMatchObject({ code: 0, err: `token ${id} of ann is no good any more\n` });
  expect(await weft(['auth', 'whoami'], ann)).toMatchObject({ code: 1, err: expect.stringContaining('revoked') });
});

test('the audit log: who did what, and whether it is whole', async () => {
  const { out } = await weft(['audit', '--limit', '500']);
  expect(out.split('\n')[0]).toMatch(/^NUMBER +AT +WHO +DID +WHAT +RESULT$/);
  expect(out).toMatch(/ann \(\S+\) +create +Service\/shop\/checkout +done/);
  expect(out).toMatch(/admin \(\S+\) +revoke +user token [0-9a-f]{10} of ann \(ops\) +done/);
  const verified = await weft(['audit', 'verify']);
  expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(/^✔ \d+ records, 1 to \d+: none was changed/) });
  const head = /--head ([0-9a-f]+)/.exec(verified.err)?.[1] ?? '';
  expect(await weft(['audit', 'verify', '--head', head])).toMatchObject({ code: 0, out: expect.stringContaining('is one of them') });
  expect(await weft(['audit', 'verify', '--head', 'beef'.repeat(4)])).toMatchObject({ code: 1 });
  expect(JSON.parse((await weft(['audit', '--limit', '1', '-n', 'shop', '-o', 'json'])).out).items).toHaveLength(1);
});

test.each([[['token', 'revoke']], [['token', 'create', '--user', 'x', '--ttl', '9000h']], [['audit', '--limit', 'x']], [['auth', 'can-i', 'get']]])(
  '%j is refused',
  async (argv) => {
    expect(await weft(argv)).toMatchObject({ code: 64, out: '', err: expect.stringMatching(/^error: /) });
  },
);
