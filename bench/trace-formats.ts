// What the headers of a trace cost a proxy, by format: node_modules/.bin/node bench/trace-formats.ts (needs valgrind; three minutes). Instructions of the worker thread per
// request, of one Envoy that answers by itself, with the tracing of our outbound listeners: counted, so that it does not matter what else runs. What a format
// costs without a tracer is what reading more headers costs anybody.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REQUEST_IDS, TRACING } from '../src/compile/emit/tracing.ts';
import { XDS_CLUSTER } from '../src/compile/plan/names.ts';
import { HttpConnectionManagerSchema, SAMPLING_METADATA, toEnvoyJson } from '../src/envoy/index.ts';
import { envoyBinary } from '../test/kit/envoy.ts';
import { freePort } from '../test/kit/test-mesh.ts';

const REQUESTS = Number(process.env['WEFT_BENCH_REQUESTS'] ?? 200);
const TRACE = '463ac35c9f6413ad48485a3953bb6124';
const FORMATS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: {},
  W3C: { traceparent: `00-${TRACE}-a2fb4a1d1a96d312-00` },
  'W3C, traced by its caller': { traceparent: `00-${TRACE}-a2fb4a1d1a96d312-01` },
  'b3, one header': { b3: `${TRACE}-a2fb4a1d1a96d312-1-0020000000000001` },
  'b3, four headers': { 'x-b3-traceid': TRACE, 'x-b3-spanid': 'a2fb4a1d1a96d312', 'x-b3-parentspanid': '0020000000000001', 'x-b3-sampled': '1' },
};
const TRACERS = { 'no tracer': undefined, 'as usual': 100, 'all traced': 10_000 } as const;

function bootstrap(port: number, rate: number | undefined): unknown {
  const ours = toEnvoyJson(HttpConnectionManagerSchema, {
    statPrefix: 'x',
    requestIdExtension: { typedConfig: REQUEST_IDS.typedConfig },
    ...(rate === undefined ? {} : { tracing: TRACING.token.outbound }),
  });
  const route = { match: { prefix: '/' }, direct_response: { status: 200 }, metadata: { filter_metadata: { [SAMPLING_METADATA]: { rate } } } };
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    ...(ours as object),
    route_config: { virtual_hosts: [{ name: 'x', domains: ['*'], routes: [route] }] },
    http_filters: [{ name: 'router', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' } }],
  };
  const address = (to: number): object => ({ socket_address: { address: '127.0.0.1', port_value: to } });
  const h2 = { '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions', explicit_http_config: { http2_protocol_options: {} } };
  return {
    static_resources: {
      listeners: [{ name: 'x', address: address(port), filter_chains: [{ filters: [{ name: 'hcm', typed_config: manager }] }] }],
      // nobody listens: spans are made and then dropped
      clusters: [
        {
          name: XDS_CLUSTER,
          type: 'STATIC',
          typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': h2 },
          load_assignment: { cluster_name: XDS_CLUSTER, endpoints: [{ lb_endpoints: [{ endpoint: { address: address(1) } }] }] },
        },
      ],
    },
  };
}

function ask(port: number, agent: Agent, headers: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((done, failed) => {
    const asked = request({ host: '127.0.0.1', port, path: '/checkout?item=7', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => done(answer.statusCode ?? 0));
    });
    asked.on('error', failed);
    asked.end();
  });
}

/** Until it answers: under valgrind that takes half a minute. */
async function answered(port: number, agent: Agent, envoy: ChildProcess): Promise<void> {
  for (let left = 600; left > 0 && envoy.exitCode === null; left--) {
    const status = await ask(port, agent, {}).catch(() => 0);
    if (status === 200) return;
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error('envoy does not answer');
}

/** Instructions of the thread that had most of them, in the dump made last. */
function counted(folder: string): number {
  const totals = readdirSync(folder)
    .filter((name) => name.startsWith('out.'))
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      rmSync(join(folder, name));
      return Number(/^(?:totals|summary): (\d+)/m.exec(text)?.[1] ?? 0);
    });
  return Math.max(0, ...totals);
}

async function measured(rate: number | undefined): Promise<ReadonlyMap<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-formats-'));
  const port = await freePort();
  writeFileSync(join(folder, 'envoy.json'), JSON.stringify(bootstrap(port, rate)));
  const args = [
    '--tool=callgrind',
    `--callgrind-out-file=${join(folder, 'out')}.%p`,
    '--separate-threads=yes',
    '--collect-jumps=no',
    '-q',
    envoyBinary() ?? '',
  ];
  const envoy = spawn('valgrind', [...args, '-c', join(folder, 'envoy.json'), '--disable-hot-restart', '--concurrency', '1', '-l', 'error'], {
    stdio: 'ignore',
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const control = (what: string): void => void execFileSync('callgrind_control', [what, String(envoy.pid)], { stdio: 'ignore' });
  const found = new Map<string, number>();
  try {
    await answered(port, agent, envoy);
    for (const [name, headers] of Object.entries(FORMATS)) {
      for (let left = 100; left > 0; left--) await ask(port, agent, headers);
      control('-z');
      for (let left = REQUESTS; left > 0; left--) await ask(port, agent, headers);
      control('-d');
      found.set(name, counted(folder) / REQUESTS);
    }
  } finally {
    agent.destroy();
    const ended = new Promise((done) => envoy.once('exit', done));
    envoy.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
}

for (const [name, rate] of Object.entries(TRACERS)) {
  const found = await measured(rate);
  console.log(`${name}:`);
  for (const [format, instructions] of found) console.log(`  ${format.padEnd(28)} ${Math.round(instructions).toLocaleString('en')}`);
}
