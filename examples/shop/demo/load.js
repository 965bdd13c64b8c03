// The shop's customers: a steady open-loop load on http://web.shop.mesh, one request in twenty by an employee. Plain Node, run in
// the mesh like any service. Prints a JSON line with what happened four times a second; a line `probe TEXT` on standard input
// asks for the moment at which an answer first carries `x-release: TEXT`.
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';

const rate = Number(process.env.RATE ?? 100);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
let sent = 0;
let window = fresh();

function fresh() {
  return { requests: 0, failed: 0, split: { v1: 0, v2: 0 }, employee: { v1: 0, v2: 0 }, latencyMs: [], failures: [] };
}

function get(headers) {
  return new Promise((resolve) => {
    const call = request('http://web.shop.mesh/', { agent, headers, timeout: 5000 }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
      answer.on('error', (cause) => resolve({ status: 0, headers: {}, body: String(cause) }));
    });
    call.on('timeout', () => call.destroy(new Error('no answer in 5 s')));
    call.on('error', (cause) => resolve({ status: 0, headers: {}, body: String(cause) }));
    call.end();
  });
}

async function one() {
  const employee = sent++ % 20 === 0;
  const started = performance.now();
  const answer = await get(employee ? { 'x-employee': 'true' } : {});
  window.requests++;
  window.latencyMs.push(Math.round((performance.now() - started) * 10) / 10);
  if (answer.status !== 200) {
    window.failed++;
    window.failures.push(`${answer.status} ${answer.headers['weft-reason'] ?? ''} ${answer.body.slice(0, 120)}`);
    return;
  }
  const { version } = JSON.parse(answer.body);
  (employee ? window.employee : window.split)[version]++;
}

async function probe(text) {
  for (let tries = 0; tries < 5000; tries++) {
    const answer = await get({});
    if (answer.headers['x-release'] === text) return console.log(JSON.stringify({ probe: text, at: performance.timeOrigin + performance.now() }));
  }
  console.log(JSON.stringify({ probe: text, at: null }));
}

const started = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - started) / 1000) * rate);
  while (sent < due) one();
}, 5);
setInterval(() => {
  console.log(JSON.stringify(window));
  window = fresh();
}, 250);
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line.startsWith('probe ')) probe(line.slice(6));
});
process.on('SIGTERM', () => process.exit(0));
