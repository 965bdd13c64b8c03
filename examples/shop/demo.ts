// `npm run demo`: a shop of six services behind real Envoys on this machine, with a load, a killed instance and live changes.
// `-- --for 30s -o json` runs unattended and prints one JSON object; without it a live table. Everything ends with the demo.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { preparedProgram } from '../../scripts/product.ts';
import { Stage } from './demo/processes.ts';
import { add, emptyTally, mutualTlsPercent, percent, percentile, type Tally, type Window } from './demo/tally.ts';

const ROUTE = '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/checkout';
const INSTANCES = [
  ['payments', 'v1'],
  ['inventory', 'v1'],
  ['checkout', 'v1'],
  ['checkout', 'v1'],
  ['checkout', 'v2'],
  ['checkout', 'v2'],
  ['web', 'v1'],
] as const;

const { values } = parseArgs({
  options: { for: { type: 'string', default: '' }, output: { type: 'string', short: 'o', default: 'table' }, rate: { type: 'string', default: '100' } },
});
const json = values.output === 'json';
const durationMs = parseDuration(values.for) ?? (json ? 30_000 : Number.POSITIVE_INFINITY);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d+)(s|m)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (unit === 'm' ? 60_000 : 1000);
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Resolves when the process printed a line that matches; rejects with its last words when it ends before. */
function printed(child: ChildProcess, what: RegExp, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = '';
    const look = (chunk: Buffer): void => {
      words = (words + String(chunk)).slice(-4000);
      if (what.test(words)) resolve();
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}\n${words}`)));
  });
}

interface Api {
  readonly url: string;
  readonly token: string;
}

async function patchRoute(api: Api, rules: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${api.token}`, 'content-type': 'application/merge-patch+json' };
  const answer = await fetch(api.url + ROUTE, { method: 'PATCH', headers, body: JSON.stringify({ spec: { rules } }) });
  if (!answer.ok) throw new Error(`the control plane refused the route: ${answer.status} ${await answer.text()}`);
}

function rules(v2: number, release: string): unknown {
  const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-release', value: release }] } }];
  const employee = {
    name: 'dogfood',
    matches: [{ headers: [{ name: 'x-employee', value: 'true' }] }],
    filters,
    backendRefs: [{ name: 'checkout-v2', port: 80 }],
  };
  const refs = [
    { name: 'checkout-v1', port: 80, weight: 100 - v2 },
    { name: 'checkout-v2', port: 80, weight: v2 },
  ];
  return [employee, { name: 'everyone', filters, backendRefs: refs }];
}

interface Show {
  readonly stage: Stage;
  readonly api: Api;
  readonly load: ChildProcess;
  readonly victims: readonly ChildProcess[];
  readonly total: Tally;
  /** Only while the split was 90/10. */
  readonly steady: Tally;
  readonly propagationMs: number[];
  readonly notes: string[];
  phase: 'steady' | 'changing';
}

/** `weft run` is ready before its application is: waits until every application answers, so that each service has all its instances. */
async function everybodyReady(api: Api): Promise<void> {
  const headers = { authorization: `Bearer ${api.token}` };
  for (let tries = 0; tries < 300; tries++) {
    const answer = await fetch(`${api.url}/apis/weft.dev/v1alpha1/namespaces/shop/workloads`, { headers });
    const { items } = (await answer.json()) as { items: readonly { spec: { state?: string } }[] };
    if (items.length > INSTANCES.length && items.every(({ spec }) => spec.state === 'Ready')) return;
    await sleep(50);
  }
  throw new Error('not every instance was ready within 15 s: weft get workloads -n shop says which');
}

async function raise(stage: Stage): Promise<Omit<Show, 'total' | 'steady' | 'propagationMs' | 'notes' | 'phase'>> {
  const [apiPort, xdsPort] = [await freePort(), await freePort()];
  const up = stage.weft(['up', '--api', `127.0.0.1:${apiPort}`, '--xds', `127.0.0.1:${xdsPort}`], { name: 'up' });
  await printed(up, /weft is up/, 'weft up');
  say('✔ control plane');
  stage.run(['apply', '-f', '.', '-n', 'shop']);
  say('✔ documents applied: 6 services, 1 route, 1 policy');
  const started = INSTANCES.map(([service, version], n) => {
    const args = ['run', '--service', service, '--namespace', 'shop', '--port', '8080', '--version', version, '--', process.execPath, `${service}.js`];
    const child = stage.weft(args, { name: `${service}-${n}`, env: { VERSION: version } });
    return { service, version, child, ready: printed(child, /ready in/, `${service} ${version}`) };
  });
  await Promise.all(started.map((one) => one.ready));
  say(`✔ ${INSTANCES.length} instances, each behind its own Envoy`);
  const load = stage.weft(['run', '--service', 'customers', '--namespace', 'shop', '--', process.execPath, 'demo/load.js'], {
    name: 'load',
    env: { RATE: values.rate },
  });
  await printed(load, /ready in/, 'load');
  const api = { url: `http://127.0.0.1:${apiPort}`, token: adminToken(join(stage.folder, 'data')) };
  await everybodyReady(api);
  return { stage, api, load, victims: started.filter((one) => one.service === 'checkout' && one.version === 'v1').map((one) => one.child) };
}

