// Bytes that no client would send, made at random.
import { randomBytes } from 'node:crypto';

export const pick = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(Math.random() * values.length)] ?? values[0];
export const some = (most: number): Buffer => randomBytes(1 + Math.floor(Math.random() * most));

/** Bytes with a few of them changed, cut or doubled. */
export function mutated(bytes: Uint8Array): Buffer {
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

export const tls = (): Buffer => pick([() => record(some(300)), () => mutated(HELLO), () => some(400)])();

const LINES: readonly [string, ...string[]] = [
  'GET /weft/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'POST /weft/v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'GET /api HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(4000)}\r\n`,
  'PUT /api/v1/namespaces/a/services/b HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n{',
  'POST /inject HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n',
  'GET /api/v1/services?watch=%FF%00 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \u0000\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
];

export const http1 = (): Buffer => (Math.random() < 0.4 ? Buffer.from(pick(LINES), 'latin1') : mutated(Buffer.from(pick(LINES), 'latin1')));

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTINGS = Buffer.from('000000040000000000', 'hex');

/** A frame of any type with any flags, for any stream; its length mostly true. */
function frame(): Buffer {
  const body = some(200);
  const length = Math.random() < 0.8 ? body.length : Math.floor(Math.random() * 2 ** 24);
  const [type, flags, stream] = [Math.random() * 12, Math.random() * 256, Math.random() * 8];
  return Buffer.concat([Buffer.from([length >> 16, (length >> 8) & 255, length & 255, type, flags, 0, 0, 0, stream]), body]);
}

export const http2 = (): Buffer =>
  Buffer.concat([
    Math.random() < 0.9 ? PREFACE : some(24),
    Math.random() < 0.8 ? SETTINGS : some(20),
    ...Array.from({ length: 1 + Math.floor(Math.random() * 12) }, frame),
  ]);
