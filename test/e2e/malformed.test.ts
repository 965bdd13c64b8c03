// Every listener of the control plane gets input that no client would send, and connections that say nothing: it stays, and proxies are served.
// WEFT_MALFORMED inputs for each listener (default 200), WEFT_IDLE idle connections for each (default 300), WEFT_PUSHES pushes that are measured (default 10).
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join as pathOf } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factsOf, join, connect as joinStream, keepLease } from '../../bench/join.ts';
import type { AdsClient } from '../kit/ads-client.ts';
import { cpuMicros, rssBytes } from '../kit/cpu.ts';
import { MALFORMED, type Target } from '../kit/malformed/index.ts';
import { type Percentile, percentile, ratioOf } from '../kit/percentile.ts';
import { eventually } from '../kit/shop.ts';
import { freePort, type Program, TestMesh } from '../kit/test-mesh.ts';

const INPUTS = Number(process.env['WEFT_MALFORMED'] ?? 200);
const IDLE = Number(process.env['WEFT_IDLE'] ?? 300);
const MEASURED = Number(process.env['WEFT_PUSHES'] ?? 10);
/** How much slower the p99 of a push may be in a flood of strangers (a drill says 2; with ten pushes on a busy machine nothing is said). */
const MOST_SLOWER = Number(process.env['WEFT_PUSH_RATIO'] ?? Number.POSITIVE_INFINITY);
let mesh: TestMesh;
let control: Program;
/** Webhooks in a process of their own: they stand in the control plane of a cluster, behind the same server. */
let webhooks: Program;
let target: Target;
let honest: AdsClient;
let heard: () => void = () => undefined;
let leave: () => void = () => undefined;

