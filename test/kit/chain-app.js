// A service of a chain: asked for /c/NEXT[/NEXT…], it asks the next one for the rest and answers what came of it. What it passes on of the headers of a
// request is CHAIN_PASSES: `w3c`, `b3` (what a tracer of Zipkin's makes of it), `id` (x-request-id alone) or `none`. It counts what it was asked.
import { createServer, get } from 'node:http';

const PASSES = { w3c: ['traceparent', 'tracestate'], b3: ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled'], id: ['x-request-id'], none: [] };
const passes = PASSES[process.env.CHAIN_PASSES ?? 'none'] ?? [];
const later = (ms) => new Promise((done) => setTimeout(done, ms));

function passed(headers) {
  return Object.fromEntries(passes.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}

function ask(url, headers) {
  return new Promise((done) => {
    get(url, { headers }, (r) => {
      r.resume();
      r.on('end', () => done(r.statusCode));
    }).on('error', () => done(599));
  });
}

const server = createServer(async (q, r) => {
  const { pathname, search } = new URL(q.url, 'http://x');
  const [, , next, ...rest] = pathname.split('/');
  await later(Number(process.env.CHAIN_MS ?? 1));
  if (next !== undefined && next !== '') r.statusCode = await ask(`http://${next}.shop.mesh/${['c', ...rest].join('/')}${search}`, passed(q.headers));
  r.setHeader('x-saw', JSON.stringify({ traceparent: q.headers.traceparent, b3: q.headers['x-b3-traceid'], id: q.headers['x-request-id'] }));
  r.end('ok');
});
server.keepAliveTimeout = 60_000;
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
