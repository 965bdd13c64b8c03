// "Your own two processes", as the README says it and as a hand would type it: three commands and no document. For root, and for an
// ordinary user in each way of capture that such a user has.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { needs } from '../kit/require.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const home = resolve(import.meta.dirname, '../..');
const isRoot = process.getuid?.() === 0;
let mesh: TestMesh | undefined;

afterEach(async () => {
  await mesh?.[Symbol.asyncDispose]();
  mesh = undefined;
});

const server = `require('http').createServer((q,r)=>r.end('checkout says hello to '+q.headers['x-forwarded-client-cert'])).listen(8080)`;
const client = `setTimeout(async()=>{for(let i=0;i<100;i++){try{const a=await fetch('http://checkout.default.mesh/');const t=await a.text();if(a.status===200){console.log('answer '+t);break}}catch(e){}await new Promise(d=>setTimeout(d,100))}},0);setInterval(()=>{},1e9)`;

async function walk(capture: string): Promise<string> {
  mesh = TestMesh.open();
  await mesh.up();
  const forced = capture === 'auto' ? [] : ['--capture', capture];
  const checkout = mesh.weft(['run', '--service', 'checkout', '--port', '8080', ...forced, '--', process.execPath, '-e', server]);
  await checkout.printed(/ready in/);
  const web = mesh.weft(['run', '--service', 'web', ...forced, '--', process.execPath, '-e', client]);
  const answer = (await web.printed(/answer (.*)/))[1] ?? '';
  expect(answer).toContain('URI=spiffe://example.mesh/ns/default/sa/web');
  return `${checkout.words()}\n${web.words()}`;
}

test.skipIf(needs('root', isRoot).skip)('as root: transparent, by a network namespace', async () => {
  expect(await walk('auto')).toMatch(/capture: transparent \(network namespace/);
});

test('explicit capture works for everybody', async () => {
  mesh = TestMesh.open();
  await mesh.up();
  const checkout = mesh.weft(['run', '--service', 'checkout', '--port', '8080', '--capture', 'explicit', '--', process.execPath, '-e', server]);
  await checkout.printed(/ready in/);
  const web = mesh.weft([
    'run',
    '--service',
    'web',
    '--capture',
    'explicit',
    '--',
    'sh',
    '-c',
    'for i in $(seq 50); do curl -fsS -m 5 http://checkout.default.mesh/ && break; sleep 0.1; done; sleep 600',
  ]);
  await web.printed(/checkout says hello to .*URI=spiffe:\/\/example\.mesh\/ns\/default\/sa\/web/);
});

/** Runs the walk as user `nobody`: the checkout is bound to a place that this user can reach, with its own home, data and Envoy. */
async function asUser(capture: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-user-'));
  chmodSync(folder, 0o755);
  const [checkout, own] = [join(folder, 'checkout'), join(folder, 'own')];
  for (const one of [checkout, own]) mkdirSync(one);
  const envoy = join(own, 'envoy');
  cpSync(readFileSync(join(home, '.cache/envoy'), 'utf8').trim(), envoy);
  execFileSync('chown', ['-R', '65534:65534', own]);
  const become = 'exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all -- node_modules/.bin/node test/e2e/as-user.ts "$3"';
  const script = `mount --bind "$1" "$2" && cd "$2" && ${become}`;
  const env = { PATH: process.env['PATH'], HOME: own, TMPDIR: own, WEFT_ENVOY: envoy };
  const child = spawn('unshare', ['-m', 'sh', '-c', script, 'sh', home, checkout, capture], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      words += chunk;
    });
  }
  const [code] = (await once(child, 'close')) as [number];
  rmSync(folder, { recursive: true, force: true });
  expect(code, words).toBe(0);
  return words;
}

const tool = (name: string): boolean => execFileSync('sh', ['-c', `command -v ${name} || true`], { encoding: 'utf8' }).trim() !== '';

test.skipIf(needs('root', isRoot).skip || needs('pasta', tool('pasta')).skip)('an ordinary user with pasta: transparent', async () => {
  const tun = statSync('/dev/net/tun').mode & 0o777;
  chmodSync('/dev/net/tun', 0o666); // the usual mode; some machines keep it to root
  try {
    expect(await asUser('auto')).toMatch(/capture: transparent \(user namespace, pasta\)/);
  } finally {
    chmodSync('/dev/net/tun', tun);
  }
});

test.skipIf(needs('root', isRoot).skip)('an ordinary user with nothing but user namespaces: transparent, through a relay', async () => {
  expect(await asUser('relay')).toMatch(/capture: transparent \(user namespace, relay\)/);
});
