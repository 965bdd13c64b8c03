// Requests that two readers may cut in different places (RFC 9112 §11.2), and who judges whether one got through: on the wire to an application
// every message must be readable in one way alone, and every request must carry what the proxy writes on those that it let pass.
import { connect } from 'node:net';

/** What stands where only one of two readers looks for a request. */
const HIDDEN = 'GET /smuggled HTTP/1.1\r\nhost: node.example\r\nx-hidden: 1\r\n\r\n';
const CHUNKED_END = `0\r\n\r\n${HIDDEN}`;

const LENGTHS: readonly (readonly string[])[] = [
  [],
  ['content-length: 4'],
  [`content-length: ${CHUNKED_END.length}`],
  ['content-length: 0', `content-length: ${HIDDEN.length}`],
  [`content-length: ${HIDDEN.length}`, 'content-length: 0'],
  [`content-length: 0, ${HIDDEN.length}`],
  ['content-length: +4'],
  ['content-length: 0x4'],
  ['content-length: 4 4'],
  ['content-length: -1'],
  ['content-length: 99999999999999999999'],
  ['content-length : 4'],
  ['content-length:\x0b4'],
  ['content-length: 4\x00'],
  ['content_length: 4', `content-length: ${CHUNKED_END.length}`],
];

const CODINGS: readonly (readonly string[])[] = [
  [],
  ['transfer-encoding: chunked'],
  ['Transfer-Encoding: CHUNKED'],
  ['transfer-encoding : chunked'],
  ['transfer-encoding:\tchunked'],
  ['transfer-encoding: \x0bchunked'],
  ['transfer-encoding: xchunked'],
  ['transfer-encoding: chunked, identity'],
  ['transfer-encoding: identity'],
  ['transfer-encoding: identity, chunked'],
  ['transfer-encoding: chunked', 'transfer-encoding: identity'],
  ['transfer-encoding: identity', 'transfer-encoding: chunked'],
  ['transfer-encoding:', ' chunked'],
  ['x: y', ' transfer-encoding: chunked'],
  ['x: y\rtransfer-encoding: chunked'],
  ['x: y\ntransfer-encoding: chunked'],
  ['transfer-encoding: "chunked"'],
  ['transfer-encoding: chunked;q=1'],
  ['transfer-encoding: ch\x00unked'],
  ['transfer_encoding: chunked'],
  ['te: chunked', 'connection: te'],
  ['connection: transfer-encoding', 'transfer-encoding: chunked'],
  ['connection: content-length'],
];

const chunk = (extension: string, end = '\r\n'): string => `5${extension}${end}hello${end}`;
const BODIES: readonly string[] = [
  CHUNKED_END,
  HIDDEN,
  `${chunk(';x=y')}${CHUNKED_END}`,
  `${chunk(';x="\r\n"')}${CHUNKED_END}`,
  `${chunk(';\n')}${CHUNKED_END}`,
  `${chunk('', '\n')}0\n\n${HIDDEN}`,
  `${chunk(' ')}${CHUNKED_END}`,
  `0x5\r\nhello\r\n${CHUNKED_END}`,
  `+5\r\nhello\r\n${CHUNKED_END}`,
  `-1\r\n\r\n${CHUNKED_END}`,
  `FFFFFFFFFFFFFFFFF\r\n${HIDDEN}`,
  `5\r\nhelloXX${CHUNKED_END}`,
  `0\r\ncontent-length: 9\r\ntransfer-encoding: x\r\n\r\n${HIDDEN}`,
  `0\r\nx: y\r\n z\r\n\r\n${HIDDEN}`,
  `00000000000\r\n\r\n${HIDDEN}`,
];

