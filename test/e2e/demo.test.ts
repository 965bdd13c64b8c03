// The demo, as a newcomer runs it: what it prints, and that it leaves nothing behind, also when it is killed.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { tree } from '../kit/cpu.ts';
import { listening } from '../kit/listening.ts';
import { eventually } from '../kit/shop.ts';

const home = resolve(import.meta.dirname, '../..');

interface Summary {
  readonly requests: number;
  readonly failed: number;
  readonly mtlsPercent: number;
  readonly split: { readonly v1: number; readonly v2: number };
  readonly employeeToV2Percent: number;
  readonly propagationMs: { readonly p50: number; readonly p99: number };
  readonly envoy: string;
  readonly proxies: number;
}

const demo = (args: readonly string[]) => spawn(process.execPath, ['examples/shop/demo.ts', ...args], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
const leftovers = (): string[] => {
  const processes = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n');
  return processes.filter((line) => /weft-demo-|examples\/shop\/demo\.ts|demo\/load\.js/.test(line));
};
const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('weft-demo-'));
const namespaces = (): string => execFileSync('sh', ['-c', 'ls /run/netns 2>/dev/null; true'], { encoding: 'utf8' });

test('runs unattended, tells what happened, and leaves nothing', async () => {
  const before = namespaces();
  const child = demo(['--for', '20s', '-o', 'json']);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  expect(code, stderr).toBe(0);
  const summary = JSON.parse(stdout) as Summary;
  expect(summary.failed).toBe(0);
  expect(summary.requests).toBeGreaterThan(1000);
  expect(summary.mtlsPercent).toBe(100);
  expect(summary.employeeToV2Percent).toBe(100);
  expect(summary.split.v2).toBeGreaterThan(5);
  expect(summary.split.v2).toBeLessThan(16);
  expect(summary.envoy).toMatch(/^1\.40\./);
  expect(summary.propagationMs.p50).toBeGreaterThan(0);
  expect(leftovers()).toEqual([]);
  expect(folders()).toEqual([]);
  expect(namespaces()).toBe(before);
});

test('^C ends it cleanly; after SIGKILL its processes go and the next start clears the rest', async () => {
  const interrupted = demo([]);
  const own = (line: string): boolean => line.includes('load.js') && tree(interrupted.pid ?? 0).includes(Number.parseInt(line, 10));
  await eventually('running', async () => (leftovers().some(own) ? true : undefined), 1200);
  const sockets = listening(tree(interrupted.pid ?? 0));
  expect(sockets.length).toBeGreaterThan(5);
  // docs/PORTS.md: nothing is for other machines, and in an application's own network its proxy has two ports, on loopback
  expect(sockets.filter(({ inside, address }) => !inside && address !== '127.0.0.1')).toEqual([]);
  const ofProxies = sockets.filter(({ inside, program }) => inside && program.startsWith('envoy'));
  expect(ofProxies.filter(({ address, port }) => ![15_001, 15_053].includes(port) || !['127.0.0.1', '::1'].includes(address))).toEqual([]);
  interrupted.kill('SIGINT');
  const [code] = (await once(interrupted, 'close')) as [number];
  expect(code).toBe(130);
  const mine = new Set(sockets.flatMap(({ inside, program, port }) => (inside ? [] : [`${program} ${port}`])));
  const everybody = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  expect(listening(everybody).filter(({ inside, program, port }) => !inside && mine.has(`${program} ${port}`))).toEqual([]);
  expect(leftovers()).toEqual([]);

  const killed = demo([]);
  await eventually('running again', async () => (leftovers().some((line) => line.includes('load.js')) ? true : undefined), 1200);
  killed.kill('SIGKILL');
  await eventually('its processes end', async () => (leftovers().length === 0 ? true : undefined), 1200);
  const next = demo(['--for', '1s', '-o', 'json']);
  let words = '';
  next.stderr.on('data', (chunk) => {
    words += chunk;
  });
  const [last] = (await once(next, 'close')) as [number];
  expect(last, words).toBe(0);
  expect(folders()).toEqual([]);
  expect(leftovers()).toEqual([]);
});
