// An application that does what its path says, for tests of what a mesh does about it. Counts requests by key (the last segment).
import { createServer } from 'node:http';
import { pipeline, Readable } from 'node:stream';

const NAME = process.env.LAB_NAME ?? 'lab';
const counts = new Map();

function counted(key) {
  const n = (counts.get(key) ?? 0) + 1;
  counts.set(key, n);
  return n;
}

const later = (ms) => new Promise((done) => setTimeout(done, ms));

const PIECE = Buffer.alloc(16_384, 'x');

function* pieces(bytes) {
  for (let left = bytes; left > 0; left -= PIECE.length) yield PIECE.subarray(0, left);
}

const ACTS = {
  /** /delay/MS: answers after MS. */
  delay: async (_q, r, [ms]) => {
    await later(Number(ms));
    r.end(`${NAME} late`);
  },
  /** /slow/N/MS/KEY: the first N requests of the key take MS. */
  slow: async (_q, r, [n, ms, key]) => {
    if (counted(key) <= Number(n)) await later(Number(ms));
    r.end(`${NAME} done`);
  },
  /** /flaky/N/STATUS/KEY: the first N requests of the key get STATUS. `h` in the query is a header of these, `ms` how long they take. */
  flaky: async (q, r, [n, status, key]) => {
    const { searchParams } = new URL(q.url, 'http://x');
    const extra = searchParams.get('h');
    await later(Number(searchParams.get('ms') ?? 0));
    r.statusCode = counted(key) <= Number(n) ? Number(status) : 200;
    if (extra !== null && r.statusCode !== 200) r.setHeader(extra.split(':')[0], extra.split(':')[1] ?? '1');
    r.end(`${NAME} ${r.statusCode}`);
  },
  /** /unless/VERSION/STATUS: STATUS from the instances of that version, 200 from all others. */
  unless: (_q, r, [version, status]) => {
    r.statusCode = NAME.endsWith(version) ? Number(status) : 200;
    r.end(NAME);
  },
  /** /deaf/VERSION: instances of that version take no connection from now on. */
  deaf: (_q, r, [version]) => {
    r.setHeader('connection', 'close');
    r.end(NAME);
    if (!NAME.endsWith(version)) return;
    server.close();
    setImmediate(() => server.closeIdleConnections());
  },
  /** /first/MS/OTHER/KEY: the first request of the key takes MS, all others OTHER. */
  first: async (_q, r, [first, other, key]) => {
    const n = counted(key);
    await later(Number(n === 1 ? first : other));
    r.end(`${NAME} try ${n}`);
  },
  /** /break/N/KEY: the connection of the first N requests breaks. */
  break: (q, r, [n, key]) => {
    if (counted(key) <= Number(n)) q.socket.destroy();
    else r.end(`${NAME} whole`);
  },
  /** /grpc/N/STATUS/KEY: the first N calls of the key end with that gRPC status, in HTTP/1.1 words. */
  grpc: (_q, r, [n, status, key]) => {
    r.setHeader('content-type', 'application/grpc');
    r.setHeader('grpc-status', counted(key) <= Number(n) ? status : '0');
    r.end();
  },
  /** /drip/N/MS: N pieces, MS apart, the first one at once. */
  drip: async (_q, r, [n, ms]) => {
    for (let i = 0; i < Number(n); i++) {
      r.write(`piece ${i}\n`);
      await later(Number(ms));
    }
    r.end();
  },
  /** /bytes/N: N bytes, as fast as they are taken and without holding them. */
  bytes: (_q, r, [n]) => pipeline(Readable.from(pieces(Number(n))), r.setHeader('content-length', n), () => undefined),
  /** /count/KEY: how many requests of the key came. */
  count: (_q, r, [key]) => r.end(String(counts.get(key) ?? 0)),
  /** /headers: what arrived. */
  headers: (q, r) => r.end(JSON.stringify(q.headers)),
};

const server = createServer((q, r) => {
  const [act = '', ...rest] = new URL(q.url, 'http://x').pathname.slice(1).split('/');
  const known = ACTS[act];
  if (known === undefined) r.end(`${NAME} ${q.method} ${q.url}`);
  else Promise.resolve(known(q, r, rest)).catch(() => r.destroy());
});
// Node ends a connection after five seconds without a request, and a proxy that uses it at that moment counts a try that never came here.
server.keepAliveTimeout = 300_000;
server.listen(Number(process.env.LAB_PORT ?? 8080));
process.on('SIGTERM', () => process.exit(0));
