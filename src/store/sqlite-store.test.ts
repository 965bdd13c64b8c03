// What is particular to the SQLite store: its file, its lock, its failures. What it shares with every store is in test/contract.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accepted, handClock, put, service } from '../../test/contract/store-kit.ts';
import type { NoRoomReport } from '../../test/contract/store-no-room.ts';
import { needs } from '../../test/kit/require.ts';
import { openSqliteStore } from './index.ts';

const writerScript = join(import.meta.dirname, '../../test/contract/store-writer.ts');
let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-sqlite-'));
  file = join(folder, 'data', 'weft.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): ReturnType<typeof openSqliteStore> => openSqliteStore({ file, clock: handClock() });

async function firstLine(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return chunk.toString();
}

test('records without end leave the disk its rest, and a write takes along those that wait', async () => {
  // A commit takes 60 ms here.
  const times = [0, 0, 60];
  let commits = 0;
  await using store = openSqliteStore({ file, clock: { ...handClock(), monotonic: () => times.shift() ?? 60 }, committed: () => commits++ });
  const refusal = { who: 'somebody', verb: 'create', what: 'Service/a/b', namespace: 'a', result: '403 Forbidden' };
  await store.record([refusal]);
  const waiting = [store.record([refusal]), store.record([refusal])];
  await new Promise((turn) => setImmediate(turn));
  expect(commits).toBe(1);
  await accepted(store, put(service('a')));
  await Promise.all(waiting);
  expect(commits).toBe(2);
  expect(store.auditRecords({ limit: 10 }).filter(({ result }) => result === refusal.result)).toHaveLength(3);
});

describe('the file', () => {
  test('is private, with everything beside it', async () => {
    await using store = open();
    await accepted(store, put(service('a')));
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    for (const name of [file, `${file}-wal`, `${file}.owner`]) expect(statSync(name).mode & 0o777, name).toBe(0o600);
  });

  test('that is damaged is refused with its name and what to do, and is left as it is', () => {
    for (const bytes of ['this is no database, only text that is long enough to be one'.repeat(40), `SQLite format 3\0${'\xff'.repeat(8_000)}`]) {
      rmSync(join(folder, 'data'), { recursive: true, force: true });
      rmSync(file, { force: true });
      file = join(folder, 'weft.db');
      writeFileSync(file, bytes, 'latin1');
      expect(open).toThrow(expect.objectContaining({ code: 'store-corrupt', message: expect.stringMatching(/weft\.db is damaged .*backup.*move .* away/) }));
      expect(readFileSync(file, 'latin1')).toBe(bytes);
    }
  });

  test('damaged in its middle is refused at the start, not met later', async () => {
    {
      await using store = open();
      for (let n = 0; n < 200; n++) await accepted(store, put(service(`s${n}`, { padding: 'x'.repeat(500) })));
    }
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096 * 3, 4096 * 6);
    writeFileSync(file, bytes);
    expect(open).toThrow(expect.objectContaining({ code: 'store-corrupt' }));
  });

  test('of a newer weft is refused', async () => {
    await open()[Symbol.asyncDispose]();
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(open).toThrow(expect.objectContaining({ code: 'store-newer' }));
  });

  test('in a folder that cannot be made is refused with its path', () => {
    writeFileSync(join(folder, 'data'), '');
    expect(open).toThrow(expect.objectContaining({ code: 'store-open', message: expect.stringContaining(file) }));
  });

  test('survives a very wide folder mode without changing that folder', async () => {
    chmodSync(folder, 0o755);
    file = join(folder, 'weft.db');
    await open()[Symbol.asyncDispose]();
    expect(statSync(folder).mode & 0o777).toBe(0o755);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('the lock', () => {
  test('keeps a second store of the same process out', async () => {
    await using store = open();
    expect(open).toThrow(expect.objectContaining({ code: 'store-locked' }));
    await accepted(store, put(service('a')));
  });

  test('keeps another process out, names it, and ends with it', async () => {
    const child = spawn(process.execPath, [writerScript, file, '1'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    try {
      await firstLine(child);
      expect(open).toThrow(expect.objectContaining({ code: 'store-locked', message: expect.stringContaining(`process ${child.pid} on `) }));
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
    await open()[Symbol.asyncDispose]();
    expect(existsSync(`${file}.owner`)).toBe(false);
  });
});

describe('when the disk refuses', () => {
  const limit = needs('prlimit', process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0);

  test.skipIf(limit.skip)(
    'a write is rejected as retryable, reads and the file stay as they were, and writing goes on once there is room',
    { timeout: 30_000 },
    async () => {
      const script = join(import.meta.dirname, '../../test/contract/store-no-room.ts');
      const child = spawnSync(process.execPath, [script, file], { encoding: 'utf8', timeout: 25_000 });
      expect(child.stderr).toBe('');
      const report = JSON.parse(child.stdout) as NoRoomReport;
      const rejection = {
        status: 'rejected',
        code: 'store-unavailable',
        retryable: true,
        message: expect.stringMatching(/the write was not stored: .*weft\.db: .*try again/),
      };
      expect(report).toEqual({ rejected: [rejection, rejection, rejection], during: [{ n: 1 }], revisionDuring: 1, revisionNext: 2 });
      await using again = open();
      expect(again.list().documents.map((document) => [document.metadata.name, document.metadata.resourceVersion])).toEqual([
        ['after', '2'],
        ['before', '1'],
      ]);
    },
  );
});

test('a write that is no JSON fails alone', async () => {
  await using store = open();
  const broken = store.write([put(service('broken', { n: 1n }))], 'test');
  const sound = store.write([put(service('sound'))], 'test');
  await expect(broken).rejects.toThrow(TypeError);
  expect((await sound).ok).toBe(true);
  expect(store.revision).toBe(1);
});
