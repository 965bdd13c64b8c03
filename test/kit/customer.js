// A steady open-loop load, run in the mesh as an ordinary service: RATE requests a second to TARGET, every other one on a new
// connection; an answer must be 200 and match EXPECT. `report` on standard input prints what happened since the last report; `get URL [NAME=VALUE…]`,
// `talk HOST PORT [TEXT]` and `tls HOST PORT NAME` print one answer.
import { lookup } from 'node:dns';
import { Agent, request } from 'node:http';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';

const { TARGET = '', RATE = '0', EXPECT = '' } = process.env;
const expected = new RegExp(EXPECT);
// An application that was told of the proxy asks it.
const proxyEnv = process.env;
const kept = new Agent({ keepAlive: true, maxSockets: 64, proxyEnv });
const fresh = () => new Agent({ proxyEnv });
let sent = 0;
let seen = { requests: 0, failed: 0, failures: {} };

function get(url, headers, agent) {
  return new Promise((resolve) => {
    const call = request(url, { agent, headers, timeout: 10_000 }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
      answer.on('error', (cause) => resolve({ status: 0, headers: {}, body: String(cause) }));
    });
    call.on('timeout', () => call.destroy(new Error('no answer in 10 s')));
    call.on('error', (cause) => resolve({ status: 0, headers: {}, body: String(cause) }));
    call.end();
  });
}

async function one() {
  const answer = await get(TARGET, {}, sent++ % 2 === 0 ? kept : fresh());
  seen.requests++;
  if (answer.status === 200 && expected.test(answer.body)) return;
  seen.failed++;
  const why =
    answer.status === 200
      ? `wrong answer: ${answer.body.slice(0, 100)}`
      : `${answer.status} ${answer.headers['weft-reason']?.replace(/; request=.*$/, '') ?? answer.body.slice(0, 100)}`;
  seen.failures[why] = (seen.failures[why] ?? 0) + 1;
}

/** `NAME=VALUE`, where a value may have more of them. */
const headersOf = (pairs) => Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));

/**
 * COUNT requests, at most WIDTH at a time, on kept connections: how many answers there were by the first words of what was said (or
 * by status and reason), and the last answer's headers. `{n}` in a header's value or the URL is the number of the request.
 */
async function many(count, width, url, headers) {
  const agent = new Agent({ keepAlive: true, maxSockets: width, proxyEnv });
  const counts = {};
  const order = [];
  let next = 0;
  let last = {};
  const numbered = (text, n) => text.replaceAll('{n}', String(n));
  const worker = async () => {
    for (let n = next++; n < count; n = next++) {
      const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, numbered(value, n)]));
      const answer = await get(numbered(url, n), own, agent);
      const said =
        answer.status === 200
          ? answer.body.split(' ').slice(0, 2).join(' ')
          : `${answer.status} ${answer.headers['weft-reason']?.replace(/; request=.*$/, '') ?? answer.body.slice(0, 80)}`;
      counts[said] = (counts[said] ?? 0) + 1;
      order[n] = said;
      last = answer.headers;
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  agent.destroy();
  return { counts, order: count <= 400 ? order : [], headers: last };
}

/** What a server on a TCP port says: on its own, or to `text`. Status 1 = it said something, 0 = it did not, with the reason as body. */
function talk(host, port, text) {
  return new Promise((resolve) => {
    const begun = performance.now();
    const socket = createConnection(Number(port), host);
    const end = (status, body) => {
      socket.destroy();
      resolve({ status, headers: {}, body, ms: performance.now() - begun, address: socket.remoteAddress });
    };
    if (text !== undefined) socket.write(text);
    socket.setTimeout(10_000, () => end(0, 'silent for 10 s'));
    socket.on('data', (chunk) => end(1, chunk.toString('latin1')));
    socket.on('close', () => end(0, 'closed'));
    socket.on('error', (cause) => end(0, String(cause)));
  });
}

/** A request over TLS of its own to `host:port`, for the server name `name`; certificates are not looked at. */
function overTls(host, port, name) {
  return new Promise((resolve) => {
    let body = '';
    const end = () => resolve({ status: body === '' ? 0 : 1, headers: {}, body: body === '' ? 'closed' : body.slice(body.indexOf('\r\n\r\n') + 4) });
    const socket = connectTls({ host, port: Number(port), servername: name, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, () =>
      socket.write(`GET / HTTP/1.1\r\nhost: ${name}\r\nconnection: close\r\n\r\n`),
    );
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      body += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', end);
  });
}

const started = performance.now();
if (Number(RATE) > 0) {
  setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1000) * Number(RATE));
    while (sent < due) one();
  }, 5);
}
createInterface({ input: process.stdin }).on('line', async (line) => {
  const [verb, url, ...pairs] = line.split(' ');
  if (verb === 'report') {
    console.log(`report ${JSON.stringify(seen)}`);
    seen = { requests: 0, failed: 0, failures: {} };
  } else if (verb === 'lookup') {
    lookup(url, { all: true, family: 4 }, (_, found) => console.log(`answer ${JSON.stringify({ body: (found ?? []).map((each) => each.address).join(' ') })}`));
  } else if (verb === 'env') {
    console.log(`answer ${JSON.stringify({ body: process.env[url] ?? '' })}`);
  } else if (verb === 'talk') {
    console.log(`answer ${JSON.stringify(await talk(url, ...pairs))}`);
  } else if (verb === 'tls') {
    console.log(`answer ${JSON.stringify(await overTls(url, ...pairs))}`);
  } else if (verb === 'many') {
    const [width, target, ...rest] = pairs;
    console.log(`answer ${JSON.stringify(await many(Number(url), Number(width), target, headersOf(rest)))}`);
  } else if (verb === 'get') {
    console.log(`answer ${JSON.stringify(await get(url, headersOf(pairs), fresh()))}`);
  }
});
console.log('customer is ready');
process.on('SIGTERM', () => process.exit(0));