/** The control plane says where it keeps the admin token while it runs. */
function adminToken(data: string): string {
  const { credentials } = JSON.parse(readFileSync(join(data, 'control-plane.json'), 'utf8')) as { readonly credentials: string };
  return readFileSync(join(credentials, 'admin.token'), 'utf8').trim();
}

/** Follows the load's lines; resolves the probes. */
function follow(show: Show): { probe(text: string): Promise<number | null> } {
  const waiting = new Map<string, (at: number | null) => void>();
  createInterface({ input: show.load.stdout ?? process.stdin }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const event = JSON.parse(line) as Window | { probe: string; at: number | null };
    if ('probe' in event) {
      waiting.get(event.probe)?.(event.at);
      return;
    }
    add(show.total, event);
    if (show.phase === 'steady') add(show.steady, event);
  });
  const probe = (text: string): Promise<number | null> =>
    new Promise((resolve) => {
      waiting.set(text, resolve);
      show.load.stdin?.write(`probe ${text}\n`);
    });
  return { probe };
}

/** Changes a header of the route and times the first answer that has it, from the moment the change is sent. */
async function measurePropagation(show: Show, probe: (text: string) => Promise<number | null>, v2: number, n: number): Promise<void> {
  const release = `r${n}-${v2}`;
  const seen = probe(release);
  await sleep(30); // the prober is polling before the change is sent
  const sent = performance.timeOrigin + performance.now();
  await patchRoute(show.api, rules(v2, release));
  const at = await seen;
  if (at !== null) show.propagationMs.push(at - sent);
}

function table(show: Show, elapsedMs: number): string {
  const { total, steady } = show;
  const line = `${(elapsedMs / 1000).toFixed(0).padStart(4)} s  ${String(total.requests).padStart(7)} requests  ${String(total.failed).padStart(3)} failed  p50 ${percentile(total.latencyMs.slice(-400), 50) ?? '-'} ms`;
  return `${line}  v1 ${percent(steady.split.v1, steady.split.v2)} %  v2 ${percent(steady.split.v2, steady.split.v1)} %  employees on v2 ${percent(total.employee.v2, total.employee.v1)} %  ${show.notes.at(-1) ?? ''}`;
}

async function play(show: Show, signal: AbortSignal): Promise<void> {
  const { probe } = follow(show);
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  const length = Number.isFinite(durationMs) ? durationMs : 30_000;
  const ticker = json
    ? undefined
    : setInterval(() => process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${table(show, elapsed())}` : `${table(show, elapsed())}\n`), 1000);
  const until = async (ms: number): Promise<void> => {
    while (elapsed() < ms && !signal.aborted) await sleep(50);
  };
  await until(length * 0.4);
  const victim = show.victims[0];
  victim?.kill('SIGKILL');
  show.notes.push('one instance of checkout v1 was killed');
  await until(length * 0.6);
  show.phase = 'changing';
  for (let n = 0; n < 20 && !signal.aborted && elapsed() < length * 0.9; n++) await measurePropagation(show, probe, n % 2 === 0 ? 50 : 10, n);
  show.notes.push('the split was changed live');
  await until(durationMs);
  clearInterval(ticker);
  if (!json) process.stdout.write('\n');
}

async function report(show: Show): Promise<Record<string, unknown>> {
  const proxies = JSON.parse(show.stage.run(['proxies', '-A', '-o', 'json'])) as { items: readonly { envoyVersion: string; connected: boolean }[] };
  return {
    requests: show.total.requests,
    failed: show.total.failed,
    mtlsPercent: await mutualTlsPercent(['/run/weft', join(show.stage.folder, 'run', 'weft')], show.stage.pids),
    split: { v1: percent(show.steady.split.v1, show.steady.split.v2), v2: percent(show.steady.split.v2, show.steady.split.v1) },
    employeeToV2Percent: percent(show.total.employee.v2, show.total.employee.v1),
    propagationMs: { p50: percentile(show.propagationMs, 50), p99: percentile(show.propagationMs, 99) },
    envoy: proxies.items[0]?.envoyVersion ?? 'unknown',
    proxies: proxies.items.filter((one) => one.connected).length,
  };
}

const stop = new AbortController();
let asked = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stop.abort();
    if (++asked > 1) process.exit(130);
  });
}
// nine processes begin: out of the built program with half the CPU, which it takes a second or two to build
const stage = Stage.open(await preparedProgram());
let code = 0;
try {
  const show: Show = { ...(await raise(stage)), total: emptyTally(), steady: emptyTally(), propagationMs: [], notes: [], phase: 'steady' };
  if (!json && !Number.isFinite(durationMs)) say('running until ^C; at 12 s an instance of checkout is killed, at 18 s the split changes');
  await play(show, stop.signal);
  const result = await report(show);
  process.stdout.write(`${JSON.stringify(result, null, json ? 2 : 0)}\n`);
  if (show.total.failed > 0) {
    code = 1;
    say(`failed requests:\n  ${[...new Set(show.total.failures)].slice(0, 10).join('\n  ')}`);
  }
} catch (cause) {
  code = 1;
  say(`error: ${cause instanceof Error ? cause.message : String(cause)}`);
} finally {
  await stage.close();
}
process.exit(stop.signal.aborted ? 130 : code);
