// Capture with real namespaces and a real Envoy, for root and for an ordinary user; the control plane's part is a static configuration.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { networkInterfaces } from 'node:os';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaptureMode } from '../../src/machine/index.ts';
import { findEnvoy } from '../../src/machine/index.ts';
import { needs } from '../kit/require.ts';
import { appCommand, closeStage, familyOf, get, isRoot, openStage, running, type Started, start } from './capture/machine.ts';

const home = resolve(import.meta.dirname, '../..');
const kept = existsSync(resolve(home, '.cache/envoy')) ? readFileSync(resolve(home, '.cache/envoy'), 'utf8').trim() : undefined;
const envoy = findEnvoy()?.path ?? kept;
const { skip } = needs('Linux with Envoy', process.platform === 'linux' && envoy !== undefined);

const VIP = { web: '240.0.0.10', api: '240.0.0.11' };
let stage = '';
let outside: Server;
let outsideUrl = '';
const alive: Started[] = [];

beforeAll(async () => {
  if (skip) return;
  stage = openStage(envoy ?? '');
  const address = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find((one) => !one.internal && one.family === 'IPv4')?.address;
  outside = createServer((_request, response) => response.end('outside'));
  await new Promise<void>((done) => outside.listen(0, '0.0.0.0', done));
  const at = outside.address();
  outsideUrl = `http://${address ?? '127.0.0.1'}:${typeof at === 'object' && at !== null ? at.port : 0}/`;
});

afterAll(async () => {
  for (const { child } of alive) child.kill('SIGKILL');
  outside?.close();
  if (stage !== '') closeStage(stage);
});

function begin(...given: Parameters<typeof start>): Started {
  const started = start(...given);
  alive.push(started);
  return started;
}

const MODES: readonly { readonly mode: CaptureMode; readonly user: 'root' | 'user'; readonly ports: readonly [number, number]; readonly url: string }[] = [
  { mode: 'netns', user: 'root', ports: [8080, 8080], url: 'http://api.mesh/' },
  { mode: 'pasta', user: 'user', ports: [8080, 8080], url: 'http://api.mesh/' },
  { mode: 'relay', user: 'user', ports: [8080, 8080], url: 'http://api.mesh/' },
  { mode: 'explicit', user: 'user', ports: [28_711, 28_712], url: 'http://api.mesh/' },
];

