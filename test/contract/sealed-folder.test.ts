// M-07, M-08: what a control plane leaves on disk, read byte for byte by somebody without its key.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/bin/clock.ts';
import { openControlPlane, type RunningControlPlane } from '../../src/bin/control-plane.ts';
import { rekey } from '../../src/bin/seal.ts';
import { makeKeyFile, openSeal, type SealSources } from '../../src/identity/index.ts';
import { freePort } from '../kit/test-mesh.ts';

const SECRET = 'the-tls-key-of-a-gateway-0123456789';
const loopback = { host: '127.0.0.1', port: 0 };

let folder: string;
let sources: SealSources;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-sealed-'));
  sources = { env: { XDG_CONFIG_HOME: join(folder, 'config') }, home: folder };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const files = (directory: string): string[] => readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));

/** Where in the folder the bytes stand. A token's name is no secret, so words below 12 characters are not looked for. */
function readable(directory: string, secrets: readonly (string | Buffer)[]): string[] {
  const regular = files(directory).filter((path) => lstatSync(path).isFile());
  return regular.flatMap((path) => {
    const bytes = readFileSync(path);
    return secrets.filter((secret) => bytes.includes(secret)).map((secret) => `${path}: ${secret.toString().slice(0, 12)}`);
  });
}

/** Everything secret of a control plane, as text and as the bytes that a key really is. */
function secretsOf(directory: string, adminToken: string): (string | Buffer)[] {
  const { files: opened } = openSeal(directory, sources);
  const keys = ['ca/root.key', 'tokens.key'].map((name) => opened.read(join(directory, name)) ?? expect.fail(`no ${name}`));
  const lines = keys.flatMap((pem) => pem.split('\n').filter((line) => line.length >= 12 && !line.startsWith('-----')));
  const bytes = keys.map((pem) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64').subarray(36, 68));
  return [...lines, ...bytes, 'PRIVATE KEY', adminToken, SECRET, Buffer.from(SECRET).toString('base64')];
}

async function open(directory: string, sealed = true): Promise<RunningControlPlane> {
  const seal = sealed ? { seal: openSeal(directory, sources) } : {};
  return openControlPlane({ directory, api: loopback, xds: loopback, clock: systemClock, log: () => {}, ...seal });
}

async function use({ apiUrl, adminToken }: RunningControlPlane): Promise<string> {
  const call = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(apiUrl + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status, await answer.clone().text()).toBeLessThan(300);
    return (await answer.json()) as Record<string, unknown>;
  };
  for (const value of ['first', 'second']) {
    const document = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'edge', namespace: 'shop' },
      type: 'Opaque',
      stringData: { key: `${SECRET}-${value}` },
    };
    await call('/weft/v1/apply', { documents: [document] });
  }
  return String((await call('/weft/v1/tokens', { namespace: 'shop', serviceAccount: 'web' }))['token']);
}

it('nothing secret is readable in a data folder, while the control plane runs and afterwards', async () => {
  const directory = join(folder, 'data');
  const plane = await open(directory);
  const joinToken = await use(plane);
  const secrets = [...secretsOf(directory, plane.adminToken), joinToken];
  expect(readable(directory, secrets)).toEqual([]);
  const { credentials } = JSON.parse(readFileSync(join(directory, 'control-plane.json'), 'utf8')) as { credentials: string };
  expect(readFileSync(join(credentials, 'admin.token'), 'utf8').trim()).toBe(plane.adminToken);
  await plane[Symbol.asyncDispose]();
  expect(readable(directory, secrets)).toEqual([]);
  expect(() => lstatSync(credentials)).toThrow(/ENOENT/);
  // what it wrote is there for who has the key
  const again = await open(directory);
  expect(again.adminToken).toBe(plane.adminToken);
  await again[Symbol.asyncDispose]();
});

