// Every listener of the control plane gets input that no client would send, and connections that say nothing: it stays, and proxies are served.
// WEFT_MALFORMED inputs for each listener (default 200), WEFT_IDLE idle connections for each (default 300), WEFT_PUSHES pushes that are measured (default 10).
import { join as pathOf } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factsOf, join, connect as joinStream, keepLease } from '../../bench/join.ts';
import type { AdsClient } from '../kit/ads-client.ts';
import { MALFORMED, type Target } from '../kit/malformed.ts';
import { eventually } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

const INPUTS = Number(process.env['WEFT_MALFORMED'] ?? 200);
const IDLE = Number(process.env['WEFT_IDLE'] ?? 300);
const MEASURED = Number(process.env['WEFT_PUSHES'] ?? 10);
const KINDS = Object.keys(MALFORMED);
const LISTENERS = { API: KINDS.filter((kind) => kind.startsWith('API')), xDS: KINDS.filter((kind) => kind.startsWith('xDS')) } as const;

let mesh: TestMesh;
let control: Program;
let target: Target;
let honest: AdsClient;
let heard: () => void = () => undefined;
let leave: () => void = () => undefined;

beforeAll(async () => {
  mesh = TestMesh.open();
  control = await mesh.up();
  const facts = await factsOf(mesh);
  target = { api: Number(new URL(mesh.api.url).port), xds: Number(facts.xdsAddress.split(':').at(-1)), token: mesh.api.token };
  await mesh.apply([service(0)]);
  const token = await join(mesh, facts, 'honest');
  leave = keepLease(facts, token);
  honest = joinStream(facts, token, { onUpdate: () => heard() });
  await eventually('the first configuration', async () => (honest.updates.length > 0 ? true : undefined));
}, 60_000);
afterAll(async () => {
  leave();
  honest.close();
  await mesh[Symbol.asyncDispose]();
});

/** A change that a proxy of the namespace hears of. */
function service(n: number): object {
  const ports = [{ name: 'http', port: 80 + n, targetPort: 8080, appProtocol: 'http' }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'honest', namespace: 'bench' }, spec: { selector: { app: 'honest' }, ports } };
}

let change = 0;

/** Milliseconds from a write to the proxy's stream, one after the other; the smallest first. */
async function pushes(count: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let n = 0; n < count; n++) {
    const told = new Promise<void>((done) => {
      heard = done;
    });
    const start = performance.now();
    await mesh.apply([service(++change % 1000)]);
    await told;
    took.push(performance.now() - start);
    await new Promise((done) => setTimeout(done, 20));
  }
  return took.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
const words = (sorted: readonly number[]): string => `p50 ${at(sorted, 0.5).toFixed(1)} ms, p99 ${at(sorted, 0.99).toFixed(1)} ms`;
const alive = (): boolean => control.child.exitCode === null && control.child.signalCode === null;
const say = (line: string): void => void process.stderr.write(`flood: ${line}\n`);

/** A process that floods (test/kit/flood.ts). */
function flooder(args: readonly (string | number)[]): Program {
  const program = mesh.start(process.execPath, [pathOf(import.meta.dirname, '../kit/flood.ts'), ...args.map(String)]);
  program.child.stdin?.end(JSON.stringify(target));
  return program;
}

test.each(Object.entries(LISTENERS))(`${INPUTS} malformed inputs, %s: it stays`, { timeout: 180_000 + INPUTS * 30 }, async (name, kinds) => {
  const [line] = await flooder(['malformed', INPUTS, ...kinds]).printed(/sent .*/);
  say(`${name}: ${line}`);
  expect(alive()).toBe(true);
  expect((await mesh.call<{ version: string }>('/weft/v1/status')).version).toMatch(/./);
});

/** Pushes in calm, then while these are at it. */
async function compared(what: string, flooders: () => readonly Program[], begun: RegExp, until: (flooder: Program) => Promise<unknown>): Promise<void> {
  const calm = await pushes(MEASURED);
  const running = flooders();
  await Promise.all(running.map((each) => each.printed(begun)));
  const loud = await pushes(MEASURED);
  await Promise.all(running.map(until));
  const last = running.map((each) => each.words().trim().split('\n').at(-1)).join('; ');
  say(`${what}: calm ${words(calm)}; in it ${words(loud)}: p99 ${(at(loud, 0.99) / at(calm, 0.99)).toFixed(2)} ×; ${last}`);
  for (const { child } of running) child.kill('SIGKILL');
  expect([alive(), loud.length]).toEqual([true, MEASURED]);
}

test(`${IDLE} idle connections to each listener: a proxy hears of changes, and they are ended`, { timeout: 300_000 }, async () => {
  const flooders = () => [target.api, target.xds].map((port) => flooder(['idle', port, IDLE]));
  // They say nothing, so they are not kept.
  const ended = (each: Program) => eventually('their end', async () => (/ended [1-9]/.test(each.words()) ? true : undefined), 1200);
  await compared(`${IDLE} idle`, flooders, /open \d+ ended/, ended);
});

test('malformed input to each listener: a proxy hears of changes meanwhile', { timeout: 300_000 }, async () => {
  const flooders = () => Object.values(LISTENERS).map((kinds) => flooder(['malformed', 1e9, ...kinds]));
  await compared('noise', flooders, /left \d+/, async () => undefined);
});
