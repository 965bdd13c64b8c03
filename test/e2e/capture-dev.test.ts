// `weft dev` as the one who starts, restarts and ends: the command line is a script here that says what it is asked.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { running } from './capture/machine.ts';

const home = resolve(import.meta.dirname, '../..');
let folder = '';

const WEFT = `#!/bin/sh
echo "$@" >> "$0.log"
case $1 in
  up) trap 'echo up-ended >> "$0.log"; exit 0' TERM; echo "weft is up"; while :; do sleep 0.05; done ;;
  apply) exit 0 ;;
  run) case $3 in
    crash) echo "crashing in $PWD with $LEVEL"; exit 3 ;;
    *) trap 'echo "$3-ended" >> "$0.log"; exit 0' TERM; echo "$3 at $5 $$"; while :; do sleep 0.05; done ;;
  esac ;;
esac
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-dev-'));
  writeFileSync(join(folder, 'weft'), WEFT);
  chmodSync(join(folder, 'weft'), 0o755);
  const file = {
    services: { web: { command: 'node web.js', ports: [8080], replicas: 2 }, crash: { command: ['x'], env: { LEVEL: 'debug' } } },
    documents: ['routes.yaml'],
  };
  writeFileSync(
    join(folder, 'dev.ts'),
    `import { devMesh, readDevFile } from ${JSON.stringify(join(home, 'src/machine/index.ts'))};
     const read = readDevFile(${JSON.stringify(file)});
     if (!read.ok) throw new Error(read.error.join());
     process.exitCode = await devMesh({ file: read.value, folder: ${JSON.stringify(folder)}, weft: [${JSON.stringify(join(folder, 'weft'))}], startControlPlane: true, env: process.env, colour: false, tell: (line) => console.error(line) });`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function begin(): Promise<{
  readonly pid: number;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  readonly until: (wanted: RegExp) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
}> {
  const child = spawn(join(home, 'node_modules/.bin/node'), [join(folder, 'dev.ts')], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let heard = (): void => {};
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      heard();
    });
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  const until = (wanted: RegExp): Promise<void> =>
    new Promise((done) => {
      heard = () => {
        if (wanted.test(said)) done();
      };
      heard();
    });
  return { pid: child.pid ?? 0, output: () => said, ended, until, kill: (signal) => void child.kill(signal) };
}

test('starts the control plane, applies, runs every instance, restarts what crashes, ends in order', async () => {
  const dev = await begin();
  await dev.until(/web-2 {4}\| web at 2/);
  await dev.until(/crash {4}\| ended with code 3; starting it again in 1 s/);
  dev.kill('SIGINT');
  expect(await dev.ended).toBe(130);
  const log = readFileSync(join(folder, 'weft.log'), 'utf8').trim().split('\n');
  expect(log.slice(0, 2)).toEqual(['up', `apply -f ${folder}/routes.yaml`]);
  expect(log).toContain('run --service web --instance 2 --quiet --port 8080 -- sh -c node web.js');
  expect(log.filter((line) => line === 'web-ended')).toHaveLength(2);
  expect(log.at(-1)).toBe('up-ended');
  expect(dev.output()).toContain(`crash    | crashing in ${folder} with debug`);
  expect(dev.output()).toContain('weft     | weft is up');
});

test.skipIf(process.platform !== 'linux')('SIGKILL of weft dev ends what it started', async () => {
  const dev = await begin();
  await dev.until(/web-2 {4}\| web at 2/);
  await dev.until(/web-1 {4}\| web at 1/);
  const pids = [...dev.output().matchAll(/web at \d (\d+)/g)].map((found) => Number(found[1]));
  expect(running(pids)).toHaveLength(2);
  dev.kill('SIGKILL');
  await dev.ended;
  for (let tries = 0; running(pids).length > 0 && tries < 200; tries++) await new Promise((done) => setTimeout(done, 25));
  expect(running(pids)).toEqual([]);
});
