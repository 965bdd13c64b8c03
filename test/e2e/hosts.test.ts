// Another machine joins over the network: two network namespaces stand for two hosts, joined by a veth pair. The control plane on the
// first; on the second only a join token, which carries the root's fingerprint.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tree } from '../kit/cpu.ts';
import { needs } from '../kit/require.ts';
import { weftProgram } from '../kit/weft-program.ts';

const home = resolve(import.meta.dirname, '../..');
const skip = needs('root', process.getuid?.() === 0).skip;
const [HOST_A, HOST_B] = ['10.231.7.1', '10.231.7.2'];
const id = process.pid;
const [netA, netB] = [`weft-a-${id}`, `weft-b-${id}`];
const pids: number[] = [];
let folder = '';

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });

interface Started {
  words(): string;
  printed(what: RegExp): Promise<RegExpExecArray>;
}

/** Starts `weft ...args` on a host; its data and run folders are that host's own. */
function on(net: string, args: readonly string[]): Started {
  const own = join(folder, net);
  mkdirSync(join(own, 'run'), { recursive: true, mode: 0o700 });
  const env = { ...process.env, WEFT_DATA: join(own, 'data'), XDG_RUNTIME_DIR: join(own, 'run'), XDG_CONFIG_HOME: join(own, 'config'), NO_COLOR: '1' };
  const child = spawn('ip', ['netns', 'exec', net, process.execPath, weftProgram, ...args], {
    cwd: home,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  pids.push(child.pid ?? 0);
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      words += chunk;
    });
  }
  const printed = (what: RegExp): Promise<RegExpExecArray> =>
    new Promise((done, failed) => {
      const timer = setInterval(() => {
        const found = what.exec(words);
        if (found === null && child.exitCode === null) return;
        clearInterval(timer);
        if (found !== null) done(found);
        else failed(new Error(`weft ${args.join(' ')} ended with ${child.exitCode}\n${words}`));
      }, 25);
    });
  return { words: () => words, printed };
}

beforeAll(() => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'weft-hosts-'));
  for (const net of [netA, netB]) ip('netns', 'add', net);
  ip('link', 'add', `wa${id}`, 'netns', netA, 'type', 'veth', 'peer', 'name', `wb${id}`, 'netns', netB);
  for (const [net, link, address] of [
    [netA, `wa${id}`, HOST_A],
    [netB, `wb${id}`, HOST_B],
  ] as const) {
    ip('-n', net, 'addr', 'add', `${address}/24`, 'dev', link);
    ip('-n', net, 'link', 'set', link, 'up');
    ip('-n', net, 'link', 'set', 'lo', 'up');
  }
});

afterAll(async () => {
  if (skip) return;
  const everyone = pids.flatMap((pid) => tree(pid));
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const pid of everyone.toReversed()) {
      try {
        process.kill(pid, signal);
      } catch {
        // it ended
      }
    }
    await new Promise((done) => setTimeout(done, 3000));
  }
  for (const net of [netA, netB]) ip('netns', 'del', net);
  rmSync(folder, { recursive: true, force: true });
});

const server = `require('http').createServer((q,r)=>r.end('hello '+q.headers['x-forwarded-client-cert'])).listen(8080)`;
const client = `(async()=>{for(let i=0;i<100;i++){try{const a=await fetch('http://checkout.shop.mesh/');const t=await a.text();if(a.status===200){console.log('answer '+t);break}}catch(e){}await new Promise(d=>setTimeout(d,100))}})();setInterval(()=>{},1e9)`;

test.skipIf(skip)('a second host joins with a token, serves the first, and is refused with a used or foreign one', async () => {
  const up = on(netA, ['up', '--api', '127.0.0.1:7400', '--xds', `${HOST_A}:7401`]);
  await up.printed(/weft is up/);
  expect(up.words()).toContain(`listens beyond this machine, on ${HOST_A}`);
  const made = on(netA, ['token', 'create', '--service-account', 'shop/checkout', '--ttl', '10m']);
  const token = (await made.printed(/(ey[\w-]+\.[\w-]+\.[\w-]+)/))[1] ?? '';
  const join = [
    'run',
    '--control-plane',
    `${HOST_A}:7401`,
    '--token',
    token,
    '--service',
    'checkout',
    '--address',
    HOST_B,
    '--port',
    '80:8080',
    '--protocol',
    'http',
  ];
  const checkout = on(netB, [...join, '--', process.execPath, '-e', server]);
  await checkout.printed(/ready in/);
  expect(checkout.words()).toContain('spiffe://example.mesh/ns/shop/sa/checkout');

  const web = on(netA, ['run', '--service', 'web', '--namespace', 'shop', '--', process.execPath, '-e', client]);
  const answer = (await web.printed(/answer (.*)/))[1] ?? '';
  expect(answer).toContain('URI=spiffe://example.mesh/ns/shop/sa/web');

  const again = on(netB, [...join, '--instance', 'again', '--', process.execPath, '-e', server]);
  await again.printed(/used/);
  const tampered = `${token.slice(0, token.indexOf('.'))}.${Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()), root: '0'.repeat(64) })).toString('base64url')}.${token.split('.')[2]}`;
  const foreign = on(netB, join.map((arg) => (arg === token ? tampered : arg)).concat('--', process.execPath, '-e', server));
  await foreign.printed(/another control plane|somebody stands in between/);
});
