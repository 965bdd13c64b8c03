// An application of a test, with nothing but Node: says on 8080 who it is and what it was sent; on 9000 it is told whom to call, once or at a
// rate, and tells how that went. The name of its pod is its answer.
import { Agent, createServer, request } from 'node:http';
import { hostname } from 'node:os';

const kept = new Agent({ keepAlive: true, maxSockets: 8 });
/** Each request looks its host up and connects. */
const anew = new Agent({ keepAlive: false });

/** One request; never rejects. */
function ask(url, headers = {}, agent = kept) {
  return new Promise((resolve) => {
    const began = performance.now();
    const done = (answer) => resolve({ ms: performance.now() - began, ...answer });
    const call = request(url, { agent, headers, timeout: 10_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => (body += piece));
      response.on('end', () => done({ status: response.statusCode, headers: response.headers, body }));
      response.on('error', (error) => done({ status: 0, body: String(error) }));
    });
    call.on('timeout', () => call.destroy(new Error('no answer for 10 s')));
    call.on('error', (error) => done({ status: 0, body: String(error) }));
    call.end();
  });
}

let load;

function start(url, rate, agent) {
  const state = { sent: 0, ok: 0, failed: [], bodies: new Map(), open: 0 };
  const timer = setInterval(async () => {
    state.sent += 1;
    state.open += 1;
    const { status, body } = await ask(url, {}, agent);
    state.open -= 1;
    if (status === 200) state.ok += 1;
    else state.failed.push(`${new Date().toISOString()} ${status} ${body.slice(0, 200)}`);
    const who = status === 200 ? JSON.parse(body).pod : String(status);
    state.bodies.set(who, (state.bodies.get(who) ?? 0) + 1);
  }, 1000 / rate);
  return { state, timer };
}

const told = ({ state }) => ({ ...state, failed: state.failed.slice(0, 20), failures: state.failed.length, bodies: Object.fromEntries(state.bodies) });

async function stop() {
  const { state, timer } = load;
  clearInterval(timer);
  while (state.open > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  return told(load);
}

const control = createServer(async (incoming, response) => {
  const { pathname, searchParams } = new URL(incoming.url, 'http://self');
  const url = searchParams.get('url');
  const answers = {
    '/get': () => ask(url, JSON.parse(searchParams.get('headers') ?? '{}')),
    '/start': () => {
      load = start(url, Number(searchParams.get('rate')), searchParams.get('anew') === 'yes' ? anew : kept);
      return {};
    },
    '/now': () => told(load),
    '/stop': stop,
  };
  const answer = await answers[pathname]?.();
  response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
});
const app = createServer(({ url, headers }, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ pod: hostname(), url, headers }));
});

app.listen(8080);
// whoever asks keeps its connection for as long as it likes
control.keepAliveTimeout = 600_000;
control.listen(9000);
process.on('SIGTERM', () => {
  app.close(() => process.exit(0));
  app.closeIdleConnections();
});
