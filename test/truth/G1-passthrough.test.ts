// G1 passthrough and T3 at a Gateway: TLS by host name to servers with certificates of their own, TLS ended at the gateway, and plain TCP.
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectShare } from '../kit/binomial.ts';
import { askTls, certificateFor, gatewayDocument, type Pair, startGateway, tlsSecret } from '../kit/edge.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const mesh = TestMesh.open();
const authority = certificateFor(mesh, ['clients']);
let secure = 0;
let mutual = 0;
let plain = 0;

/** A server of TLS, or of bytes, that answers a word with its name and the client's certificate, and ends. */
function serverSource(name: string, pair?: { readonly cert: string; readonly key: string }): string {
  const say = (more: string) => `s=>{s.on('error',()=>{}).once('data',()=>s.end('${name} '+${more}))}`;
  if (pair === undefined) return `require('net').createServer(${say("'bytes'")}).listen(8080)`;
  const files = `{cert:f.readFileSync('${pair.cert}'),key:f.readFileSync('${pair.key}'),requestCert:true,rejectUnauthorized:false}`;
  return `const f=require('fs');require('tls').createServer(${files},${say("s.servername+' '+Object.keys(s.getPeerCertificate()).length")}).listen(8080)`;
}

async function startServer(name: string, names: readonly string[] = []): Promise<void> {
  let pair: { cert: string; key: string } | undefined;
  if (names.length > 0) {
    const { certificate, key } = certificateFor(mesh, names, undefined, name.length);
    pair = { cert: join(mesh.folder, `${name}.pem`), key: join(mesh.folder, `${name}.key.pem`) };
    writeFileSync(pair.cert, certificate);
    writeFileSync(pair.key, key);
  }
  const args = ['run', '--service', name, '--namespace', 'shop', '--port', '5000:8080/tcp', '--'];
  await mesh.weft([...args, process.execPath, '-e', serverSource(name, pair)]).printed(/ready in/);
}

interface Heard {
  readonly said: string;
  /** Names in the certificate that was shown. */
  readonly names: string;
}

interface Client {
  readonly port?: number;
  readonly pair?: Pair;
  /** When the word is said. */
  readonly ready?: () => Promise<unknown>;
}

/** What the server behind a host name says to a word; rejects when the connection is closed without a word. */
function overTls(servername: string, { port = secure, pair, ready = async () => undefined }: Client = {}): Promise<Heard> {
  return new Promise((done, failed) => {
    const socket: TLSSocket = tlsConnect({
      ...{ host: '127.0.0.1', port, servername, rejectUnauthorized: false },
      ...(pair === undefined ? {} : { cert: pair.certificate, key: pair.key }),
    });
    let said = '';
    socket.on('error', failed).on('data', (chunk) => {
      said += chunk;
    });
    socket.on('secureConnect', () => {
      const names = socket.getPeerCertificate().subjectaltname ?? '';
      ready().then(() => socket.write('word'), failed);
      socket.on('end', () => (said === '' ? failed(new Error('closed')) : done({ said, names })));
    });
    socket.on('close', () => failed(new Error('closed')));
  });
}

function overTcp(port = plain): Promise<string> {
  return new Promise((done) => {
    let said = '';
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('word'));
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        said += chunk;
      });
    socket.on('close', () => done(said === '' ? 'closed' : (said.split(' ')[0] ?? '')));
  });
}

function route(kind: string, name: string, section: string, more: object, shares: Readonly<Record<string, number>>): unknown {
  const backendRefs = Object.entries(shares).map(([backend, weight]) => ({ name: backend, port: 5000, weight }));
  const spec = { parentRefs: [{ name: 'edge', namespace: 'edge', sectionName: section }], ...more, rules: [{ backendRefs }] };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { name, namespace: 'shop' }, spec };
}

