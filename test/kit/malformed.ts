// Input that no client would send, made at random: for listeners that must not mind.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const pick = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(Math.random() * values.length)] ?? values[0];
const some = (most: number): Buffer => randomBytes(1 + Math.floor(Math.random() * most));

/** Bytes with a few of them changed, cut or doubled. */
function mutated(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let n = 0; n < 1 + Math.random() * 6; n++) copy[Math.floor(Math.random() * copy.length)] = Math.floor(Math.random() * 256);
  return Math.random() < 0.3 ? copy.subarray(0, Math.floor(Math.random() * copy.length)) : Math.random() < 0.2 ? Buffer.concat([copy, copy]) : copy;
}

/** A TLS record of a kind, with a length that may not be true. */
function record(body: Buffer): Buffer {
  const length = Math.random() < 0.5 ? body.length : Math.floor(Math.random() * 65_536);
  return Buffer.concat([Buffer.from([pick([0x16, 0x14, 0x15, 0x17, 0x18]), 3, pick([0, 1, 3, 4]), length >> 8, length & 255]), body]);
}

/** The beginning of a ClientHello, as far as it is worth breaking. */
const HELLO = Buffer.concat([Buffer.from('16030100c8010000c40303', 'hex'), randomBytes(32), Buffer.from('00000213010100', 'hex'), randomBytes(120)]);

const tls = (): Buffer => pick([() => record(some(300)), () => mutated(HELLO), () => some(400)])();

const LINES: readonly [string, ...string[]] = [
  'GET /weft/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'POST /weft/v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'GET /api HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(4000)}\r\n`,
  'PUT /api/v1/namespaces/a/services/b HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n{',
  'POST /weft/v1/apply HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n',
  'GET /api/v1/services?watch=%FF%00 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \u0000\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
];

const http1 = (): Buffer => (Math.random() < 0.4 ? Buffer.from(pick(LINES), 'latin1') : mutated(Buffer.from(pick(LINES), 'latin1')));

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** A frame of any type with any flags, for any stream; its length mostly true. */
function frame(): Buffer {
  const body = some(200);
  const length = Math.random() < 0.8 ? body.length : Math.floor(Math.random() * 2 ** 24);
  const head = Buffer.from([
    length >> 16,
    (length >> 8) & 255,
    length & 255,
    Math.floor(Math.random() * 12),
    Math.floor(Math.random() * 256),
    0,
    0,
    0,
    Math.floor(Math.random() * 8),
  ]);
  return Buffer.concat([head, body]);
}

const SETTINGS = Buffer.from('000000040000000000', 'hex');
const http2 = (): Buffer =>
  Buffer.concat([
    Math.random() < 0.9 ? PREFACE : some(24),
    Math.random() < 0.8 ? SETTINGS : some(20),
    ...Array.from({ length: 1 + Math.floor(Math.random() * 12) }, frame),
  ]);

const CLOSE_MS = 1_500;

/** Sends and waits until the other side has closed, or long enough. */
async function send(socket: Socket, bytes: Buffer): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  const closed = once(socket, 'close').catch(() => undefined);
  const timer = setTimeout(() => socket.destroy(), CLOSE_MS);
  socket.end(bytes);
  await closed;
  clearTimeout(timer);
}

async function overTls(port: number, bytes: Buffer, protocol: string): Promise<void> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: [protocol] });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect').catch(() => undefined);
  if (!socket.destroyed) await send(socket, bytes);
}

const METHODS = [
  '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
  '/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs',
  '/weft.machine.v1.Machines/Join',
  '/weft.machine.v1.Machines/Nothing',
] as const;

/** A correct HTTP/2 connection with a gRPC call whose messages are none. */
async function grpc(port: number, token: string): Promise<void> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on('error', () => undefined);
  const headers = {
    ':method': 'POST',
    ':path': pick(METHODS),
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: Math.random() < 0.5 ? 'Bearer x' : `Bearer ${token}`,
  };
  const call = session.request(headers);
  call.on('error', () => undefined).resume();
  const body = some(500);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Math.random() < 0.7 ? body.length : Math.floor(Math.random() * 2 ** 32));
  call.write(Buffer.concat([Buffer.from([Math.random() < 0.8 ? 0 : Math.floor(Math.random() * 256)]), length, body]));
  const over = once(call, 'close').catch(() => undefined);
  const timer = setTimeout(() => call.close(constants.NGHTTP2_CANCEL), CLOSE_MS);
  call.end();
  await over;
  clearTimeout(timer);
  session.destroy();
}

export interface Target {
  readonly api: number;
  readonly xds: number;
  /** The admin token: what comes behind the gate is tried as well. */
  readonly token: string;
}

const BODIES: readonly [string, ...string[]] = [
  '{"documents":[{}]}',
  '{"documents":[{"kind":"Service","apiVersion":"v1","metadata":{"name":"a"},"spec":{}}]}',
  '[[[[[[',
  '{"a":1e999}',
  '"\\ud800"',
  '{"documents":{}}',
];
const PATHS: readonly [string, ...string[]] = [
  '/weft/v1/apply',
  '/weft/v1/explain',
  '/weft/v1/effective',
  '/weft/v1/tokens',
  '/api/v1/namespaces/a/services',
  '/apis/weft.dev/v1alpha1/namespaces/a/timeoutpolicies',
];

async function json({ api, token }: Target): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': pick(['application/json', 'application/yaml', 'application/merge-patch+json', 'x']) };
  const answer = await fetch(`http://127.0.0.1:${api}${pick(PATHS)}`, { method: 'POST', headers, body: mutated(Buffer.from(pick(BODIES))) }).catch(
    () => undefined,
  );
  if (answer !== undefined && answer.status >= 500 && answer.status !== 503) throw new Error(`${answer.status} ${await answer.text()}`);
  await answer?.arrayBuffer();
}

/** One input to each listener for every call; by name. */
export const MALFORMED: Readonly<Record<string, (target: Target) => Promise<void>>> = {
  'API: TLS': ({ api }) => send(connect(api, '127.0.0.1'), tls()),
  'API: HTTP/1': ({ api }) => send(connect(api, '127.0.0.1'), http1()),
  'API: HTTP/1 in TLS': ({ api }) => overTls(api, http1(), 'http/1.1'),
  'API: JSON': json,
  'xDS: TLS': ({ xds }) => send(connect(xds, '127.0.0.1'), tls()),
  'xDS: HTTP/2 frames': ({ xds }) => overTls(xds, http2(), 'h2'),
  'xDS: gRPC messages': ({ xds, token }) => grpc(xds, token),
};
