// S7, the basics: with outbound mode RegisteredOnly an outside name that nobody registered is refused, with a reason where it is HTTP.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { greetingOrigin, httpOrigin, type Origin } from '../kit/origin.ts';
import { toldBy } from '../kit/reason.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let customer: Customer;
let origin: Origin;
let mail: Origin;

function outbound(mode: string): unknown {
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'Mesh', metadata: { name: 'default' }, spec: { outbound: { mode } } };
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  // An address of loopback that is not local to the application's namespace is captured like any outside one.
  origin = await httpOrigin('outside', { host: '127.0.0.1', port: 0 });
  mail = await greetingOrigin('220 ready\r\n');
  await mesh.apply([
    outbound('RegisteredOnly'),
    {
      apiVersion: 'weft.dev/v1alpha1',
      kind: 'ExternalService',
      metadata: { name: 'known', namespace: 'shop' },
      spec: {
        hosts: ['known.example'],
        ports: [{ name: 'http', port: 80, targetPort: origin.port, appProtocol: 'http' }],
        resolution: 'Static',
        addresses: ['127.0.0.1'],
      },
    },
  ]);
  customer = await Customer.start(mesh, { namespace: 'shop' });
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  for (const each of [origin, mail]) await each[Symbol.asyncDispose]();
});

test('S7 what is registered is reached by its name', async () => {
  expect((await customer.until('http://known.example/', ({ status }) => status === 200)).body).toContain('"outside"');
});

test('S7 HTTP to anything else is answered with the reason', async () => {
  const answer = await customer.get('http://203.0.113.7/');
  expect([answer.status, toldBy(answer.headers)]).toEqual([502, 'no-route; host=203.0.113.7']);
  expect(answer.body).toContain('ExternalService');
});

test('S7 other connections are closed', async () => {
  for (const port of [443, 25]) expect(await customer.talk('203.0.113.7', port)).toMatchObject({ status: 0, body: 'closed' });
});