/** Spellings of the rest of a request: its first line, and what ends lines. */
const HEADS: readonly (readonly string[])[] = [
  ['POST / HTTP/1.1', 'host: node.example'],
  ['POST http://node.example/ HTTP/1.1', 'host: other.example'],
  ['POST / HTTP/1.1', 'host: node.example', 'host: other.example'],
  ['POST / HTTP/1.1\rhost: x', 'host: node.example'],
  [
    'GET / HTTP/1.1',
    'host: node.example',
    'upgrade: websocket',
    'connection: upgrade',
    'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version: 13',
  ],
  ['GET / HTTP/1.1', 'host: node.example', 'upgrade: h2c', 'connection: upgrade, http2-settings', 'http2-settings: AAMAAABkAAQAAP__'],
  ['CONNECT node.example:80 HTTP/1.1', 'host: node.example:80'],
  ['POST / HTTP/1.0', 'host: node.example'],
  ['POST /\x00 HTTP/1.1', 'host: node.example'],
  ['POST / HTTP/1.1', 'host: node.example', 'x\x00y: 1'],
  ['POST / HTTP/1.1', 'host: node.example', 'x y: 1'],
  ['POST / HTTP/1.1', 'host: node.example', ': 1'],
  ['POST / HTTP/1.1 HTTP/1.1', 'host: node.example'],
  ['\r\n\r\nPOST / HTTP/1.1', 'host: node.example'],
];

/** `count` requests in HTTP/1.1, by chance; all combinations of lengths and codings come first. */
export function smuggled(count: number, dice: (sides: number) => number): readonly string[] {
  const pick = <T>(all: readonly T[]): T => all[dice(all.length)] as T;
  const pairs = LENGTHS.flatMap((length) => CODINGS.map((coding) => [length, coding] as const));
  return Array.from({ length: count }, (_, at) => {
    const [length, coding] = pairs[at] ?? [pick(LENGTHS), pick(CODINGS)];
    const head = at < pairs.length ? (HEADS[0] ?? []) : pick(HEADS);
    const framing = dice(2) === 0 ? [...length, ...coding] : [...coding, ...length];
    const end = at >= pairs.length && dice(8) === 0 ? '\n' : '\r\n';
    return `${[...head, ...framing].join(end)}${end}${end}${at < pairs.length ? CHUNKED_END : pick(BODIES)}`;
  });
}

const u24 = (value: number): readonly number[] => [(value >> 16) & 255, (value >> 8) & 255, value & 255];
const frame = (type: number, flags: number, stream: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([...u24(body.length), type, flags, 0, 0, 0, stream]), body]);
/** HPACK without tables and without Huffman (RFC 7541 §6.2.2): whatever the octets are. */
const literal = ([name, value]: readonly [string, string]): Buffer =>
  Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name, 'latin1'), Buffer.from([value.length]), Buffer.from(value, 'latin1')]);

type Field = readonly [name: string, value: string];
const PSEUDO: readonly Field[] = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':authority', 'node.example'],
  [':path', '/'],
];
const instead = (name: string, value: string): readonly Field[] => PSEUDO.map((each) => (each[0] === name ? [name, value] : each));
const LINE = '\r\n';
const BREAK = ` HTTP/1.1${LINE}host: node.example${LINE}${LINE}GET /smuggled`;

const FIELDS: readonly (readonly Field[])[] = [
  [...PSEUDO, ['content-length', '0']],
  [...PSEUDO, ['content-length', '4']],
  [...PSEUDO, ['content-length', '999']],
  [...PSEUDO, ['content-length', '0'], ['content-length', String(HIDDEN.length)]],
  [...PSEUDO, ['content-length', '+0']],
  [...PSEUDO, ['transfer-encoding', 'chunked']],
  [...PSEUDO, ['transfer-encoding', 'chunked'], ['content-length', '4']],
  [...PSEUDO, ['connection', 'transfer-encoding'], ['te', 'trailers, chunked']],
  [...PSEUDO, ['upgrade', 'h2c']],
  [...PSEUDO, ['x', `y${LINE}transfer-encoding: chunked`]],
  [...PSEUDO, ['x', 'y\ntransfer-encoding: chunked']],
  [...PSEUDO, ['x', 'y\rtransfer-encoding: chunked']],
  [...PSEUDO, ['x', 'y\x00z']],
  [...PSEUDO, [`x: y${LINE}transfer-encoding`, 'chunked']],
  [...PSEUDO, ['transfer-encoding:', 'chunked']],
  [...PSEUDO, ['x y', 'z']],
  [...PSEUDO, ['Transfer-Encoding', 'chunked']],
  [...PSEUDO, ['', 'x']],
  [...instead(':path', `/${BREAK}`)],
  [...instead(':path', '/ HTTP/1.1')],
  [...instead(':path', '/\x00')],
  [...instead(':method', `GET /smuggled HTTP/1.1${LINE}x:`)],
  [...instead(':method', 'GET /')],
  [...instead(':authority', `node.example${LINE}transfer-encoding: chunked`)],
  [...instead(':scheme', `http${LINE}x`)],
  [...PSEUDO, [':path', '/smuggled']],
  [...PSEUDO, ['host', 'other.example']],
];

