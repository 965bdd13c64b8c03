// `npm run bench`: the measurements behind docs/BENCHMARKS.md. Prints tables, or one JSON object with `-o json`. Parts: pair,
// propagation, herd, issuance, handshakes, telemetry, stitch, node, kubernetes (default: all). Ratios are of one run; the machine's own load is printed beside them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasKubeApi } from '../test/kit/kube-api.ts';
import { type HandshakeResult, measureHandshakes } from './handshakes.ts';
import { type HerdResult, measureHerd } from './herd.ts';
import { type IssuanceResult, measureIssuance } from './issuance.ts';
import { type KubernetesResult, measureKubernetes } from './kubernetes.ts';
import { measureNode, type NodeMemory } from './node.ts';
import { measurePair, type PairResult } from './pair.ts';
import { measurePropagation, type PropagationResult } from './propagation.ts';
import { brief } from './statistics.ts';
import { calibrationRows, measureStitch, type StitchResult, stitchRows } from './stitch.ts';
import { measureTelemetry, PIECES, type TelemetryCost } from './telemetry.ts';

const PARTS = ['pair', 'propagation', 'herd', 'issuance', 'handshakes', 'telemetry', 'stitch', 'node', 'kubernetes'] as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string', short: 'o', default: 'table' },
    rounds: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '3' },
    changes: { type: 'string', default: '200' },
    proxies: { type: 'string', default: '200,1000' },
    routes: { type: 'string', default: '1,500,3000' },
    pods: { type: 'string', default: '2000' },
    traces: { type: 'string', default: '1000' },
    seeds: { type: 'string', default: '11,12' },
    workloads: { type: 'string', default: '10,25' },
    pieces: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !(PARTS as readonly string[]).includes(name));
if (unknown.length > 0) {
  process.stderr.write(`error: no measurement is called ${unknown.join(', ')}; there are ${PARTS.join(', ')}\n`);
  process.exit(64);
}
const wanted = (part: (typeof PARTS)[number]): boolean => positionals.length === 0 || positionals.includes(part);
const progress = (text: string): void => void process.stderr.write(`… ${text}\n`);

