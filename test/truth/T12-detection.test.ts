// T12: what a port speaks, when nobody declared it, is found out before anybody calls, and shown; a server that speaks first is not kept waiting.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { eventually } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const HTTP1 = `require('http').createServer((q,r)=>r.end(JSON.stringify({version:q.httpVersion,id:q.headers['x-request-id']??''}))).listen(8080)`;
const HTTP2 = `require('http2').createServer((q,r)=>r.end(JSON.stringify({version:q.httpVersion,id:q.headers['x-request-id']??''}))).listen(8080)`;
const GREETS = `require('net').createServer(s=>{s.on('error',()=>{});s.write('5.7.0-weft ready');s.on('data',d=>s.write('heard '+d))}).listen(8080)`;
const LISTENS = `require('net').createServer(s=>{s.on('error',()=>{});s.on('data',d=>s.write('heard '+d))}).listen(8080)`;
const SERVERS = { web: HTTP1, rpc: HTTP2, sql: GREETS, cache: LISTENS };

let mesh: TestMesh;
let customer: Customer;

function service(name: string): unknown {
  const ports = [{ name: 'main', port: 80, targetPort: 8080 }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec: { selector: { app: name }, ports } };
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply(Object.keys(SERVERS).map(service));
  for (const [name, source] of Object.entries(SERVERS)) {
    const program = mesh.weft(['run', '--service', name, '--namespace', 'shop', '--port', '8080', '--', process.execPath, '-e', source]);
    await program.printed(/ready in/);
  }
  customer = await Customer.start(mesh, { namespace: 'shop' });
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

async function shown(name: string): Promise<string> {
  return eventually(`the protocol of ${name}`, async () => {
    const document = await mesh.call<{ status?: { ports?: { protocol: string; source: string }[] } }>(`/api/v1/namespaces/shop/services/${name}`);
    const port = document.status?.ports?.[0];
    return port === undefined || port.source === 'Assumed' ? undefined : `${port.protocol} ${port.source}`;
  });
}

test('T12 what was found is in the status of the Service, in `weft get services -o wide` and `weft describe`', async () => {
  const found = await Promise.all(Object.keys(SERVERS).map(async (name) => `${name}: ${await shown(name)}`));
  expect(found).toEqual(['web: http Detected', 'rpc: h2c Detected', 'sql: tcp Detected', 'cache: tcp Detected']);
  const { stdout } = await mesh.run(['get', 'services', '-n', 'shop', '-o', 'wide']);
  expect(stdout).toMatch(/^web .* http +Detected /m);
  expect((await mesh.run(['describe', 'service', 'rpc', '-n', 'shop'])).stdout).toMatch(/h2c \(detected\)/);
});

test('T12 HTTP is treated as HTTP: requests get an id, and HTTP/2 reaches a server that speaks nothing else', async () => {
  const web = await customer.until('http://web.shop.mesh/', (answer) => answer.status === 200);
  expect(JSON.parse(web.body)).toMatchObject({ version: '1.1', id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
  const rpc = await customer.until('http://rpc.shop.mesh/', (answer) => answer.status === 200);
  expect(JSON.parse(rpc.body)).toMatchObject({ version: '2.0', id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
});

test('T12 a server that speaks first is heard before its client has said a word; one that waits is answered', async () => {
  const greeting = await eventually('the greeting', async () => {
    const answer = await customer.talk('sql.shop.mesh', 80);
    return answer.status === 1 ? answer : undefined;
  });
  expect(greeting.body).toBe('5.7.0-weft ready');
  expect((await customer.talk('cache.shop.mesh', 80, 'PING')).body).toBe('heard PING');
  const times: number[] = [];
  for (let n = 0; n < 20; n++) times.push((await customer.talk('sql.shop.mesh', 80)).ms);
  console.info(`greeting after ${times.sort((a, b) => a - b)[10]?.toFixed(1)} ms (median of 20)`);
});

test('T12 declaring the protocol ends the guessing', async () => {
  const spec = { selector: { app: 'web' }, ports: [{ name: 'main', port: 80, targetPort: 8080, appProtocol: 'tcp' }] };
  await mesh.apply([{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec }]);
  const answer = await customer.until('http://web.shop.mesh/', ({ status, body }) => status === 200 && !body.includes('-'));
  expect(JSON.parse(answer.body)).toEqual({ version: '1.1', id: '' });
});