it('a folder from before the seal has nothing left in clear after one start, and its token and root hold on', async () => {
  const directory = join(folder, 'data');
  const before = await open(directory, false);
  await use(before);
  await before[Symbol.asyncDispose]();
  const root = readFileSync(join(directory, 'ca/root.pem'), 'utf8');
  expect(readable(directory, [SECRET, before.adminToken, 'PRIVATE KEY']).length).toBeGreaterThan(3);
  const plane = await open(directory);
  expect(plane.adminToken).toBe(before.adminToken);
  expect(readFileSync(join(directory, 'ca/root.pem'), 'utf8')).toBe(root);
  expect(readable(directory, secretsOf(directory, plane.adminToken))).toEqual([]);
  await plane[Symbol.asyncDispose]();
  expect(readable(directory, secretsOf(directory, plane.adminToken))).toEqual([]);
  await expect(open(directory, false)).rejects.toThrow(/is sealed/);
});

it('after rekey the old key opens neither files nor rows', async () => {
  const directory = join(folder, 'data');
  const plane = await open(directory);
  await use(plane);
  await plane[Symbol.asyncDispose]();
  const old = openSeal(directory, sources).cipher;
  const path = join(folder, 'next.key');
  makeKeyFile(path);
  expect(await rekey(directory, sources, { kind: 'key-file', path })).toMatchObject({
    sealed: true,
    kind: 'key-file',
    keyFrom: expect.stringContaining('next.key'),
  });
  expect(() => openSeal(directory, sources)).toThrow(/does not open the seal/);
  sources = { ...sources, keyFile: path };
  const again = await open(directory);
  expect(again.adminToken).toBe(plane.adminToken);
  await again[Symbol.asyncDispose]();
  const database = new DatabaseSync(join(directory, 'weft.db'), { readOnly: true });
  const rows = database.prepare("SELECT json FROM document WHERE key LIKE 'Secret/%'").all();
  database.close();
  expect(rows).toHaveLength(1);
  for (const { json } of rows) expect(() => old.open(String(json), 'document Secret/shop/edge')).toThrow(/with the data key/);
});

it('every file of a data folder is its owner’s alone, whatever the umask', async () => {
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o755 });
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  const env = { ...process.env, WEFT_DATA: data, XDG_CONFIG_HOME: join(folder, 'config'), XDG_RUNTIME_DIR: join(folder, 'run') };
  const command = `umask 000; exec '${process.execPath}' src/bin/weft.ts up --api 127.0.0.1:${await freePort()} --xds 127.0.0.1:${await freePort()}`;
  const child = spawn('sh', ['-c', command], { cwd: resolve(import.meta.dirname, '../..'), env, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    let words = '';
    await new Promise<void>((up, failed) => {
      child.stderr.on('data', (chunk) => {
        words += chunk;
        if (words.includes('weft is up')) up();
      });
      child.once('exit', () => failed(new Error(words)));
    });
    const { credentials } = JSON.parse(readFileSync(join(data, 'control-plane.json'), 'utf8')) as { credentials: string };
    const all = [data, ...files(data), credentials, ...files(credentials), ...files(join(folder, 'config/weft/keys'))];
    const wanted = (path: string): number => (lstatSync(path).isDirectory() ? 0o700 : 0o600);
    expect(all.filter((path) => (lstatSync(path).mode & 0o777) !== wanted(path) || lstatSync(path).uid !== process.getuid?.())).toEqual([]);
    expect(all.length).toBeGreaterThan(10);
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
});

it('two fresh installs share no secret', async () => {
  const tokens: string[] = [];
  const texts: string[][] = [];
  for (const name of ['a', 'b']) {
    const plane = await open(join(folder, name));
    const { files: opened, cipher } = openSeal(join(folder, name), sources);
    const kept = ['ca/root.key', 'tokens.key', 'admin.token'].map((file) => opened.read(join(folder, name, file)) ?? '');
    tokens.push(plane.adminToken);
    texts.push([...kept.flatMap((text) => text.split('\n')).filter((line) => line.length >= 16 && !line.startsWith('-----')), cipher.keyId]);
    await plane[Symbol.asyncDispose]();
  }
  const [first = [], second = []] = texts;
  // the first line of a PKCS 8 key of P-256 begins with what the kind of key is; the key itself does not
  expect(first.filter((line) => second.includes(line))).toEqual([]);
  expect(tokens[0]).not.toBe(tokens[1]);
  const [keyA = '', keyB = ''] = readdirSync(join(folder, 'config/weft/keys')).map((name) => readFileSync(join(folder, 'config/weft/keys', name), 'utf8'));
  expect(keyA).not.toBe(keyB);
});
