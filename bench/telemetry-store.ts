// How fast numbers of proxies are taken, in how much memory, and how fast a day of them is asked: node_modules/.bin/node bench/telemetry-store.ts
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEVELS } from '../src/telemetry/metrics/levels.ts';
import { Meter } from '../src/telemetry/metrics/meter.ts';
import { edges, kept, series, stat } from '../src/telemetry/metrics/questions.ts';
import { isPackaged, packaged } from './packaged.ts';
import type { StepQuestion } from './telemetry-store-proxies.ts';

if (!isPackaged()) process.exit(await packaged(import.meta.filename, join(import.meta.dirname, 'telemetry-store-proxies.ts')));

const PROXIES = Number(process.env['WEFT_BENCH_PROXIES'] ?? 100);
/** Kinds of answers that each proxy counts: each is a counter and a histogram. */
const KINDS = 25;
const HOURS = Number(process.env['WEFT_BENCH_HOURS'] ?? 24);
const RPS = 1000;
const STEP_MS = (LEVELS[0].stepS ?? 10) * 1000;

const folder = mkdtempSync(join(tmpdir(), 'weft-bench-metrics-'));
let now = Math.floor((Date.now() - HOURS * 3_600_000) / 3_600_000) * 3_600_000;
const began = now;
const meter = new Meter({ folder, budgetBytes: 1 << 30, now: () => now, told: () => {} });

const reporter = (proxy: number) => ({
  proxy: `shop/p-${proxy}`,
  namespace: `ns-${proxy % 10}`,
  principal: `spiffe://example.mesh/ns/ns-${proxy % 10}/sa/p-${proxy}`,
  workload: `p-${proxy}`,
  service: `p-${proxy}`,
  version: 'unknown',
  serves: {},
});

const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const proxies = fork(join(import.meta.dirname, 'telemetry-store-proxies.js'), { serialization: 'advanced' });

/** What all proxies say in this step. */
async function said(question: StepQuestion): Promise<readonly Uint8Array[]> {
  proxies.send(question);
  const [messages] = (await once(proxies, 'message')) as [readonly Uint8Array[]];
  return messages;
}

const idleMb = process.memoryUsage.rss() / 1e6;
let [points, seconds, mostMb] = [0, 0, 0];
const each = (RPS * STEP_MS) / 1000 / PROXIES / KINDS;
for (let step = 1; step <= (HOURS * 3_600_000) / STEP_MS; step++) {
  now += STEP_MS;
  const messages = await said({ now, began, count: Math.round(step * each), proxies: PROXIES, kinds: KINDS });
  const before = cpuS();
  for (const [proxy, bytes] of messages.entries()) meter.take(reporter(proxy), bytes);
  meter.settle();
  seconds += cpuS() - before;
  points += PROXIES * KINDS * 2;
  if (step % 100 === 0) mostMb = Math.max(mostMb, process.memoryUsage.rss() / 1e6);
}
proxies.disconnect();

/** By the clock, and of the processor: the second is to be read where others work on the machine. */
function timed(ask: () => unknown): { readonly wall: readonly number[]; readonly cpu: readonly number[] } {
  const took = Array.from({ length: 100 }, () => {
    const [from, used] = [performance.now(), cpuS()];
    ask();
    return [performance.now() - from, (cpuS() - used) * 1000] as const;
  });
  const sorted = (at: 0 | 1): readonly number[] => took.map((each) => each[at]).sort((a, b) => a - b);
  return { wall: sorted(0), cpu: sorted(1) };
}

const day = { since: now - 86_400_000, until: now, namespace: '' };
const questions: Readonly<Record<string, () => unknown>> = {
  'stat 24 h': () => stat(meter, day),
  'edges 24 h': () => edges(meter, day),
  'stat 10 min': () => stat(meter, { ...day, since: now - 600_000 }),
  'series of a service, 24 h': () => series(meter, { since: day.since, until: now, stepMs: 0, service: 'shop/svc-7', namespace: '', by: 'code' }),
  'series of all, 24 h': () => series(meter, { since: day.since, until: now, stepMs: 0, service: '', namespace: '', by: '' }),
  'series of a service, 1 h': () => series(meter, { since: now - 3_600_000, until: now, stepMs: 0, service: 'shop/svc-7', namespace: '', by: 'source' }),
};

const { bytes } = kept(meter);
console.log(`${PROXIES} proxies, ${meter.series.size} series, ${HOURS} h of ${RPS} requests a second: ${(bytes / 1e6).toFixed(0)} MB on disk`);
console.log(
  `taken   ${Math.round(points / seconds).toLocaleString('en')} points per second of CPU, RSS at most ${mostMb.toFixed(0)} MB (${idleMb.toFixed(0)} MB before)`,
);
for (const [name, ask] of Object.entries(questions)) {
  const { wall, cpu } = timed(ask);
  const shown = (values: readonly number[]): string => `p50 ${values[49]?.toFixed(1)} ms, p99 ${values[98]?.toFixed(1)} ms`;
  console.log(`${name.padEnd(28)} ${shown(wall).padEnd(32)} CPU ${shown(cpu)}`);
}
meter[Symbol.dispose]();
rmSync(folder, { recursive: true });