for (const { mode, user, ports, url } of MODES) {
  const lacking = skip || (user === 'root' && !isRoot);
  describe.skipIf(lacking)(`capture ${mode}, ${user === 'root' ? 'root' : 'an ordinary user'}`, () => {
    let api: Started;
    let web: Started;
    let webPort = 0;

    beforeAll(async () => {
      api = begin(stage, user, { service: 'api', capture: mode, ports: [String(ports[0])], peers: [], command: appCommand(ports[0]) });
      await api.until('report', (report) => (report as { state: string }).state === 'Ready');
      const port = api.joined().ports[0]?.proxyPort ?? 0;
      const peers = [{ host: 'api.mesh', vip: VIP.api, address: '127.0.0.1', port }];
      web = begin(stage, user, { service: 'web', capture: mode, ports: [String(ports[1])], peers, command: appCommand(ports[1]) });
      await web.until('report', (report) => (report as { state: string }).state === 'Ready');
      webPort = web.joined().ports[0]?.proxyPort ?? 0;
    });

    test('the inbound port leads to the application, which has the user it was started by', async () => {
      const { status, body } = await get(webPort, '/hello');
      expect(status, body).toBe(200);
      expect(JSON.parse(body)).toMatchObject({ port: ports[1], uid: user === 'root' || !isRoot ? process.getuid?.() : 12_345 });
    });

    test('it is announced; what its ports speak is reported before it takes requests, and then that it does', async () => {
      expect(web.events().find(({ event }) => event === 'tell')?.value).toMatch(/^✔ joined as spiffe:\/\/example\.mesh\/ns\/default\/sa\/web {3}capture: /);
      const reports = web.events().flatMap(({ event, value }) => (event === 'report' ? [value] : []));
      expect(reports[0]).toEqual({ state: 'Starting', protocols: { [`port-${ports[1]}`]: 'http' } });
      expect(reports[1]).toMatchObject({ state: 'Ready' });
    });

    test("a name leads through a virtual address, the proxy inside and the peer's proxy to the peer", async () => {
      const { status, body } = await get(webPort, `/fetch?url=${encodeURIComponent(url)}`);
      expect(status, `${body}\n${web.output()}`).toBe(200);
      expect(JSON.parse(body)).toMatchObject({ port: ports[0] });
    });

    const captured = mode === 'explicit' ? () => {} : test; // what nothing captures cannot be asked
    captured('what is not in the mesh passes through', async () => {
      const { status, body } = await get(webPort, `/fetch?url=${encodeURIComponent(outsideUrl)}`);
      expect({ status, body }).toEqual({ status: 200, body: 'outside' });
    });

    captured("the application's own port is not to be had past the proxy", async () => {
      await expect(get(8080, '/hello')).rejects.toThrow(/ECONNREFUSED/);
    });

    test('Envoy that dies is started again', async () => {
      const pid = familyOf(web.pid).find((one) => /--disable-hot-restart/.test(readFileSync(`/proc/${one}/cmdline`, 'utf8')));
      process.kill(pid ?? 0, 'SIGKILL');
      await web.until('tell', (line) => String(line).startsWith('envoy ended (SIGKILL)'));
      let answer = 0;
      for (let tries = 0; answer !== 200 && tries < 250; tries++) {
        answer = await get(webPort, '/hello').then(
          ({ status }) => status,
          () => 0,
        );
        if (answer !== 200) await sleep(20);
      }
      expect(answer).toBe(200);
    });

    test('SIGTERM: peers first, then requests in flight, then the application, then nothing is left', async () => {
      const family = familyOf(web.pid);
      const folder = dirname(web.joined().envoy.adminSocket);
      const slow = get(webPort, '/slow');
      await sleep(100); // the request is on its way; whether it has arrived does not matter
      web.child.kill('SIGTERM');
      expect(await slow).toMatchObject({ status: 200, body: 'slow' });
      expect(await web.ended).toBe(0);
      const said = web
        .events()
        .filter(({ event }) => event === 'report' || event === 'leave')
        .map(({ event, value }) => (event === 'leave' ? event : (value as { state: string }).state));
      expect([...new Set(said)]).toEqual(['Starting', 'Ready', 'Draining', 'leave']);
      expect(await gone(family)).toEqual([]);
      expect(existsSync(folder)).toBe(false);
    });

    test('SIGKILL leaves no process, no namespace and no folder', async () => {
      const family = familyOf(api.pid);
      expect(family.length).toBeGreaterThan(3);
      const folder = dirname(api.joined().envoy.adminSocket);
      expect(existsSync(folder)).toBe(true);
      api.child.kill('SIGKILL');
      expect(await gone(family)).toEqual([]);
      for (let tries = 0; existsSync(folder) && tries < 100; tries++) await sleep(50);
      expect(existsSync(folder)).toBe(false);
    });
  });
}

async function gone(pids: readonly number[]): Promise<readonly string[]> {
  for (let tries = 0; tries < 100 && running(pids).length > 0; tries++) await sleep(50);
  return running(pids);
}

describe.skipIf(skip)('ends', () => {
  const user = isRoot ? 'root' : 'user';
  const run = (command: readonly string[], ports: readonly string[] = []): Started =>
    begin(stage, user, { service: 'job', capture: 'auto', ports, peers: [], command });

  test("the exit code is the application's", async () => {
    expect(await run(['sh', '-c', 'exit 7']).ended).toBe(7);
    expect(await run(['sh', '-c', 'kill -USR1 $$']).ended).toBe(138);
  });

  test('what the application left running in the background ends with it', async () => {
    const job = run(['sh', '-c', 'sleep 3217 & setsid sleep 3218 & exit 0']);
    expect(await job.ended).toBe(0);
    await sleep(0);
    const { execFileSync } = await import('node:child_process');
    const rest = execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => /^[^Z].*sleep 321[78]/.test(line));
    expect(rest).toEqual([]);
  });

  test('a program that is not there is named before anything is begun', async () => {
    const job = run(['no-such-program']);
    expect(await job.ended).toBe(1);
    expect(job.output()).toContain('no-such-program: there is no such program on PATH');
    expect(job.events()).toEqual([]);
  });
});
