// D-02: SIGKILLs of the whole control plane during writes: what it had acknowledged is there when it is up again, and it is up soon, with much in its store
// and a day of numbers beside it. WEFT_PLANE_KILLS times (default 1), WEFT_KILLS_SERVICES services, each with a route and a policy (default 50);
// WEFT_START_MS: longest start that is good enough (a drill says 5000), by the clock without what others had of the processor, and by its own CPU.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Meter } from '../../src/telemetry/metrics/meter.ts';
import { cpuMicros, delayedMicros } from '../kit/cpu.ts';
import { metricsMessage, sourceTags } from '../kit/otlp-metrics.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

const KILLS = Number(process.env['WEFT_PLANE_KILLS'] ?? 1);
const LONGEST_MS = Number(process.env['WEFT_START_MS'] ?? Number.POSITIVE_INFINITY);
const SERVICES = Number(process.env['WEFT_KILLS_SERVICES'] ?? 50);
const NAMES = 8;

const mesh = TestMesh.open();
afterAll(() => mesh[Symbol.asyncDispose]());

const service = (name: string, n: number): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'kills', annotations: { n: String(n) } },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }] },
});

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> } }[];
}

/** By name, the last number that was acknowledged. */
const promised = new Map<string, number>();
let next = 1;

const metadata = (n: number) => ({ name: `much${n}`, namespace: `much${n % 20}` });

/** What a mesh of some size has written down. */
const documentsOf = (n: number): readonly object[] => [
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: metadata(n) },
    spec: { selector: { app: `much${n}` }, ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }] },
  },
  {
    ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: metadata(n) },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: `much${n}` }],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/v1' } }], backendRefs: [{ name: `much${n}`, port: 80 }] }],
    },
  },
  {
    ...{ apiVersion: 'weft.dev/v1alpha1', kind: 'TimeoutPolicy', metadata: metadata(n) },
    spec: { targetRefs: [{ kind: 'Service', name: `much${n}` }], request: '2s' },
  },
];

const BATCH = 50;

async function fill(): Promise<void> {
  for (let n = 0; n < SERVICES; n += BATCH) await mesh.apply(Array.from({ length: Math.min(BATCH, SERVICES - n) }, (_, at) => documentsOf(n + at)).flat());
}

const DAY_MS = 86_400_000;
const STEP_MS = 60_000;
const PROXIES = Math.min(10, Math.ceil(SERVICES / 100));

/** A day of numbers, as proxies would have told them. */
function dayOfNumbers(): void {
  const folder = join(mesh.folder, 'data', 'metrics');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const began = Date.now() - DAY_MS;
  let now = began;
  const meter = new Meter({ folder, budgetBytes: 2 ** 28, now: () => now, told: () => undefined });
  for (let step = 1; step <= DAY_MS / STEP_MS; step++) {
    now += STEP_MS;
    for (let proxy = 0; proxy < PROXIES; proxy++) {
      const called = Array.from({ length: 10 }, (_, at) => ({ tags: sourceTags(`much${at * 7}`, at === 9 ? '503' : '200'), requests: step * 6, ms: 1 + at }));
      const principal = `spiffe://example.mesh/ns/much0/sa/p${proxy}`;
      const whose = { proxy: `much0/p${proxy}`, namespace: 'much0', principal, workload: `p${proxy}`, service: `much${proxy}`, version: 'unknown', serves: {} };
      meter.take(whose, metricsMessage(now, (now - began) / 1000, called));
    }
    meter.settle();
  }
  meter[Symbol.dispose]();
}

/** As if it had been killed within its next write. */
function tearTail(): void {
  const log = join(mesh.folder, 'data', 'weft.db-wal');
  if (existsSync(log)) appendFileSync(log, randomBytes(1 + Math.floor(Math.random() * 5_000)));
}

interface Start {
  readonly wallMs: number;
  /** By the clock, without what others had of the processor. */
  readonly quietMs: number;
  /** Of all its threads. */
  readonly cpuMs: number;
}

async function start(): Promise<readonly [Program, Start]> {
  const began = performance.now();
  const control = await mesh.up();
  const wallMs = performance.now() - began;
  return [control, { wallMs, quietMs: wallMs - delayedMicros(control.pid) / 1000, cpuMs: cpuMicros([control.pid]) / 1000 }];
}

const middleAndLongest = (values: readonly number[]): string => {
  const sorted = values.toSorted((a, b) => a - b);
  return `${(sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(0)} ms (p50), ${(sorted.at(-1) ?? 0).toFixed(0)} ms (longest)`;
};

/** Writes until the control plane is gone: killed within milliseconds after some writes that it acknowledged. Returns how many those were. */
async function write(control: Program): Promise<number> {
  const gone = once(control.child, 'exit');
  const enough = 1 + Math.floor(Math.random() * 60);
  let acknowledged = 0;
  const writer = async (at: number): Promise<void> => {
    for (;;) {
      const [name, n] = [`s${at}`, next++];
      const stored = await mesh.apply([service(name, n)]).then(
        () => true,
        () => false,
      );
      if (!stored) return;
      promised.set(name, n);
      if (++acknowledged === enough) setTimeout(() => control.child.kill('SIGKILL'), Math.random() * 8);
    }
  };
  await Promise.all([gone, ...Array.from({ length: NAMES }, (_, at) => writer(at))]);
  return acknowledged;
}

async function lost(): Promise<readonly string[]> {
  const { items } = await mesh.call<Listed>('/api/v1/namespaces/kills/services');
  const found = new Map(items.map(({ metadata }) => [metadata.name, Number(metadata.annotations?.['n'])]));
  return [...promised].filter(([name, n]) => (found.get(name) ?? 0) < n).map(([name, n]) => `${name} = ${n}, found ${found.get(name)}`);
}

test(`${KILLS} SIGKILLs of the control plane during writes`, { timeout: 60_000 + KILLS * 30_000 }, async () => {
  dayOfNumbers();
  const starts: Start[] = [];
  let acknowledged = 0;
  for (let kill = 0; kill <= KILLS; kill++) {
    const [control, took] = await start();
    if (kill === 0) await fill();
    else {
      starts.push(took);
      expect(await lost(), `after kill ${kill}`).toEqual([]);
      if (kill % 10 === 0)
        process.stderr.write(`kills: ${kill} of ${KILLS}, nothing lost of ${acknowledged} writes, a start of ${took.cpuMs.toFixed(0)} ms CPU\n`);
    }
    if (kill === KILLS) break;
    acknowledged += await write(control);
    tearTail();
  }
  const each = (of: keyof Start): readonly number[] => starts.map((took) => took[of]);
  process.stderr.write(
    `kills: ${KILLS}, ${SERVICES} services, ${acknowledged} acknowledged writes, none lost; up again after ${middleAndLongest(each('wallMs'))}, ` +
      `without what others had of the processor ${middleAndLongest(each('quietMs'))}; CPU ${middleAndLongest(each('cpuMs'))}\n`,
  );
  expect(Math.max(...each('quietMs'))).toBeLessThan(LONGEST_MS);
  expect(Math.max(...each('cpuMs'))).toBeLessThan(LONGEST_MS);
});
