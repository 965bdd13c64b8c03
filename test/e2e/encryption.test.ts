// Traffic is really encrypted, and everybody who should be refused is.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificates } from '../../bench/minimal-pair.ts';
import { Customer } from '../kit/customer.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let customer: Customer;
let port: number;

interface WorkloadDocument {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly address: string; readonly serviceAccount: string; readonly ports: readonly { readonly proxyPort: number }[] };
}

async function workloadOf(service: string): Promise<WorkloadDocument> {
  const list = await mesh.call<{ items: readonly WorkloadDocument[] }>('/apis/weft.dev/v1alpha1/namespaces/shop/workloads');
  const found = list.items.find((one) => one.spec.serviceAccount === service);
  if (found === undefined) throw new Error(`no workload of ${service}`);
  return found;
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([serviceDocument('ledger', { app: 'ledger' }), serviceDocument('payments', { app: 'payments' })]);
  await startApp(mesh, { service: 'ledger' });
  await startApp(mesh, { service: 'payments' });
  customer = await Customer.start(mesh, { namespace: 'shop' });
  await customer.until('http://ledger.shop.mesh/', (answer) => answer.status === 200);
  port = (await workloadOf('ledger')).spec.ports[0]?.proxyPort ?? 0;
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

test('what crosses the wire between two proxies is TLS and nothing of the request can be read', async () => {
  const capture = spawn('tcpdump', ['-i', 'lo', '-U', '-w', '-', 'tcp', 'port', String(port)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const packets: Buffer[] = [];
  let words = '';
  capture.stderr.on('data', (chunk) => {
    words += chunk;
  });
  capture.stdout.on('data', (chunk: Buffer) => packets.push(chunk));
  await eventually('the capture', async () => (words.includes('listening on') ? true : undefined));
  const answer = await customer.get('http://ledger.shop.mesh/very-secret-path', { 'x-secret': 'correct-horse-battery' });
  expect(answer.status).toBe(200);
  expect(answer.body).toContain('correct-horse-battery');
  const records = (): number => Buffer.concat(packets).toString('latin1').split('\x17\x03\x03').length - 1; // TLS application data
  await eventually('the request and its answer on the wire', async () => (records() >= 2 ? true : undefined));
  capture.kill('SIGTERM');
  await once(capture, 'close');
  const wire = Buffer.concat(packets).toString('latin1');
  expect(wire).not.toContain('correct-horse-battery');
  expect(wire).not.toContain('very-secret-path');
});

test('the application sees who called, by identity', async () => {
  const answer = await customer.get('http://ledger.shop.mesh/');
  expect(answer.body).toContain('URI=spiffe://example.mesh/ns/shop/sa/customer');
});

test('a client that speaks plaintext is refused', async () => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write('GET / HTTP/1.1\r\nHost: ledger.shop.mesh\r\n\r\n');
  await new Promise((closed) => socket.on('error', () => {}).once('close', closed));
  expect(answer).not.toMatch(/HTTP\/1\.1 200/);
});

/** What a TLS client gets: the first bytes of an answer, or the error that ended it. */
function talkTls(options: { readonly cert?: Buffer; readonly key?: Buffer }): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], ...options }, () =>
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    );
    socket.on('data', (chunk) => resolve(String(chunk)));
    socket.on('error', (cause) => resolve(`refused: ${cause.message}`));
    socket.on('close', () => resolve('refused: closed'));
  });
}

test('a TLS client without a certificate, and one with a certificate of another root, are refused', async () => {
  expect(await talkTls({})).toMatch(/^refused/);
  makeCertificates(mesh.folder);
  const foreign = { cert: readFileSync(join(mesh.folder, 'client.pem')), key: readFileSync(join(mesh.folder, 'client.key')) };
  expect(await talkTls(foreign)).toMatch(/^refused/);
});

test('a server with a valid certificate of another service is refused by the caller, and the answer says why', async () => {
  const payments = await workloadOf('payments');
  const impostor = {
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'Workload',
    metadata: { name: 'impostor', namespace: 'shop', labels: { app: 'vault' } },
    spec: { address: '127.0.0.1', serviceAccount: 'vault', ports: [{ name: 'http', port: 8080, proxyPort: payments.spec.ports[0]?.proxyPort }] },
  };
  await mesh.apply([serviceDocument('vault', { app: 'vault' }), impostor]);
  const answer = await customer.until('http://vault.shop.mesh/', (one) => (one.headers['weft-reason'] ?? '').includes('upstream-tls'));
  expect(answer.status).toBe(503);
  expect(answer.headers['weft-reason']).toContain('upstream-tls');
  expect(answer.body).not.toContain('payments');
});

test('S-15 from its first moment on nobody reaches an application itself, on any port and any address, IPv6 as well', async () => {
  const ports = [await freePort(), await freePort()];
  const addresses = ['127.0.0.1', '::1', ...Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address))];
  const source = `for(const p of [${ports}])require('net').createServer(s=>s.on('error',()=>{}).write('early bird')).listen({port:p,host:'::'})`;
  const early = mesh.weft(['run', '--service', 'early', '--namespace', 'shop', '--port', String(ports[0]), '--', process.execPath, '-e', source]);
  let [tried, heard, ready] = [0, '', false];
  const knock = async (host: string, at: number): Promise<void> => {
    tried++;
    const socket = connect({ host, port: at }).on('error', () => undefined);
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    await Promise.race([once(socket, 'close'), new Promise((done) => setTimeout(done, 100))]).catch(() => undefined);
    socket.destroy();
  };
  const knocking = (async () => {
    for (let after = 0; after < 10; after += ready ? 1 : 0) await Promise.all(ports.flatMap((at) => addresses.map((host) => knock(host, at))));
  })();
  await early.printed(/ready in/);
  ready = true;
  await knocking;
  expect([tried > addresses.length * 20, heard]).toEqual([true, '']);
});

test('the certificate on the wire is an X.509-SVID that openssl accepts', async () => {
  const status = await mesh.call<{ rootPem: string }>('/weft/v1/status');
  expect(status.rootPem).toContain('BEGIN CERTIFICATE');
  // it ends with a failure, since it has no certificate of its own; what the server showed is printed all the same
  const { stdout: shown } = spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-showcerts'], { input: '', encoding: 'utf8' });
  const leaf = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(shown)?.[0] ?? '';
  const text = execFileSync('openssl', ['x509', '-noout', '-ext', 'subjectAltName,basicConstraints,extendedKeyUsage'], { input: leaf, encoding: 'utf8' });
  expect(text).toContain('URI:spiffe://example.mesh/ns/shop/sa/ledger');
  expect(text).toContain('CA:FALSE');
});