/** The same in HTTP/2 with prior knowledge (RFC 9113 §8.2.1, §8.1.1): what must not become HTTP/1.1 as it is. */
export const SMUGGLED_HTTP2: readonly Buffer[] = FIELDS.map((fields) =>
  Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame(4, 0, 0, Buffer.alloc(0)),
    frame(1, 4, 1, Buffer.concat(fields.map(literal))),
    frame(0, 1, 1, Buffer.from(CHUNKED_END, 'latin1')),
  ]),
);

/** A proxy that waits for more says nothing: after this nobody waits with it. */
const PATIENCE_MS = 300;

/** Sends bytes, and waits for the beginning of an answer or the end of the connection. */
export function throwAt(port: number, bytes: Buffer): Promise<void> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    const end = (): void => void socket.destroy();
    socket.once('data', (heard) => (heard[3] === 4 ? undefined : end()));
    socket.on('error', end).once('close', () => {
      clearTimeout(timer);
      done();
    });
  });
}

/** What one reader and another could take differently in what arrived on a connection, and requests that no proxy let pass; empty: all is well. */
export function ambiguities(wire: string): readonly string[] {
  const found: string[] = [];
  let rest = wire;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return found; // cut off: the proxy gave up
    const head = rest.slice(0, end);
    const [first = '', ...lines] = head.split('\r\n');
    const bad = (why: string): void => void found.push(`${why}: ${JSON.stringify(head)}`);
    if (!/^[A-Z]+ [!-~]+ HTTP\/1\.1$/.test(first)) bad('first line');
    if (lines.some((line) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*[\t\x20-\x7e\x80-\xff]*$/.test(line))) bad('a field');
    const values = (name: string): readonly string[] =>
      lines.flatMap((line) => (line.slice(0, line.indexOf(':')).toLowerCase() === name ? [line.slice(line.indexOf(':') + 1).trim()] : []));
    const [length, coding] = [values('content-length'), values('transfer-encoding')];
    if (length.length + coding.length > 1 || (length[0] !== undefined && !/^\d+$/.test(length[0])) || (coding[0] !== undefined && coding[0] !== 'chunked'))
      bad('framing');
    if (values('host').length !== 1) bad('host');
    if (values('x-request-id').length !== 1) bad('not let pass by a proxy');
    if (found.length > 0) return found;
    const body = rest.slice(end + 4);
    const size = coding[0] === undefined ? Number(length[0] ?? 0) : chunkedSize(body);
    if (size === undefined) bad('chunks');
    if (size === undefined || size > body.length) return found;
    rest = body.slice(size);
  }
  return found;
}

/** How long a chunked body is, strictly (RFC 9112 §7.1); Infinity: it goes on; undefined: it is none. */
function chunkedSize(text: string): number | undefined {
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at);
    if (end < 0) return Number.POSITIVE_INFINITY;
    if (!/^[0-9a-fA-F]{1,8}$/.test(text.slice(at, end))) return undefined;
    const size = Number.parseInt(text.slice(at, end), 16);
    const next = end + 2 + size;
    if (next + 2 > text.length) return Number.POSITIVE_INFINITY;
    if (text.slice(next, next + 2) !== '\r\n' && size > 0) return undefined;
    if (size === 0) {
      const trailers = text.indexOf('\r\n\r\n', end);
      return trailers < 0 ? Number.POSITIVE_INFINITY : trailers + 4;
    }
    at = next + 2;
  }
}