beforeAll(async () => {
  mesh = TestMesh.open();
  const bundle = await freePort();
  control = await mesh.up(['--federation', `127.0.0.1:${bundle}`]);
  webhooks = mesh.start(process.execPath, [pathOf(import.meta.dirname, '../kit/webhooks.ts')]);
  const hooks = Number((await webhooks.printed(/listening (\d+)/))[1]);
  const facts = await factsOf(mesh);
  const [api, xds] = [Number(new URL(mesh.api.url).port), Number(facts.xdsAddress.split(':').at(-1))];
  await mesh.apply([service(0)]);
  target = { api, xds, bundle, webhooks: hooks, token: mesh.api.token, proxyToken: await join(mesh, facts, 'hostile') };
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

/** Milliseconds from a write to the proxy's stream, one after the other. */
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
  return took;
}

const msOf = ({ value, low, high }: Percentile): string => `${value.toFixed(1)} ms (${low.toFixed(1)} to ${high.toFixed(1)})`;
const words = (took: readonly number[]): string => `p50 ${msOf(percentile(took, 0.5))}, p99 ${msOf(percentile(took, 0.99))}`;
const alive = (): boolean => [control, webhooks].every(({ child }) => child.exitCode === null && child.signalCode === null);
const residentMb = ({ pid }: Program): number => rssBytes(pid) / 1024 / 1024;
/** Files and sockets it holds. */
const handles = ({ pid }: Program): number => readdirSync(`/proc/${pid}/fd`).length;
const say = (line: string): void => void process.stderr.write(`flood: ${line}\n`);

/** A process that floods (test/kit/flood.ts). */
function flooder(args: readonly (string | number)[], at: Target = target): Program {
  const program = mesh.start(process.execPath, [pathOf(import.meta.dirname, '../kit/flood.ts'), ...args.map(String)]);
  program.child.stdin?.end(JSON.stringify(at));
  return program;
}

/** How far a long flood is, on a terminal. */
function showing(listener: string, { child }: Program): void {
  if (INPUTS < 10_000) return;
  child.stdout?.on('data', (chunk: Buffer) => {
    const [, done, all, perSecond] = /^done (\d+) of (\d+), (\d+)\/s/m.exec(String(chunk)) ?? [];
    const share = Number(done) / Number(all);
    if (Number.isNaN(share)) return;
    const left = Math.ceil((Number(all) - Number(done)) / Math.max(1, Number(perSecond)));
    process.stderr.write(`\r${listener.padEnd(8)} [${'#'.repeat(share * 30).padEnd(30, '.')}] ${done} of ${all}, ${perSecond}/s, ${left} s left   `);
  });
}

/** Grown by so much a process has kept what it was sent. */
const MOST_GROWN_MB = 300;
/** More than before: what is kept alive for the next caller. */
const MORE_HANDLES = 16;

test.each(Object.keys(MALFORMED))(`${INPUTS} malformed inputs, %s: it stays`, { timeout: 180_000 + INPUTS * 30 }, async (listener) => {
  const serving = listener === 'webhooks' ? webhooks : control;
  const [before, held, busy] = [residentMb(serving), handles(serving), cpuMicros([serving.pid])];
  const ended = once(serving.child, 'exit').then(() => Promise.reject(new Error(`it ended: ${serving.words().slice(-2000)}`)));
  const flooding = flooder(['malformed', listener, INPUTS]);
  showing(listener, flooding);
  const [line] = await Promise.race([flooding.printed(/judged .*/), ended]);
  const grown = residentMb(serving) - before;
  const each = (cpuMicros([serving.pid]) - busy) / INPUTS;
  if (INPUTS >= 10_000) process.stderr.write('\n');
  const left = await eventually('its handles back', async () => (handles(serving) <= held + MORE_HANDLES ? handles(serving) : undefined), 1200);
  say(
    `${listener}: ${line}; ${each.toFixed(0)} µs of its CPU each; memory ${before.toFixed(0)} MB, ${grown < 0 ? '' : '+'}${grown.toFixed(0)} MB; handles ${held}, then ${left}`,
  );
  expect(line).toContain(`judged ${INPUTS} in`);
  expect(alive()).toBe(true);
  expect(grown).toBeLessThan(MOST_GROWN_MB);
  expect((await mesh.call<{ version: string }>('/weft/v1/status')).version).toMatch(/./);
});

const ROUNDS = Math.ceil(MEASURED / 25);
const SETTLE_MS = 300;
const settled = (): Promise<void> => new Promise((done) => setTimeout(done, SETTLE_MS));

interface Compared {
  readonly what: string;
  readonly flooders: () => readonly Program[];
  /** What each prints once it is at it. */
  readonly begun: RegExp;
  readonly until?: (flooder: Program) => Promise<unknown>;
  /** Without a credential: what is promised of pushes is promised of these. */
  readonly strangers?: boolean;
}

/** Pushes while these are at it, and in between while they are held: so what else the machine does weighs on both the same. */
async function compared({ what, flooders, begun, until = async () => undefined, strangers = true }: Compared): Promise<void> {
  const running = flooders();
  await Promise.all(running.map((each) => each.printed(begun)));
  const [calm, loud]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [signal, to] of [
      ['SIGSTOP', calm],
      ['SIGCONT', loud],
    ] as const) {
      for (const { child } of running) child.kill(signal);
      await settled();
      to.push(...(await pushes(Math.ceil(MEASURED / ROUNDS))));
    }
  }
  await Promise.all(running.map(until));
  const last = running.map((each) => each.words().trim().split('\n').at(-1)).join('; ');
  const ratio = ratioOf(percentile(loud, 0.99), percentile(calm, 0.99));
  const [by, low, high] = [ratio.value, ratio.low, ratio.high].map((each) => each.toFixed(2));
  say(`${what}: calm ${words(calm)}; in it ${words(loud)}: p99 ${by} × (${low} to ${high}, ${loud.length} pushes each); ${last}`);
  for (const { child } of running) child.kill('SIGKILL');
  expect(alive()).toBe(true);
  if (strangers) expect(ratio.value).toBeLessThanOrEqual(MOST_SLOWER);
}

test(`${IDLE} idle connections to each listener: a proxy hears of changes, and they are ended`, { timeout: 600_000 }, async () => {
  const flooders = () => [target.api, target.xds].map((port) => flooder(['idle', port, IDLE]));
  // They say nothing, so they are not kept.
  const until = (each: Program) => eventually('their end', async () => (/ended [1-9]/.test(each.words()) ? true : undefined), 1200);
  await compared({ what: `${IDLE} idle`, flooders, begun: /open \d+ ended/, until });
});

test('handshakes without end at each listener: a proxy hears of changes meanwhile', { timeout: 600_000 }, async () => {
  const flooders = () => [target.api, target.xds].map((port) => flooder(['hello', port]));
  await compared({ what: 'handshakes', flooders, begun: /answered [1-9]/ });
});

test.each([
  ['malformed input of strangers', true],
  ['malformed input of those who have a credential', false],
])('%s to each listener: a proxy hears of changes meanwhile', { timeout: 600_000 }, async (what, strangers) => {
  const at = strangers ? { ...target, token: '', proxyToken: '' } : target;
  const flooders = () => Object.keys(MALFORMED).map((listener) => flooder(['noise', listener], at));
  await compared({ what, flooders, begun: /done \d+/, strangers });
});
