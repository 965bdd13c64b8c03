// (g) What each piece of telemetry costs in instructions of Envoy's worker thread: node_modules/.bin/node bench/telemetry-instructions.ts. Needs valgrind; other
// work on the machine changes nothing but how long it takes (some minutes).
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyBinary } from '../test/kit/envoy.ts';
import { freePort } from '../test/kit/test-mesh.ts';
import { instructedProxy, pieces, SIDES, type Side } from './instructed-proxy.ts';
import { directServer } from './minimal-pair.ts';

const REQUESTS = 300;
const WARM_UP = 60;
const PATIENCE_MS = 900_000;

/** Where requests arrive somebody has decided, 99 times of 100, that they are not traced. */
const HEADERS: Readonly<Record<Side, string>> = {
  outbound: '',
  inbound: 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00\r\nx-request-id: 3f1c2f7e-6b7d-4b0e-9a55-0f6a1d2b3c4d\r\n',
};

/** Asks so often on one connection, one after the other. Rejects when an answer is no 200, or nobody listens. */
function ask(port: number, side: Side, times: number): Promise<void> {
  const request = `GET /orders/42?x=1 HTTP/1.1\r\nhost: checkout.shop.mesh\r\nuser-agent: load\r\naccept: */*\r\n${HEADERS[side]}\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let [left, heard] = [times, ''];
    socket.once('connect', () => socket.write(request));
    socket.once('error', reject);
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
      const head = heard.indexOf('\r\n\r\n');
      if (head < 0 || heard.length < head + 4 + Number(/content-length: (\d+)/i.exec(heard)?.[1] ?? 0)) return;
      if (!heard.startsWith('HTTP/1.1 200')) return void reject(new Error(heard.slice(0, head)));
      heard = '';
      left--;
      if (left > 0) return void socket.write(request);
      socket.end();
      resolve();
    });
  });
}

async function up(port: number): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const answered = await ask(port, 'outbound', 1).then(
      () => true,
      () => false,
    );
    if (answered) return;
    if (Date.now() > until) throw new Error(`nobody answers at ${port}`);
    await new Promise((done) => setTimeout(done, 500));
  }
}

const folder = mkdtempSync(join(tmpdir(), 'weft-bench-instructions-'));
const counts = (): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('counts'));

/** Of the thread that did most: the worker. */
function most(): number {
  const totals = counts().map((name) => Number(/^(?:summary|totals): (\d+)/m.exec(readFileSync(join(folder, name), 'latin1'))?.[1] ?? 0));
  return Math.max(...totals);
}

async function instructions(pid: number, port: number, side: Side): Promise<number> {
  const control = (flag: string): void => void execFileSync('callgrind_control', [flag, String(pid)], { stdio: 'ignore' });
  await ask(port, side, WARM_UP);
  for (const name of counts()) rmSync(join(folder, name));
  control('-z');
  await ask(port, side, REQUESTS);
  control('-d');
  const until = Date.now() + PATIENCE_MS;
  while (!(most() > 0) && Date.now() < until) await new Promise((done) => setTimeout(done, 200));
  await new Promise((done) => setTimeout(done, 1000)); // the last thread's file
  return most() / REQUESTS;
}

const envoy = envoyBinary();
if (envoy === undefined) throw new Error('no Envoy: npm run setup');
const written = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const upstream = await freePort();
const listening = [];
for (const side of SIDES) for (const [name, telemetry] of Object.entries(pieces(side))) listening.push({ side, name, telemetry, port: await freePort() });
const flags = (file: string): readonly string[] => ['-c', file, '--concurrency', '1', '--use-dynamic-base-id', '-l', 'off', '--disable-hot-restart'];
const server = spawn(envoy, flags(written('server.json', JSON.stringify(directServer(upstream)))), { stdio: 'ignore' });
const valgrind = ['--tool=callgrind', '--separate-threads=yes', `--callgrind-out-file=${join(folder, 'counts')}`];
const proxy = spawn('valgrind', [...valgrind, envoy, ...flags(written('proxy.json', instructedProxy(listening, upstream)))], { stdio: 'ignore' });
try {
  await up(listening[0]?.port ?? 0);
  const none = new Map<Side, number>();
  for (const { side, name, port } of listening) {
    const found = await instructions(proxy.pid ?? 0, port, side);
    if (name === 'none') none.set(side, found);
    const over = found - (none.get(side) ?? Number.NaN);
    console.log(
      `${side.padEnd(9)} ${name.padEnd(34)} ${Math.round(found).toLocaleString('en').padStart(9)}  over none ${Math.round(over).toLocaleString('en').padStart(8)}`,
    );
  }
} finally {
  proxy.kill('SIGKILL');
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
