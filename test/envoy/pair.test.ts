// Real traffic through what the compiler makes: a caller's Envoy, mutual TLS, the callee's Envoy, an application. The resources are
// those that travel over ADS; only the places they refer to are files here.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Authority } from '../../src/identity/index.ts';
import { type Document, type Mesh, spiffeId, type TrustDomain } from '../../src/model/index.ts';
import { documentsOf, fullSet, meshOf, sidecarOf } from '../kit/compiled.ts';
import { envoyBinary, RunningEnvoy } from '../kit/envoy.ts';
import { bootstrapOnFiles, ownCertificate, secretFile } from '../kit/on-files.ts';
import { toldBy } from '../kit/reason.ts';
import { needs } from '../kit/require.ts';
import { freePort } from '../kit/test-mesh.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);
const DOMAIN = 'example.mesh' as TrustDomain;
const CLOCK = { now: () => Date.now(), monotonic: () => performance.now(), after: () => () => undefined };

interface Sidecar {
  readonly mesh: Mesh;
  readonly workload: string;
  readonly account: string;
  readonly port: number;
}

async function startSidecar(authority: Authority, folder: string, { mesh, workload, account, port }: Sidecar): Promise<RunningEnvoy> {
  const { resources } = fullSet(mesh, sidecarOf(workload));
  const svid = await authority.issue(spiffeId(DOMAIN, 'shop', account));
  const own = mkdtempSync(join(folder, 'proxy-'));
  ownCertificate(own, svid);
  for (const name of ['bundle', 'callers']) secretFile(own, { name, validation_context: { trusted_ca: { inline_string: authority.bundle() } } });
  return RunningEnvoy.open(bootstrapOnFiles(workload, resources, own), port);
}

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