const web = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { parentRefs: [{ name: 'edge', namespace: 'edge', sectionName: 'rest' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
};

beforeAll(async () => {
  await mesh.up();
  [secure, mutual, plain] = [await freePort(), await freePort(), await freePort()];
  const tls = (name: string, hostname: string | undefined, protocol: string, mode: object, port = secure) => ({
    name,
    port,
    protocol,
    ...(hostname === undefined ? {} : { hostname }),
    tls: mode,
  });
  await mesh.apply([
    serviceDocument('web', { app: 'web' }),
    tlsSecret('ended', certificateFor(mesh, ['ended.test'])),
    gatewayDocument(
      [
        tls('pass', '*.db.test', 'TLS', { mode: 'Passthrough' }),
        tls('ended', 'ended.test', 'TLS', { mode: 'Terminate', certificateRefs: [{ name: 'ended' }] }),
        tls('rest', undefined, 'HTTPS', { certificateRefs: [{ name: 'ended' }] }),
        { name: 'plain', port: plain, protocol: 'TCP' },
        tls('mutual', undefined, 'TLS', { certificateRefs: [{ name: 'ended' }] }, mutual),
      ],
      {
        tls: { frontend: { default: {}, perPort: [{ port: mutual, tls: { validation: { caCertificateRefs: [{ kind: 'ConfigMap', name: 'ca' }] } } }] } },
      },
    ),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ca', namespace: 'edge' }, data: { 'ca.crt': authority.certificate } },
    route('TLSRoute', 'by-name', 'mutual', { hostnames: ['bytes.test'] }, { bytes: 1 }),
    route('TLSRoute', 'by-others', 'mutual', { hostnames: ['*.test'] }, { more: 1 }),
    route('TLSRoute', 'any', 'pass', { hostnames: ['*.db.test'] }, { anydb: 1 }),
    route('TLSRoute', 'one', 'pass', { hostnames: ['one.db.test'] }, { onedb: 1 }),
    route('TLSRoute', 'nobody', 'pass', { hostnames: ['gone.db.test'] }, { gone: 1 }),
    route('TCPRoute', 'ended', 'ended', {}, { bytes: 1 }),
    route('TCPRoute', 'plain', 'plain', {}, { bytes: 3, more: 1 }),
    web,
  ]);
  await Promise.all([
    startServer('anydb', ['any.db.test']),
    startServer('onedb', ['one.db.test']),
    startServer('bytes'),
    startServer('more'),
    startApp(mesh, { service: 'web' }),
  ]);
  await startGateway(mesh);
  const heard = (who: string, ask: () => Promise<unknown>) =>
    eventually(who, async () => ((await ask().catch(() => 'closed')) === 'closed' ? undefined : true));
  await Promise.all([heard('one', () => overTls('one.db.test')), heard('any', () => overTls('a.db.test')), heard('plain', () => overTcp())]);
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

test('G1 passthrough: the client speaks TLS with the server itself, found by the most specific host name; the gateway shows it no certificate', async () => {
  expect(await overTls('one.db.test')).toEqual({ said: 'onedb one.db.test 0', names: 'DNS:one.db.test' });
  expect(await overTls('two.db.test')).toEqual({ said: 'anydb two.db.test 0', names: 'DNS:any.db.test' });
  expect(await overTls('deep.one.db.test')).toEqual({ said: 'anydb deep.one.db.test 0', names: 'DNS:any.db.test' });
});

test('G1 passthrough: a route that leads nowhere closes its connections, and takes them from nobody else', async () => {
  await expect(overTls('gone.db.test')).rejects.toThrow();
  expect((await overTls('one.db.test')).said).toMatch(/^onedb/);
});

test('G1 passthrough: it shares its port with TLS that ends at the gateway, and with HTTPS', async () => {
  expect(await overTls('ended.test')).toEqual({ said: 'bytes bytes', names: 'DNS:ended.test' });
  expect(await askTls(secure, { host: 'elsewhere.test' })).toMatchObject({ status: 200, names: 'DNS:ended.test', body: expect.stringMatching(/^web v1/) });
});

test('G1 passthrough: a changed route of one host name drains its own connections, and leaves those of the others alone', async () => {
  const held = await overTls('one.db.test', {
    ready: async () => {
      const change = route('TLSRoute', 'any', 'pass', { hostnames: ['*.db.test'] }, { onedb: 1 });
      const changed = overTls('two.db.test', { ready: () => mesh.apply([change]).then(() => new Promise<never>(() => undefined)) });
      await expect(changed).rejects.toThrow('closed');
      expect((await overTls('two.db.test')).said).toMatch(/^onedb/);
    },
  });
  expect(held.said).toBe('onedb one.db.test 0');
}, 60_000);

test('G1 TLS that ends at the gateway: TLSRoutes by host name, for clients that have a certificate of the authority', async () => {
  const pair = certificateFor(mesh, ['somebody'], authority, 7);
  expect(await overTls('bytes.test', { port: mutual, pair })).toEqual({ said: 'bytes bytes', names: 'DNS:ended.test' });
  expect((await overTls('other.test', { port: mutual, pair })).said).toBe('more bytes');
  await expect(overTls('elsewhere.example', { port: mutual, pair })).rejects.toThrow();
  await expect(overTls('bytes.test', { port: mutual })).rejects.toThrow();
  await expect(overTls('bytes.test', { port: mutual, pair: certificateFor(mesh, ['stranger']) })).rejects.toThrow();
});

test('T3 TCPRoute at a Gateway: connections are shared out by weight', async () => {
  const count = 400;
  const who: string[] = [];
  for (let n = 0; n < count; n++) who.push(await overTcp());
  expect(who.filter((name) => name !== 'bytes' && name !== 'more')).toEqual([]);
  expectShare(who.filter((name) => name === 'more').length, count, 1 / 4);
});

test('T3 at a Gateway: listeners say which kinds they take and how many routes they have; a route of a wrong kind says why it is not taken', async () => {
  await mesh.apply([route('TCPRoute', 'wrong', 'pass', {}, { bytes: 1 })]);
  const status = async (kind: string, namespace: string, name: string) => {
    const { stdout } = await mesh.run(['get', kind, name, '-n', namespace, '-o', 'json']);
    return (JSON.parse(stdout) as { readonly status: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> }).status;
  };
  const wrong = await eventually('its status', async () => (await status('tcproute', 'shop', 'wrong'))?.['parents']);
  expect(JSON.stringify(wrong)).toContain('NotAllowedByListeners');
  const listeners = (await status('gateway', 'edge', 'edge'))['listeners'] ?? [];
  expect(listeners.map(({ name, attachedRoutes }) => [name, attachedRoutes])).toEqual([
    ['pass', 3],
    ['ended', 1],
    ['rest', 1],
    ['plain', 1],
    ['mutual', 2],
  ]);
  expect(listeners[0]?.['supportedKinds']).toEqual([{ group: 'gateway.networking.k8s.io', kind: 'TLSRoute' }]);
});

test('S3 at a Gateway: connections are decided about by name, port and address, where they are passed on and where they are ended', async () => {
  const policy = (name: string, spec: object) => ({
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name, namespace: 'edge' },
    spec: { targetRefs: [{ kind: 'Gateway', name: 'edge' }], ...spec },
  });
  const when = (key: string, ...values: readonly string[]) => ({ when: [{ key, values }] });
  await mesh.apply([policy('not-one', { action: 'DENY', rules: [when('connection.sni', 'one.db.test')] })]);
  await eventually(
    'one.db.test is denied',
    async () =>
      await overTls('one.db.test').then(
        () => undefined,
        () => true,
      ),
  );
  expect((await overTls('two.db.test')).said).toMatch(/db two.db.test 0$/);
  expect([(await overTls('ended.test')).said, await overTcp()]).toEqual(['bytes bytes', expect.stringMatching(/^(bytes|more)$/)]);

  const elsewhere = { from: [{ source: { ipBlocks: ['192.0.2.0/24'] } }], to: [{ operation: { ports: [plain] } }] };
  await mesh.apply([policy('not-one', { action: 'ALLOW', rules: [when('connection.sni', '*'), elsewhere] })]);
  await eventually(
    'one.db.test is allowed',
    async () =>
      await overTls('one.db.test').then(
        () => true,
        () => undefined,
      ),
  );
  await eventually('plain is not allowed from here', async () => ((await overTcp()) === 'closed' ? true : undefined));
  const here = { ...elsewhere, from: [{ source: { ipBlocks: ['127.0.0.0/8'] } }] };
  await mesh.apply([policy('not-one', { action: 'ALLOW', rules: [here] })]);
  await eventually('plain is allowed from here', async () => ((await overTcp()) === 'closed' ? undefined : true));
  await eventually(
    'names are not',
    async () =>
      await overTls('two.db.test').then(
        () => undefined,
        () => true,
      ),
  );
}, 60_000);
