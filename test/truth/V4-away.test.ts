// V3 and V4 while nobody listens: a control plane that stands still (SIGSTOP) keeps its connections and reads nothing, which is worse than one that is
// gone. Requests go on as before, what waits in proxies is bounded, and what they had to drop is said when it is back.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MetricsKeptView } from '../../src/api/index.ts';
import { getOverUnix } from '../../src/machine/unix-http.ts';
import { AT } from '../kit/known-mix.ts';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';
import { toldSince } from '../kit/told.ts';

/** Each told and traced, with so long a path that there is more to tell than by default in an hour of a hundred requests a second. */
const REQUESTS = Number(process.env['WEFT_TEST_AWAY_REQUESTS'] ?? 3000);
const LONG = 'a'.repeat(15_000);

let mesh: TestMesh;
let up: Program;
let web: LabCaller;
let admin: readonly string[];

interface Workloads {
  readonly items: readonly { readonly spec: { readonly proxy: { readonly capture: { readonly directory?: string } } } }[];
}

beforeAll(async () => {
  mesh = TestMesh.open();
  up = await mesh.up();
  await mesh.apply([serviceDocument('lab', { app: 'lab' })]);
  [web] = await Promise.all([LabCaller.start(mesh, { name: 'web' }), startLab(mesh, 'lab')]);
  await applied(mesh, policyFor('TelemetryPolicy', 'lab', { accessLogs: { to: [{ type: 'File', path: 'all.log' }] }, tracing: { percent: 100 } }));
  await web.until(`${AT}/`, ({ status }) => status === 200);
  const { items } = await mesh.call<Workloads>('/apis/weft.dev/v1alpha1/namespaces/shop/workloads');
  admin = items.map(({ spec }) => join(spec.proxy.capture.directory ?? '', 'admin.sock'));
  await eventually('all is told', async () => {
    const at = Date.now();
    await web.many({ url: `${AT}/bytes/1` }, 32, 16);
    await new Promise((done) => setTimeout(done, 500));
    return toldSince(mesh, at).lines.length === 32 ? true : undefined;
  });
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

/** What is on its way when a proxy is heard of for the first time cannot be told from what is lost. */
const IN_FLIGHT = 64;
const MOST_BYTES = 96 * 1024 * 1024;

/** Bytes that each proxy has allocated. */
async function memory(): Promise<readonly number[]> {
  const pages = await Promise.all(admin.map((socket) => getOverUnix(socket, '/memory')));
  return pages.map((page) => Number((JSON.parse(page?.body ?? '{}') as { readonly allocated?: string }).allocated ?? 0));
}

const undelivered = async () => (await mesh.call<MetricsKeptView>('/weft/v1/metrics/kept')).undelivered;

test('V4 while the control plane stands still no request fails and little waits; what is missing then is counted', async () => {
  expect(await undelivered()).toMatchObject({ logs: 0, spans: 0 });
  const before = await memory();
  const began = Date.now();
  process.kill(up.pid, 'SIGSTOP');
  for (let part = 0; part < 4; part++) {
    const answers = await web.many({ url: `${AT}/bytes/1?${LONG}` }, REQUESTS / 4, 16);
    expect([answers.length, new Set(answers.map(({ status }) => status))]).toEqual([REQUESTS / 4, new Set([200])]);
    for (const [at, bytes] of (await memory()).entries()) expect(bytes - (before[at] ?? 0)).toBeLessThan(MOST_BYTES);
  }
  process.kill(up.pid, 'SIGCONT');
  const told = await eventually(
    'all that is missing is counted',
    async () => {
      const { lines, spans } = toldSince(mesh, began);
      const lost = await undelivered();
      const missing = { lines: REQUESTS - lines.length, spans: 2 * REQUESTS - spans.length };
      const counted = lost.logs >= missing.lines - IN_FLIGHT && Math.abs(lost.spans - missing.spans) <= IN_FLIGHT;
      return lost.logs > 0 && counted ? { lost, lines: lines.length } : undefined;
    },
    600,
  );
  expect(told.lines).toBeLessThan(REQUESTS);
  expect(told.lost.proxies.length).toBeGreaterThan(0);
  expect((await mesh.run(['check'])).stdout).toMatch(
    /log entries of proxies were lost since the control plane started: \d+ dropped by proxies or on their way here/,
  );
  const own = await fetch(`${mesh.api.url}/metrics`, { headers: { authorization: `Bearer ${mesh.api.token}` } });
  expect(await own.text()).toMatch(/weft_telemetry_lost_total\{what="metrics",why="undeliveredLogs"\} [1-9]/);
});

test('V4 and it goes on as before', async () => {
  await eventually('all is told again', async () => {
    const at = Date.now();
    await web.many({ url: `${AT}/bytes/1` }, 100, 8);
    return eventually('its lines', async () => (toldSince(mesh, at).lines.length === 100 ? true : undefined), 40).catch(() => undefined);
  });
});
