import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Janitor, startOf } from './janitor.ts';
import { openRunFolder, runBase, sweepRuns, TOKEN_SECRET, writeEnvoyFiles, writeToken } from './run-folder.ts';

let base = '';
beforeEach(() => {
  base = join(mkdtempSync(join(tmpdir(), 'weft-folder-')), 'weft');
});
afterEach(() => rmSync(join(base, '..'), { recursive: true, force: true }));

test('where run folders are', () => {
  expect(runBase({ XDG_RUNTIME_DIR: '/run/user/1000' }, 1000)).toBe('/run/user/1000/weft');
  expect(runBase({}, 1000)).toBe(join(tmpdir(), 'weft-1000'));
  // a Unix socket's path is at most 107 bytes long
  expect(runBase({ XDG_RUNTIME_DIR: `/${'x'.repeat(90)}` }, 1000)).toBe(join(tmpdir(), 'weft-1000'));
});

test('only its owner can open it; the token is replaced whole', () => {
  const folder = openRunFolder('checkout-with-a-very-long-name', base);
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  writeToken(folder, 'one');
  const before = statSync(folder.tokenFile).ino;
  writeToken(folder, 'two');
  expect(readFileSync(folder.tokenFile, 'utf8')).toBe('two');
  expect(statSync(folder.tokenFile).ino).not.toBe(before);
  expect(statSync(folder.tokenFile).mode & 0o777).toBe(0o600);
  writeEnvoyFiles(folder, '{}');
  expect(JSON.parse(readFileSync(folder.tokenResource, 'utf8'))).toMatchObject({
    resources: [{ name: TOKEN_SECRET, generic_secret: { secret: { filename: folder.tokenFile } } }],
  });
});

test('a base that somebody else may have put there is refused', () => {
  mkdirSync(join(base, '..', 'elsewhere'));
  symlinkSync(join(base, '..', 'elsewhere'), base);
  expect(() => openRunFolder('web', base)).toThrow(/is not a folder that only you can write to\n {2}remove it/);
});

describe.skipIf(process.platform !== 'linux')('what dead runs left', () => {
  test('is swept: their processes and folders; the living are left alone', async () => {
    const mine = openRunFolder('mine', base);
    const dead = openRunFolder('dead', base);
    const left = spawn('sleep', ['600']);
    const other = spawn('sleep', ['600']);
    writeFileSync(join(dead.path, 'owner'), '999999999 1\n');
    // the second number has been given to another process since: its start time does not fit
    writeFileSync(join(dead.path, 'processes'), `${left.pid} ${startOf(left.pid ?? 0)}\n${other.pid} 1\n`);
    const ended = once(left, 'exit');
    expect(sweepRuns(base)).toBe(1);
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(existsSync(dead.path)).toBe(false);
    expect(existsSync(mine.path)).toBe(true);
    expect(other.exitCode).toBeNull();
    other.kill();
  });

  test('the janitor ends processes and groups, and removes the folder', async () => {
    const folder = openRunFolder('web', base);
    const janitor = Janitor.open(folder.path);
    const one = spawn('sleep', ['600']);
    const group = spawn('sh', ['-c', 'sleep 600 & echo $!; wait'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(group.stdout, 'data')) as [Buffer];
    const ends = Promise.all([once(one, 'exit'), once(group, 'exit')]);
    janitor.watch(one, 'pid');
    janitor.watch(group, 'group');
    await janitor.close();
    await ends;
    expect(existsSync(folder.path)).toBe(false);
    // SIGKILL was sent to the whole group; the kernel ends a process that nobody here waits for when it gets to it
    await vi.waitFor(() => expect(startOf(Number(line.toString()))).toBeUndefined(), { timeout: 20_000 });
  });
});

test('a folder that somebody else made, or may write to, is refused', () => {
  mkdirSync(base);
  if (process.getuid?.() === 0) chownSync(base, 65_534, 65_534);
  else chmodSync(base, 0o777);
  expect(() => openRunFolder('web', base)).toThrow(/only you can write to/);
});