function has(command: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function table(title: string, rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  process.stdout.write(
    `\n${title}\n${rows
      .map(
        (row) =>
          `  ${row
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join('   ')
            .trimEnd()}`,
      )
      .join('\n')}\n`,
  );
}

function showPair(results: readonly PairResult[]): void {
  const rows = results.map((one) => [
    one.load,
    brief(one.minimal.micros),
    brief(one.weft.micros),
    `${one.cpuRatio.median.toFixed(2)} [${one.cpuRatio.min.toFixed(2)}-${one.cpuRatio.max.toFixed(2)}]`,
    brief(one.minimal.addedP50Ms),
    brief(one.weft.addedP50Ms),
    one.addedP50Ratio.toFixed(2),
    `${brief(one.weft.rssMb)} MB`,
    String(one.failed),
  ]);
  table('(a) a pair of sidecars, HTTP/1.1 1 KB, mutual TLS; goal: CPU ratio <= 1.10', [
    ['LOAD', 'MINIMAL us/req', 'WEFT us/req', 'CPU RATIO', 'MINIMAL +p50 ms', 'WEFT +p50 ms', 'p50 RATIO', 'RSS/PROXY', 'FAILED'],
    ...rows,
  ]);
}

function showNode(results: readonly NodeMemory[]): void {
  const rows = results.map((one) => [
    String(one.workloads),
    `${brief(one.rssMb)} / ${brief(one.privateMb)} MB`,
    `${brief(one.privateMb / one.workloads)} MB`,
    `${brief(one.sidecarRssMb)} / ${brief(one.sidecarPrivateMb)} MB`,
    `${brief(one.joinMs)} ms`,
  ]);
  table('(l) one Envoy for a node', [['WORKLOADS', 'NODE RSS / PRIVATE', 'PRIVATE PER WORKLOAD', 'ONE SIDECAR RSS / PRIVATE', 'JOIN'], ...rows]);
}

function showPropagation(results: readonly PropagationResult[]): void {
  const alone = results.find((one) => one.routes === 1);
  const rows = results.map((one) => [
    String(one.routes),
    one.placed,
    brief(one.p50Ms),
    brief(one.p99Ms),
    alone === undefined ? '-' : (one.p50Ms / alone.p50Ms).toFixed(2),
    one.floor === undefined ? '' : `${brief(one.floor.p50Ms)} / ${brief(one.floor.p99Ms)}`,
    `${brief(one.bytes.changed / 1000)} kB`,
    (one.bytes.sent / one.bytes.changed).toFixed(3),
    brief(one.cpuMs),
    String(one.wrongAnswers),
  ]);
  table('(b) HTTPRoute applied -> first changed answer, single changes; goal: p50 <= 15 ms, p99 <= 50 ms, growth <= 1.5, bytes <= 1.2', [
    ['ROUTES', 'PLACED', 'p50 ms', 'p99 ms', 'GROWTH', 'FLOOR p50 / p99', 'CHANGED', 'SENT/CHANGED', 'CPU ms/CHANGE', 'WRONG ANSWERS'],
    ...rows,
  ]);
}

function showHerd(results: readonly HerdResult[]): void {
  const column = (one: HerdResult): string[] => [
    String(one.proxies),
    `${brief(one.configureAllMs / 1000)} s`,
    String(one.refusedStreams),
    `${brief(one.memoryMbPerProxy)} MB`,
    `${brief(one.cpuMsPerProxy)} ms`,
    `${brief(one.route.p50Ms)} / ${brief(one.route.p99Ms)} ms`,
    `${brief(one.route.lastP50Ms)} ms`,
    `${brief(one.route.bytesPerProxy)} B`,
    `${brief(one.route.cpuMsPerProxy)} ms`,
    `${brief(one.endpoint.p50Ms)} / ${brief(one.endpoint.p99Ms)} ms`,
    `${brief(one.endpoint.bytesPerProxy)} B`,
    `${one.reconnect.resources}`,
    `${brief(one.reconnect.bytesPerProxy)} B`,
    `${brief(one.idleCpuMsPerSecond)} ms/s`,
    `${brief(one.controlPlaneMb)} MB`,
  ];
  const names = [
    'PROXIES',
    'all configured (200: <= 2 s)',
    'streams refused (0)',
    'memory per proxy (<= 0.13 MB)',
    'CPU per proxy (<= 5 ms)',
    'route change p50 / p99 (<= 20 / 60 ms)',
    'route change, last stream',
    'bytes per route change (<= 1.0 kB)',
    'CPU per proxy and route change (<= 0.15 ms)',
    'endpoint change p50 / p99',
    'bytes per endpoint change',
    'resources resent on reconnect (0)',
    'bytes per reconnect',
    'idle CPU (<= 2 ms/s)',
    'control plane RSS',
  ];
  const columns = results.map(column);
  table(
    '(c) simulated proxies over 1,000 services, each scoped to 10',
    names.map((name, row) => [name, ...columns.map((cells) => cells[row] ?? '')]),
  );
}

function showIssuance({ weft, arithmetic, openssl, ratio }: IssuanceResult): void {
  table('(e) certificates per second on one core', [
    ['WEFT', 'KEY + SIGN + VERIFY ALONE', 'RATIO', 'OPENSSL COMMANDS'],
    [brief(weft), brief(arithmetic), `${ratio.median.toFixed(2)} [${ratio.min.toFixed(2)}-${ratio.max.toFixed(2)}]`, brief(openssl)],
  ]);
}

function showHandshakes(results: readonly HandshakeResult[]): void {
  const rows = results.map(({ pair, perSecond, micros, ratio, failed }) => [pair, brief(perSecond), brief(micros), ratio.toFixed(2), String(failed)]);
  table('(f) a new mutual TLS connection for every request, both proxies together', [['PAIR', 'PER SECOND', 'CPU us', 'RATIO', 'FAILED'], ...rows]);
}

function showTelemetry(results: readonly TelemetryCost[]): void {
  const rows = results.map(({ load, name, micros, ratio, failed }) => [
    load,
    name,
    brief(micros),
    `${ratio.median.toFixed(2)} [${ratio.min.toFixed(2)}-${ratio.max.toFixed(2)}]`,
    String(failed),
  ]);
  table('(g) telemetry of a pair of sidecars; goal: defaults <= 1.20', [['LOAD', 'TELEMETRY', 'CPU us/req', 'RATIO', 'FAILED'], ...rows]);
}

function showKubernetes(one: KubernetesResult): void {
  table(`(h) a control plane of a kube cluster with ${one.pods} pods, one Service and one route for ten of them`, [
    ['START TO READY', 'RESTART', 'RSS', 'CPU PER POD THAT COMES AND GOES', `${one.endpoints} ENDPOINTS MORE`],
    [
      `${brief(one.readyMs / 1000)} s`,
      `${brief(one.restartMs / 1000)} s`,
      `${brief(one.memoryMb)} MB`,
      `${brief(one.churnCpuMs)} ms`,
      `${brief(one.endpointsMb)} MB`,
    ],
  ]);
}

const envoy = readFileSync(join(import.meta.dirname, '..', '.cache', 'envoy'), 'utf8').trim();
const results: {
  issuance?: IssuanceResult;
  handshakes?: readonly HandshakeResult[];
  telemetry?: readonly TelemetryCost[];
  pair?: readonly PairResult[];
  propagation?: readonly PropagationResult[];
  herd?: HerdResult[];
  stitch?: readonly StitchResult[];
  node?: readonly NodeMemory[];
  kubernetes?: KubernetesResult;
} = {};
if (wanted('pair') && !has('wrk')) progress('pair is left out: it needs wrk (Debian: apt-get install wrk)');
else if (wanted('pair')) {
  progress('pair: interleaved rounds');
  results.pair = await measurePair({ envoy, rounds: Number(values.rounds), seconds: Number(values.seconds) });
}
if (wanted('propagation')) {
  const counts = values.routes.split(',').map(Number);
  results.propagation = await measurePropagation({ changes: Number(values.changes), counts, progress: (text) => progress(`propagation: ${text}`) });
}
if (wanted('herd')) {
  results.herd = [];
  for (const count of values.proxies.split(',').map(Number)) results.herd.push(await measureHerd(count, (text) => progress(`herd of ${count}: ${text}`)));
}
const sizes = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
if (wanted('issuance')) {
  progress('issuance: interleaved rounds');
  results.issuance = await measureIssuance(sizes);
}
if (wanted('handshakes') && !has('wrk')) progress('handshakes is left out: it needs wrk');
else if (wanted('handshakes')) {
  progress('handshakes: interleaved rounds');
  results.handshakes = await measureHandshakes({ envoy, ...sizes });
}
if (wanted('telemetry') && !has('wrk')) progress('telemetry is left out: it needs wrk');
else if (wanted('telemetry')) {
  progress('telemetry: interleaved rounds');
  results.telemetry = await measureTelemetry({ envoy, ...sizes }, values.pieces ? PIECES : undefined);
}
if (wanted('stitch')) {
  const seeds = values.seeds.split(',').map(Number);
  results.stitch = measureStitch({ traces: Number(values.traces), seeds, progress: (text) => progress(`stitch: ${text}`) });
}
if (wanted('node') && process.geteuid?.() !== 0) progress('node is left out: it needs root');
else if (wanted('node')) results.node = await measureNode(values.workloads.split(',').map(Number), (text) => progress(`node: ${text}`));
if (wanted('kubernetes') && !hasKubeApi) progress('kubernetes is left out: it needs KUBEBUILDER_ASSETS');
else if (wanted('kubernetes')) results.kubernetes = await measureKubernetes(Number(values.pods), (text) => progress(`kubernetes: ${text}`));
if (values.output === 'json') process.stdout.write(`${JSON.stringify({ machine: { cores: cpus().length, load: loadavg() }, ...results }, null, 2)}\n`);
else {
  if (results.pair !== undefined) showPair(results.pair);
  if (results.propagation !== undefined) showPropagation(results.propagation);
  if (results.herd !== undefined) showHerd(results.herd);
  if (results.issuance !== undefined) showIssuance(results.issuance);
  if (results.handshakes !== undefined) showHandshakes(results.handshakes);
  if (results.telemetry !== undefined) showTelemetry(results.telemetry);
  if (results.kubernetes !== undefined) showKubernetes(results.kubernetes);
  if (results.stitch !== undefined) {
    table(
      '(k) traces wholly rebuilt without headers (calls right, CPU per call); goals at x1: hotel 97 %, node 97 %, media 85 %, <= 50 us',
      stitchRows(results.stitch),
    );
    table('(k) said: right, in per cent, by tenth of confidence', calibrationRows(results.stitch));
  }
  if (results.node !== undefined) showNode(results.node);
  process.stdout.write(
    `\n${cpus().length} cores, load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}\n`,
  );
}