describe.skipIf(skip)('a call from sidecar to sidecar', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-pair-'));
  const agent = new Agent({ keepAlive: true });
  const closing: (() => unknown)[] = [];
  const envoys: RunningEnvoy[] = [];
  let authority: Authority;
  let proxyPort = 0;
  let tcpLocal = 0;
  let inbound = 0;
  let web: Server;

  function ask(
    host: string,
    { method = 'GET', path = '/', headers = {} }: Ask = {},
  ): Promise<{ readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string }> {
    return new Promise((done, fail) => {
      const call = httpRequest(
        { agent, host: '127.0.0.1', port: proxyPort, method, path: `http://${host}${path}`, headers: { host, ...headers } },
        (answer) => {
          let body = '';
          answer.on('data', (chunk) => {
            body += String(chunk);
          });
          answer.once('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
        },
      );
      call.once('error', fail);
      call.end();
    });
  }

  beforeAll(async () => {
    authority = Authority.open({ directory: folder, trustDomain: DOMAIN, clock: CLOCK });
    const brokenOff = new Set<string>();
    web = createServer((request, answer) => {
      const { url = '', method, headers } = request;
      if (url.startsWith('/breaks-off') && !brokenOff.has(url)) {
        brokenOff.add(url);
        request.socket.destroy();
      } else answer.setHeader('weft-reason', 'forged').setHeader('weft-retry', 'forged').end(JSON.stringify({ url, method, headers }));
    }).listen(0, '127.0.0.1');
    const bytes = createTcpServer((socket) => socket.end('server speaks first\n')).listen(0, '127.0.0.1');
    await Promise.all([once(web, 'listening'), once(bytes, 'listening')]);
    closing.push(
      () => web.close(),
      () => bytes.close(),
    );
    const applicationPort = (web.address() as AddressInfo).port;
    const bytesPort = (bytes.address() as AddressInfo).port;
    const deadPort = await freePort();
    [proxyPort, tcpLocal, inbound] = [await freePort(), await freePort(), await freePort()];
    const [inboundTcp, inboundDead, inboundMore, webPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const { documents } = documentsOf(
      meshText({ applicationPort, bytesPort, deadPort, inbound, inboundTcp, inboundDead, inboundMore, webPort, proxyPort, tcpLocal }),
    );
    const mesh = meshOf(documents as readonly Document[]);
    envoys.push(await startSidecar(authority, folder, { mesh, workload: 'shop/checkout-1', account: 'checkout', port: inbound }));
    envoys.push(await startSidecar(authority, folder, { mesh, workload: 'shop/web-1', account: 'web', port: proxyPort }));
  });

  afterAll(async () => {
    for (const envoy of envoys) await envoy[Symbol.asyncDispose]();
    agent.destroy();
    web.closeAllConnections();
    for (const close of closing) close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('reaches the application over mutual TLS, and tells it who called', async () => {
    const { status, headers, body } = await ask('checkout.shop.mesh', { path: '/pay?x=1' });
    expect({ status, reason: toldBy(headers) }).toEqual({ status: 200, reason: undefined });
    const seen = JSON.parse(body) as { url: string; headers: Readonly<Record<string, string>> };
    expect(seen.url).toBe('/pay?x=1');
    expect(seen.headers['x-forwarded-client-cert']).toMatch(
      /^By=spiffe:\/\/example\.mesh\/ns\/shop\/sa\/checkout;Hash=[0-9a-f]{64};URI=spiffe:\/\/example\.mesh\/ns\/shop\/sa\/web$/,
    );
    expect(seen.headers['host']).toBe('checkout.shop.mesh');
    expect(Object.keys(seen.headers).filter((name) => name.startsWith('x-envoy'))).toEqual([]);
  });

  test('works by the short name inside the namespace, and keeps a request id it was given', async () => {
    const { body } = await ask('checkout.mesh', {
      headers: { 'x-request-id': 'mine', 'x-forwarded-client-cert': 'By=spiffe://example.mesh/ns/shop/sa/admin' },
    });
    const seen = JSON.parse(body) as { headers: Readonly<Record<string, string>> };
    expect(seen.headers['x-request-id']).toBe('mine');
    expect(seen.headers['x-forwarded-client-cert']).not.toContain('admin');
  });

  test('passes on what is outside of the mesh, by name', async () => {
    const { status, body } = await ask(`localhost:${(web.address() as AddressInfo).port}`, { path: '/outside' });
    expect(status).toBe(200);
    expect((JSON.parse(body) as { url: string }).url).toBe('/outside');
  });

  test('carries bytes when the server speaks first', async () => {
    const socket = connect(tcpLocal, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    await once(socket, 'close');
    expect(text).toBe('server speaks first\n');
  });

  test('is tried again elsewhere when the application of one instance is gone, whatever the method', async () => {
    for (const method of ['GET', 'POST', 'DELETE']) for (let i = 0; i < 8; i++) expect((await ask('half.shop.mesh', { method })).status, method).toBe(200);
  });

  test('is tried again after the application broke off, only when the method has no side effects', async () => {
    const get = await ask('checkout.shop.mesh', { path: '/breaks-off/get' });
    expect({ status: get.status, retry: get.headers['weft-retry'] }).toEqual({ status: 200, retry: undefined });
    expect(Object.keys((JSON.parse(get.body) as { headers: object }).headers).filter((name) => name.startsWith('x-envoy'))).toEqual([]);
    const post = await ask('checkout.shop.mesh', { method: 'POST', path: '/breaks-off/post' });
    expect({ status: post.status, reason: toldBy(post.headers), retry: post.headers['weft-retry'] }).toEqual({
      status: 503,
      reason: 'upstream-reset; flags=UC',
      retry: undefined,
    });
  });

  test('says why when nothing answers', async () => {
    const { status, headers } = await ask('dead.shop.mesh', { method: 'POST' });
    expect(status).toBe(503);
    expect(toldBy(headers)).toMatch(/^upstream-connect; cluster=inbound\|/);
  });

  test('is refused when the certificate of the callee is not one that serves the service', async () => {
    const { status, headers } = await ask('wrong.shop.mesh');
    expect(status).toBe(503);
    expect(toldBy(headers)).toMatch(/retries-exhausted|upstream-tls/);
  });

  test('needs a certificate of the mesh: neither plain text nor a stranger gets in', async () => {
    const plain = connect(inbound, '127.0.0.1');
    plain.on('error', () => undefined);
    plain.write('GET / HTTP/1.1\r\nHost: checkout\r\n\r\n');
    let answered = '';
    plain.on('data', (chunk) => {
      answered += String(chunk);
    });
    await new Promise((closed) => plain.once('close', closed));
    expect(answered).not.toContain('HTTP/1.1 200');
    const stranger = connectTls({ host: '127.0.0.1', port: inbound, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
    stranger.write('GET / HTTP/1.1\r\nHost: checkout\r\n\r\n');
    const [error] = (await once(stranger, 'error')) as [Error & { code?: string }];
    expect(error.code).toMatch(/CERTIFICATE_REQUIRED|ECONNRESET/);
  });
});

function meshText(at: Readonly<Record<string, number>>): string {
  const service = (name: string, app: string, port: string): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: ${app} }, ports: [{ name: main, port: 80, targetPort: ${port}, appProtocol: http }] }
---`;
  return `
apiVersion: v1
kind: Service
metadata: { name: bytes, namespace: shop }
spec: { selector: { app: checkout }, ports: [{ name: db, port: 5432, targetPort: db, appProtocol: tcp }] }
---${service('checkout', 'checkout', 'http')}${service('dead', 'checkout', 'dead')}${service('half', 'half', 'http')}${service('wrong', 'wrong', 'http')}
# The same sidecar's ports once more, as instances of other services: one of "half" cannot reach its application, "wrong" is another account.
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: half-1, namespace: shop, labels: { app: half } }
spec: { serviceAccount: checkout, address: 127.0.0.1, ports: [{ name: http, port: 1, proxyPort: ${at['inbound']} }] }
---
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: half-2, namespace: shop, labels: { app: half } }
spec: { serviceAccount: checkout, address: 127.0.0.1, ports: [{ name: http, port: 1, proxyPort: ${at['inboundDead']} }] }
---
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: wrong-1, namespace: shop, labels: { app: wrong } }
spec: { serviceAccount: other, address: 127.0.0.1, ports: [{ name: http, port: 1, proxyPort: ${at['inbound']} }] }
---
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: checkout-1, namespace: shop, labels: { app: checkout } }
spec:
  serviceAccount: checkout
  address: 127.0.0.1
  ports:
    - { name: http, port: ${at['applicationPort']}, proxyPort: ${at['inbound']} }
    - { name: db, port: ${at['bytesPort']}, proxyPort: ${at['inboundTcp']} }
    - { name: dead, port: ${at['deadPort']}, proxyPort: ${at['inboundDead']} }
  proxy: { capture: { mode: none }, bind: 127.0.0.1 }
---
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: web-1, namespace: shop, labels: { app: web } }
spec:
  serviceAccount: web
  address: 127.0.0.1
  ports: [{ name: http, port: ${at['inboundMore']}, proxyPort: ${at['webPort']} }]
  proxy:
    capture: { mode: explicit, httpPort: ${at['proxyPort']}, upstreams: [{ service: bytes, port: 5432, localPort: ${at['tcpLocal']} }] }
    bind: 127.0.0.1
`;
}
