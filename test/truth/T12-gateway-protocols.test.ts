import { connect as connectH2 } from 'node:http2';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askH2, askPlain, askTls, certificateFor, edgeRoute, gatewayDocument, startGateway, tlsSecret } from '../kit/edge.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const mesh = TestMesh.open();
let http = 0;
let https = 0;

/** A gRPC server without any library: one unary method that gives back what it got. */
const GRPC = `const s=require('http2').createServer();s.on('stream',(t,h)=>{const c=[];t.on('data',d=>c.push(d));t.on('end',()=>{t.respond({':status':200,'content-type':'application/grpc+proto','x-path':h[':path']},{waitForTrailers:true});t.on('wantTrailers',()=>t.sendTrailers({'grpc-status':'0','grpc-message':'fine'}));t.end(Buffer.concat(c))})});s.listen(8080)`;
/** A server that takes an upgrade and then answers every chunk. */
const SOCKET = `const s=require('http').createServer((q,r)=>r.end('no upgrade'));s.on('upgrade',(q,k)=>{k.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n');k.on('data',d=>k.write('echo '+d))});s.listen(8080)`;

async function startProgram(service: string, protocol: string, source: string): Promise<void> {
  const program = mesh.weft(['run', '--service', service, '-n', 'shop', '--port', '8080', '--protocol', protocol, '--', process.execPath, '-e', source]);
  await program.printed(/ready in/);
}

const ports = (appProtocol: string) => ({ selector: {}, ports: [{ name: 'main', port: 80, targetPort: 8080, appProtocol }] });
const grpcService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'greeter', namespace: 'shop' },
  spec: { ...ports('grpc'), selector: { app: 'greeter' } },
};

beforeAll(async () => {
  await mesh.up();
  http = await freePort();
  https = await freePort();
  const rule = (path: string, name: string) => ({ matches: [{ path: { value: path } }], backendRefs: [{ name, port: 80 }] });
  await mesh.apply([
    serviceDocument('web', { app: 'web' }),
    serviceDocument('chat', { app: 'chat' }),
    grpcService,
    tlsSecret('cert', certificateFor(mesh, ['example.com'])),
    gatewayDocument([
      { name: 'http', port: http, protocol: 'HTTP' },
      { name: 'https', port: https, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } },
    ]),
    edgeRoute('all', [rule('/', 'web'), rule('/chat', 'chat'), rule('/greeter.Greeter', 'greeter')]),
  ]);
  await Promise.all([startApp(mesh, { service: 'web' }), startProgram('chat', 'http', SOCKET), startProgram('greeter', 'grpc', GRPC)]);
  await startGateway(mesh);
  const ready = async (path: string) => ((await askPlain(http, { host: 'x', path }).catch(() => undefined))?.status === 200 ? true : undefined);
  for (const path of ['/', '/chat']) await eventually(path, () => ready(path));
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

test('T12 HTTP: 1.1 and 2, in plain text (prior knowledge) and by ALPN', async () => {
  expect(await askPlain(http, { host: 'x', path: '/one' })).toMatchObject({ status: 200, body: expect.stringContaining('web v1 /one') });
  expect(await askH2(`http://127.0.0.1:${http}`, [{ host: 'x', path: '/two' }])).toMatchObject([{ status: 200, alpn: 'h2c' }]);
  expect(await askTls(https, { host: 'example.com' })).toMatchObject({ status: 200, alpn: 'http/1.1' });
  expect(await askH2(`https://127.0.0.1:${https}`, [{ host: 'example.com' }], { sni: 'example.com' })).toMatchObject([{ status: 200, alpn: 'h2' }]);
});

test('T12 WebSocket: an upgrade goes through to the application, and back and forth', async () => {
  const words = await new Promise<string>((done, failed) => {
    const socket = connect(http, '127.0.0.1');
    let heard = '';
    socket.on('error', failed);
    socket.on('data', (chunk) => {
      heard += chunk;
      if (heard.includes('\r\n\r\n') && !heard.includes('echo')) socket.write('first');
      else if (heard.includes('echo first') && !heard.includes('echo second')) socket.write('second');
      else if (heard.includes('echo second')) socket.end();
    });
    socket.on('end', () => done(heard));
    socket.write(
      'GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
  });
  expect(words).toMatch(/^HTTP\/1\.1 101 Switching Protocols/);
  expect(words).toMatch(/echo firstecho second$/);
});

/** One length-prefixed gRPC message. */
const message = (text: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, text.length]), Buffer.from(text)]);

test('T12 gRPC: a call over HTTP/2 with its trailers', async () => {
  const session = connectH2(`http://127.0.0.1:${http}`);
  const call = session.request({ ':method': 'POST', ':path': '/greeter.Greeter/Hello', 'content-type': 'application/grpc+proto', te: 'trailers' });
  const got = await new Promise<{ readonly body: Buffer; readonly trailers: Readonly<Record<string, unknown>> }>((done, failed) => {
    const chunks: Buffer[] = [];
    let trailers: Readonly<Record<string, unknown>> = {};
    call.on('data', (chunk: Buffer) => chunks.push(chunk));
    call.on('trailers', (found) => {
      trailers = found as Readonly<Record<string, unknown>>;
    });
    call.on('end', () => done({ body: Buffer.concat(chunks), trailers }));
    call.on('error', failed);
    call.end(message('hello'));
  });
  session.close();
  expect(got.body).toEqual(message('hello'));
  expect(got.trailers).toMatchObject({ 'grpc-status': '0', 'grpc-message': 'fine' });
});

test('T12 gRPC-Web: a browser calls with HTTP/1.1, and has the trailers at the end of the body', async () => {
  const headers = { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1' };
  const answer = await fetch(`http://127.0.0.1:${http}/greeter.Greeter/Hello`, { method: 'POST', headers, body: new Uint8Array(message('hello')) });
  const body = Buffer.from(await answer.arrayBuffer());
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/grpc-web+proto']);
  expect(body.subarray(0, 10)).toEqual(message('hello'));
  expect(body[10]).toBe(0x80);
  expect(body.subarray(15).toString()).toContain('grpc-status:0');
});
