// How fast numbers of proxies are taken, in how much memory, and how fast a day of them is asked: node_modules/.bin/node bench/telemetry-store.ts
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEVELS } from '../src/telemetry/metrics/levels.ts';
import { Meter } from '../src/telemetry/metrics/meter.ts';
import { edges, kept, series, stat } from '../src/telemetry/metrics/questions.ts';
import { metricsMessage, sourceTags } from '../test/kit/otlp-metrics.ts';

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

const message = (proxy: number, count: number): Uint8Array =>
  metricsMessage(
    now,
    (now - began) / 1000,
    Array.from({ length: KINDS }, (_, kind) => ({
      tags: sourceTags(`svc-${(proxy * 7 + kind) % 100}`, kind % 9 === 8 ? '503' : '200', { route_name: `shop/r/${kind}` }),
      requests: count,
      ms: 1 + ((kind * 13) % 300),
    })),
  );
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

let [points, seconds] = [0, 0];
const each = (RPS * STEP_MS) / 1000 / PROXIES / KINDS;
for (let step = 1; step <= (HOURS * 3_600_000) / STEP_MS; step++) {
  now += STEP_MS;
  // making messages is the proxies' work
  const messages = Array.from({ length: PROXIES }, (_, proxy) => [reporter(proxy), message(proxy, Math.round(step * each))] as const);
  const before = cpuS();
  for (const [sender, bytes] of messages) meter.take(sender, bytes);
  meter.settle();
  seconds += cpuS() - before;
  points += PROXIES * KINDS * 2;
}

function timed(ask: () => unknown): readonly number[] {
  const took = Array.from({ length: 100 }, () => {
    const from = performance.now();
    ask();
    return performance.now() - from;
  });
  return took.sort((a, b) => a - b);
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
console.log(`taken   ${Math.round(points / seconds).toLocaleString('en')} points per second of CPU, RSS ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`);
for (const [name, ask] of Object.entries(questions)) {
  const took = timed(ask);
  console.log(`${name.padEnd(28)} p50 ${took[49]?.toFixed(1)} ms   p99 ${took[98]?.toFixed(1)} ms`);
}
meter[Symbol.dispose]();
rmSync(folder, { recursive: true });
