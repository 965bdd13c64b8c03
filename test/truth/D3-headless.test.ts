// D3: headless services. DNS answers the instances; each has a name that leads to exactly that one, over mutual TLS, for HTTP and TCP.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { eventually } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
const instances = new Map<string, Program>();

function source(name: string): string {
  const http = `require('http').createServer((q,r)=>r.end('${name} '+(q.headers['x-forwarded-client-cert']??''))).listen(8080)`;
  return `${http};require('net').createServer(s=>{s.on('error',()=>{});s.write('${name} greets')}).listen(5432)`;
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  const ports = [
    { name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' },
    { name: 'sql', port: 5432, targetPort: 5432, appProtocol: 'tcp' },
  ];
  await mesh.apply([
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db', namespace: 'shop' }, spec: { clusterIP: 'None', selector: { app: 'db' }, ports } },
  ]);
  for (const name of ['0', '1', '2']) {
    const args = ['run', '--service', 'db', '--namespace', 'shop', '--instance', name, '--port', '8080', '--port', '5432'];
    const program = mesh.weft([...args, '--', process.execPath, '-e', source(`db-${name}`)]);
    await program.printed(/ready in/);
    instances.set(name, program);
  }
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

describe.each(['netns', 'relay', 'explicit'])('D3 headless, capture %s', (capture) => {
  let customer: Customer;
  beforeAll(async () => {
    customer = await Customer.start(mesh, { namespace: 'shop', capture, name: `caller-${capture}` });
  });

  test('a name per instance leads to exactly that one, over mutual TLS', async () => {
    for (const name of ['db-0', 'db-1', 'db-2']) {
      const url = `http://${name}.db.shop.mesh/`;
      await customer.until(url, (answer) => answer.status === 200);
      const answers: string[] = [];
      for (let n = 0; n < 10; n++) answers.push((await customer.get(url)).body);
      expect(new Set(answers.map((body) => body.split(' ')[0]))).toEqual(new Set([name]));
      expect(answers[0]).toContain(`URI=spiffe://example.mesh/ns/shop/sa/caller-${capture}`);
      expect((await customer.get(`http://${name}.db.mesh/`)).body).toMatch(new RegExp(`^${name} `));
    }
  });

  // An application that was told of the proxy has a port per service for TCP, and no resolver.
  const resolves = capture !== 'explicit';
  test(resolves ? 'TCP too, also by the address that DNS answers for the whole service' : 'nothing is resolved where nothing is captured', async () => {
    if (!resolves) return expect(await customer.lookup('db.shop.mesh')).toEqual([]);
    const addresses = await eventually('three addresses', async () => {
      const found = await customer.lookup('db.shop.mesh');
      return found.length === 3 ? found : undefined;
    });
    const greetings: string[] = [];
    for (const address of addresses) greetings.push((await customer.talk(address, 5432)).body);
    expect(greetings.sort()).toEqual(['db-0 greets', 'db-1 greets', 'db-2 greets']);
    expect((await customer.talk('db-1.db.shop.mesh', 5432)).body).toBe('db-1 greets');
  });

  test('called as a whole it is answered by an instance', async () => {
    const answer = await customer.until('http://db.shop.mesh/', ({ status }) => status === 200);
    expect(answer.body).toMatch(/^db-[012] /);
  });
});

test('D3 an instance that leaves is no longer named; the others keep their addresses', async () => {
  const customer = await Customer.start(mesh, { namespace: 'shop', name: 'watcher' });
  const before = await eventually('three addresses', async () => {
    const found = await customer.lookup('db.shop.mesh');
    return found.length === 3 ? found : undefined;
  });
  instances.get('1')?.child.kill('SIGTERM');
  const after = await eventually('two addresses', async () => {
    const found = await customer.lookup('db.shop.mesh');
    return found.length === 2 ? found : undefined;
  });
  expect(after.filter((address) => before.includes(address))).toHaveLength(2);
  const gone = await customer.until('http://db-1.db.shop.mesh/', ({ status }) => status !== 200);
  expect(gone.status).toBe(503);
});
