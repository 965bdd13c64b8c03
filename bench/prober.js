// Runs in the mesh as an ordinary service. Per line on standard input, `HOST[:PORT] PATH MARK`, it asks again and again until an answer carries
// `x-mark: MARK` (`*` = any mark), and prints the moment (epoch milliseconds) with how many answers were not 200.
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function ask(address, path) {
  const [host, port = '80'] = address.split(':');
  return new Promise((resolve) => {
    const call = request({ host, port, path, agent, timeout: 2000 }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode, mark: answer.headers['x-mark'] ?? '' }));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve({ status: 0, mark: '' }));
    call.end();
  });
}

async function until(host, path, mark) {
  let wrong = 0;
  for (let tries = 0; tries < 20_000; tries++) {
    const answer = await ask(host, path);
    if (answer.status !== 200) wrong++;
    if (answer.mark === mark || (mark === '*' && answer.mark !== '')) return { at: performance.timeOrigin + performance.now(), wrong };
    await new Promise((done) => setTimeout(done, answer.status === 200 ? 1 : 5)); // asking must not be what keeps the machine busy
  }
  return { at: null, wrong };
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const [host, path, mark] = line.split(' ');
  console.log(`seen ${JSON.stringify({ mark, ...(await until(host, path, mark)) })}`);
});
console.log('prober is ready');
