// A program in the mesh that calls what it is told to: one JSON request per line of standard input, one JSON answer per line.
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const kept = new Agent({ keepAlive: true, maxSockets: 512 });

function once({ method = 'GET', url, headers = {}, body = '', fresh = false }) {
  return new Promise((resolve) => {
    const began = performance.now();
    const call = request(url, { method, headers, agent: fresh ? false : kept, timeout: 60_000 }, (answer) => {
      let text = '';
      let bytes = 0;
      const done = (end) =>
        resolve({ status: answer.statusCode, headers: answer.headers, body: text.slice(0, 2000), bytes, ms: performance.now() - began, end });
      answer.on('data', (chunk) => {
        bytes += chunk.length;
        if (text.length < 2000) text += chunk;
      });
      answer.on('end', () => done('whole'));
      answer.on('error', (cause) => done(String(cause)));
    });
    call.on('timeout', () => call.destroy(new Error('no answer in 60 s')));
    call.on('error', (cause) => resolve({ status: 0, headers: {}, body: String(cause), bytes: 0, ms: performance.now() - began, end: 'error' }));
    call.end(body);
  });
}

/** `times` requests, so many at a time. `url` and headers may contain `{n}`. */
async function many({ times = 1, atOnce = 1, ...what }) {
  const answers = [];
  const headers = Object.entries(what.headers ?? {});
  let next = 0;
  const worker = async () => {
    while (next < times) {
      const n = next++;
      const numbered = (said) => (Array.isArray(said) ? said.map(numbered) : String(said).replaceAll('{n}', String(n)));
      answers[n] = await once({ ...what, url: numbered(what.url), headers: Object.fromEntries(headers.map(([name, value]) => [name, numbered(value)])) });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, times) }, worker));
  return answers;
}

const sockets = new Map();

/** TCP: opens a connection, says a word when it is open, and another one when it is closed. */
function dial({ name, host, port, say = '' }) {
  return new Promise((resolve) => {
    const began = performance.now();
    const socket = connect(Number(port), host);
    const seen = { open: false, got: '', closed: false, ms: 0 };
    sockets.set(name, { socket, seen });
    socket.on('connect', () => say !== '' && socket.write(say));
    socket.on('data', (chunk) => {
      seen.open = true;
      seen.got += chunk;
      resolve(seen);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      seen.closed = true;
      seen.ms = performance.now() - began;
      resolve(seen);
    });
  });
}

const hangUp = async ({ name }) => {
  sockets.get(name)?.socket.destroy();
  return {};
};
/** When the other side closes it. */
const closed = ({ name }) =>
  new Promise((resolve) => {
    const { socket, seen } = sockets.get(name);
    if (seen.closed) resolve(seen);
    else socket.once('close', () => setImmediate(() => resolve(seen)));
  });

/** What has come so far. */
const heard = async ({ name }) => sockets.get(name).seen;

const VERBS = { many, dial, hangUp, closed, heard };

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, verb, ...what } = JSON.parse(line);
  const answer = await VERBS[verb](what).then(
    (result) => ({ id, result }),
    (cause) => ({ id, failed: String(cause?.stack ?? cause) }),
  );
  console.log(`answer ${JSON.stringify(answer)}`);
});
console.log('caller is ready');
process.on('SIGTERM', () => process.exit(0));
