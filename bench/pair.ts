// (a) G1: what a request costs in a pair of Weft's sidecars, over a hand-minimal pair of stock Envoys with mutual TLS, interleaved.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuMicros, machineTime, programOf, rssBytes, tree } from '../test/kit/cpu.ts';
import { freePort, TestMesh } from '../test/kit/test-mesh.ts';
import { directServer, type MinimalTls, makeCertificates, minimalPair } from './minimal-pair.ts';
import { median, shuffled } from './statistics.ts';

export interface PairOptions {
  readonly envoy: string;
  readonly rounds: number;
  readonly seconds: number;
}

export interface Case {
  readonly name: string;
  readonly url: string;
  readonly host: string;
  readonly pids: readonly number[];
}

export interface Sample {
  readonly micros: number;
  readonly p50Ms: number;
  readonly requests: number;
  readonly bad: number;
  readonly foreign: number;
}

/** Ratios of medians and of rounds, with the control (direct) beside them. CPU in microseconds per request of both proxies together. */
export interface PairResult {
  readonly load: string;
  readonly directP50Ms: number;
  readonly minimal: { readonly micros: number; readonly addedP50Ms: number };
  readonly weft: { readonly micros: number; readonly addedP50Ms: number; readonly rssMb: number };
  readonly cpuRatio: { readonly median: number; readonly min: number; readonly max: number };
  readonly addedP50Ratio: number;
  readonly failed: number;
  readonly foreignCpu: number;
}

function milliseconds(text: string): number {
  const [, value, unit] = /([\d.]+)(us|ms|s)/.exec(text) ?? [];
  return Number(value) * (unit === 'us' ? 0.001 : unit === 's' ? 1000 : 1);
}

function wrk(one: Case, connections: number, seconds: number): { requests: number; bad: number; p50Ms: number } {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-H', `Host: ${one.host}`, one.url];
  const out = execFileSync('wrk', args, { encoding: 'utf8', timeout: (seconds + 20) * 1000 });
  const bad = [...out.matchAll(/(?:Non-2xx or 3xx responses: |timeout |connect |read )(\d+)/g)].reduce((sum, found) => sum + Number(found[1]), 0);
  return { requests: Number(/(\d+) requests in/.exec(out)?.[1] ?? 0), bad, p50Ms: milliseconds(/50%\s+(\S+)/.exec(out)?.[1] ?? '') };
}

/** One round of a load on a case. */
export function sample(one: Case, connections: number, seconds: number): Sample {
  const [before, machine] = [cpuMicros(one.pids), machineTime()];
  const ran = wrk(one, connections, seconds);
  const used = cpuMicros(one.pids) - before;
  const after = machineTime();
  return { micros: used / Math.max(1, ran.requests), ...ran, foreign: (after.busy - machine.busy) / Math.max(1, after.all - machine.all) };
}

/** Two sidecars with an application behind one of them. */
export async function weftPair(stage: TestMesh, envoy: string, appPort: number): Promise<Case> {
  await stage.up();
  const app = join(stage.folder, 'app.json');
  const server = ['run', '--service', 'target', '--namespace', 'bench', '--port', `80:${appPort}`, '--protocol', 'http', '--capture', 'explicit'];
  const target = stage.weft([...server, '--', envoy, '-c', app, '--concurrency', '1', '--use-dynamic-base-id', '-l', 'error']);
  await target.printed(/ready in/);
  const client = stage.weft(['run', '--service', 'client', '--namespace', 'bench', '--capture', 'explicit', '--', process.execPath, 'bench/idle.js']);
  const proxy = (await client.printed(/proxy=(http:\S+)/))[1] ?? '';
  const sidecars = [target, client].flatMap(({ pid }) => tree(pid)).filter((pid) => programOf(pid).startsWith('envoy'));
  const pids = sidecars.filter((pid) => !isApplication(pid, app));
  return { name: 'weft', url: `${proxy.replace(/\/$/, '')}/`, host: 'target.bench.mesh', pids };
}

function isApplication(pid: number, config: string): boolean {
  return execFileSync('cat', [`/proc/${pid}/cmdline`], { encoding: 'latin1' }).includes(config);
}

/** The same by hand. */
export async function minimalCase(stage: TestMesh, envoy: string, appPort: number, tls: MinimalTls = {}): Promise<Case> {
  const folder = mkdtempSync(join(stage.folder, 'minimal-'));
  makeCertificates(folder);
  const [client, server] = [await freePort(), await freePort()];
  const pids = minimalPair(folder, { client, server, app: appPort }, tls).map((bootstrap, n) => {
    const file = join(folder, `${n}.json`);
    writeFileSync(file, JSON.stringify(bootstrap));
    return stage.start(envoy, ['-c', file, '--concurrency', '1', '--use-dynamic-base-id', '-l', 'error']).pid;
  });
  return { name: 'minimal', url: `http://127.0.0.1:${client}/`, host: 'target.bench.mesh', pids };
}

function summarise(load: string, rounds: readonly ReadonlyMap<string, Sample>[], weft: Case): PairResult {
  const all = (name: string, read: (one: Sample) => number): number[] =>
    rounds.flatMap((round) => (round.has(name) ? [read(round.get(name) ?? failedSample)] : []));
  const directP50Ms = median(all('direct', (one) => one.p50Ms));
  const side = (name: string): { micros: number; addedP50Ms: number } => ({
    micros: median(all(name, (one) => one.micros)),
    addedP50Ms: median(all(name, (one) => one.p50Ms)) - directP50Ms,
  });
  const ratios = rounds.map((round) => (round.get('weft') ?? failedSample).micros / (round.get('minimal') ?? failedSample).micros);
  return {
    load,
    directP50Ms,
    minimal: side('minimal'),
    weft: { ...side('weft'), rssMb: weft.pids.reduce((sum, pid) => sum + rssBytes(pid), 0) / weft.pids.length / 2 ** 20 },
    cpuRatio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
    addedP50Ratio: side('weft').addedP50Ms / side('minimal').addedP50Ms,
    failed: rounds.flatMap((round) => [...round.values()]).reduce((sum, one) => sum + one.bad, 0),
    foreignCpu: median(rounds.flatMap((round) => [...round.values()].map((one) => one.foreign))),
  };
}

const failedSample: Sample = { micros: Number.NaN, p50Ms: Number.NaN, requests: 0, bad: 0, foreign: 0 };

/** Runs the interleaved rounds at 16 and 64 connections. Needs `wrk`. */
export async function measurePair(options: PairOptions): Promise<readonly PairResult[]> {
  await using stage = TestMesh.open();
  const appPort = await freePort();
  writeFileSync(join(stage.folder, 'app.json'), JSON.stringify(directServer(appPort)));
  const weft = await weftPair(stage, options.envoy, appPort);
  const minimal = await minimalCase(stage, options.envoy, appPort);
  const direct: Case = { name: 'direct', url: `http://127.0.0.1:${appPort}/`, host: 'target.bench.mesh', pids: [] };
  const cases = [direct, minimal, weft];
  for (const one of cases) wrk(one, 4, 1); // warm-up
  return [16, 64].map((connections) => {
    const rounds = Array.from({ length: options.rounds }, () => new Map(shuffled(cases).map((one) => [one.name, sample(one, connections, options.seconds)])));
    return summarise(`${connections} connections`, rounds, weft);
  });
}
