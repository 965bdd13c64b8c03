// Every listener of the control plane gets input that no client would send, and connections that say nothing: it stays, and proxies are served.
// WEFT_MALFORMED inputs for each listener (default 150), WEFT_IDLE idle connections (default 300).
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factsOf, join, connect as joinStream } from '../../bench/join.ts';
import type { AdsClient } from '../kit/ads-client.ts';
import { MALFORMED, type Target } from '../kit/malformed.ts';
import { eventually } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

const INPUTS = Number(process.env['WEFT_MALFORMED'] ?? 150);
const IDLE = Number(process.env['WEFT_IDLE'] ?? 300);
const AT_ONCE = 32;
const MEASURED = 60;

let mesh: TestMesh;
let control: Program;
let target: Target;
let honest: AdsClient;
let heard: () => void = () => undefined;

beforeAll(async () => {
  mesh = TestMesh.open();
  control = await mesh.up();
  const facts = await factsOf(mesh);
  target = { api: Number(new URL(mesh.api.url).port), xds: Number(facts.xdsAddress.split(':').at(-1)), token: mesh.api.token };
  await mesh.apply([service(0)]);
  honest = joinStream(facts, await join(mesh, facts, 'honest'), { onUpdate: () => heard() });
  await eventually('the first configuration', async () => (honest.updates.length > 0 ? true : undefined));
}, 60_000);
afterAll(async () => {
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
  return took.sort((a, b) => a - b);
}

const p99 = (sorted: readonly number[]): number => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
const alive = (): boolean => control.child.exitCode === null && control.child.signalCode === null;

async function flood(send: (target: Target) => Promise<void>, count: number): Promise<void> {
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) await send(target);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

test.each(Object.entries(MALFORMED))(`${INPUTS} malformed inputs, %s: it stays`, { timeout: 120_000 + INPUTS * 50 }, async (_what, send) => {
  await flood(send, INPUTS);
  expect(alive()).toBe(true);
  expect((await mesh.call<{ version: string }>('/weft/v1/status')).version).toMatch(/./);
});

test(`${IDLE} idle connections to each listener, and malformed input: a proxy hears of changes`, { timeout: 300_000 + INPUTS * 50 }, async () => {
  const calm = await pushes(MEASURED);
  const idle: Socket[] = [];
  for (const port of [target.api, target.xds])
    for (let n = 0; n < IDLE; n++) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      if (n % 100 === 99) await once(socket, 'connect').catch(() => undefined);
      idle.push(socket);
    }
  const noise = Object.values(MALFORMED).map((send) => flood(send, Math.min(INPUTS / 2, 2_000)));
  const loud = await pushes(MEASURED);
  await Promise.all(noise);
  for (const socket of idle) socket.destroy();
  const ratio = p99(loud) / p99(calm);
  process.stderr.write(
    `flood: push p50 ${calm[MEASURED / 2]?.toFixed(1)} ms and p99 ${p99(calm).toFixed(1)} ms calm, ${loud[MEASURED / 2]?.toFixed(1)} and ${p99(loud).toFixed(1)} ms in it: p99 ${ratio.toFixed(2)} ×\n`,
  );
  expect(alive()).toBe(true);
  expect(loud).toHaveLength(MEASURED);
});
