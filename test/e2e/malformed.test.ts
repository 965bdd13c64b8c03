// Every listener of the control plane gets input that no client would send, and connections that say nothing: it stays, and proxies are served.
// WEFT_MALFORMED inputs for each listener (default 200), WEFT_IDLE idle connections for each (default 300), WEFT_PUSHES pushes that are measured (default 10).
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join as pathOf } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factsOf, join, connect as joinStream, keepLease } from '../../bench/join.ts';
import type { AdsClient } from '../kit/ads-client.ts';
import { MALFORMED, type Target } from '../kit/malformed/index.ts';
import { eventually } from '../kit/shop.ts';
import { freePort, type Program, TestMesh } from '../kit/test-mesh.ts';

const INPUTS = Number(process.env['WEFT_MALFORMED'] ?? 200);
const IDLE = Number(process.env['WEFT_IDLE'] ?? 300);
const MEASURED = Number(process.env['WEFT_PUSHES'] ?? 10);
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

const at = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
const words = (sorted: readonly number[]): string => `p50 ${at(sorted, 0.5).toFixed(1)} ms, p99 ${at(sorted, 0.99).toFixed(1)} ms`;
const alive = (): boolean => [control, webhooks].every(({ child }) => child.exitCode === null && child.signalCode === null);
const residentMb = ({ pid }: Program): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
const say = (line: string): void => void process.stderr.write(`flood: ${line}\n`);

/** A process that floods (test/kit/flood.ts). */
function flooder(args: readonly (string | number)[]): Program {
  const program = mesh.start(process.execPath, [pathOf(import.meta.dirname, '../kit/flood.ts'), ...args.map(String)]);
  program.child.stdin?.end(JSON.stringify(target));
  return program;
}

/** Grown by so much a process has kept what it was sent. */
const MOST_GROWN_MB = 300;

test.each(Object.keys(MALFORMED))(`${INPUTS} malformed inputs, %s: it stays`, { timeout: 180_000 + INPUTS * 30 }, async (listener) => {
  const serving = listener === 'webhooks' ? webhooks : control;
  const before = residentMb(serving);
  const ended = once(serving.child, 'exit').then(() => Promise.reject(new Error(`it ended: ${serving.words().slice(-2000)}`)));
  const [line] = await Promise.race([flooder(['malformed', listener, INPUTS]).printed(/sent .*/), ended]);
  const grown = residentMb(serving) - before;
  say(`${listener}: ${line}; memory ${before.toFixed(0)} MB, ${grown < 0 ? '' : '+'}${grown.toFixed(0)} MB`);
  expect(line).toContain(`sent ${INPUTS} in`);
  expect(alive()).toBe(true);
  expect(grown).toBeLessThan(MOST_GROWN_MB);
  expect((await mesh.call<{ version: string }>('/weft/v1/status')).version).toMatch(/./);
});

const ROUNDS = Math.min(10, Math.ceil(MEASURED / 10));
const SETTLE_MS = 300;
const settled = (): Promise<void> => new Promise((done) => setTimeout(done, SETTLE_MS));
const sorted = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => a - b);

interface Compared {
  readonly what: string;
  readonly flooders: () => readonly Program[];
  /** What each prints once it is at it. */
  readonly begun: RegExp;
  readonly until?: (flooder: Program) => Promise<unknown>;
}

/** Pushes while these are at it, and in between while they are held: so what else the machine does weighs on both the same. */
async function compared({ what, flooders, begun, until = async () => undefined }: Compared): Promise<void> {
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
  const [still, flooded] = [sorted(calm), sorted(loud)];
  say(`${what}: calm ${words(still)}; in it ${words(flooded)}: p99 ${(at(flooded, 0.99) / at(still, 0.99)).toFixed(2)} ×; ${last}`);
  for (const { child } of running) child.kill('SIGKILL');
  expect(alive()).toBe(true);
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

test('malformed input to each listener: a proxy hears of changes meanwhile', { timeout: 600_000 }, async () => {
  const flooders = () => Object.keys(MALFORMED).map((listener) => flooder(['malformed', listener, 1e9]));
  await compared({ what: 'noise', flooders, begun: /left \d+/ });
});
