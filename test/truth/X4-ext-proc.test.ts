// X4: an external processor, a Service of the mesh, asked over mutual TLS: it changes requests and responses, answers itself, and may be away.
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { needs } from '../kit/require.ts';
import { eventually, routeDocument, serviceDocument, startApp } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);
const URL = 'http://checkout.shop.mesh';
const PROCESSOR = join(resolve(import.meta.dirname, '../kit'), 'processor.ts');

function guarded(name: string, targetRefs: readonly unknown[], failOpen: boolean, port = 9000): unknown {
  const spec = { targetRefs, extProc: { service: { name: 'guard', port }, failOpen } };
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'ExtensionPolicy', metadata: { name, namespace: 'shop' }, spec };
}
const SERVICE = [{ kind: 'Service', name: 'checkout' }];

describe.skipIf(skip)('X4 external processor', () => {
  let mesh: TestMesh;
  let customer: Customer;
  let processor: Program;

  beforeAll(async () => {
    mesh = TestMesh.open();
    await mesh.up();
    const guard = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'guard', namespace: 'shop' } };
    const spec = { selector: { app: 'guard' }, ports: [{ name: 'grpc', port: 9000, appProtocol: 'grpc' }] };
    const rules = [
      { name: 'pay', matches: [{ path: { value: '/pay' } }], backendRefs: [{ name: 'checkout', port: 80 }] },
      { name: 'rest', backendRefs: [{ name: 'checkout', port: 80 }] },
    ];
    await mesh.apply([serviceDocument('checkout', { app: 'checkout' }), { ...guard, spec }, routeDocument('checkout', 'checkout', rules)]);
    const run = ['run', '--service', 'guard', '--namespace', 'shop', '--port', '9000', '--protocol', 'grpc', '--', process.execPath, PROCESSOR];
    processor = mesh.weft(run);
    await Promise.all([processor.printed(/processor is ready/), processor.printed(/ready in/)]);
    await startApp(mesh, { service: 'checkout' });
    customer = await Customer.start(mesh, { namespace: 'shop' });
  });
  afterAll(() => mesh[Symbol.asyncDispose]());

  const refusals = async (): Promise<number> => (await mesh.call<{ counters: { refusals: number } }>('/weft/v1/status')).counters.refusals;

  test('changes requests and responses where they arrive, and may answer itself', async () => {
    await mesh.apply([guarded('guard', SERVICE, false)]);
    const answer = await customer.until(`${URL}/a`, ({ headers }) => headers['x-guarded'] === 'yes');
    expect([answer.status, answer.headers['x-guarded']]).toEqual([200, 'yes']);
    expect(answer.body).toContain('"x-processed":"/a"');
    const denied = await customer.get(`${URL}/deny`);
    expect([denied.status, denied.body]).toEqual([403, 'denied by guard']);
  });

  test('acts for one rule at the caller, and not for the others', async () => {
    await mesh.call('/apis/weft.dev/v1alpha1/namespaces/shop/extensionpolicies/guard', { method: 'DELETE' });
    await mesh.apply([guarded('pay', [{ kind: 'HTTPRoute', name: 'checkout', sectionName: 'pay' }], false)]);
    expect((await customer.until(`${URL}/pay`, ({ body }) => body.includes('x-processed'))).body).toContain('"x-processed":"/pay"');
    expect((await customer.until(`${URL}/a`, ({ body }) => !body.includes('x-processed'))).headers['x-guarded']).toBeUndefined();
  });

  test('that is away refuses requests, or lets them pass with failOpen', async () => {
    processor.child.kill('SIGTERM');
    const closed = await customer.until(`${URL}/pay`, ({ status }) => status !== 200);
    expect(closed.status).toBe(500);
    expect((await customer.get(`${URL}/a`)).status).toBe(200);
    await mesh.apply([guarded('pay', [{ kind: 'HTTPRoute', name: 'checkout', sectionName: 'pay' }], true)]);
    const open = await customer.until(`${URL}/pay`, ({ status }) => status === 200);
    expect(open.status).toBe(200);
    expect(open.body).not.toContain('x-processed');
    expect(await refusals()).toBe(0);
  });

  test('that does not exist is said', async () => {
    await mesh.apply([guarded('nobody', SERVICE, true, 9001)]);
    const path = '/apis/weft.dev/v1alpha1/namespaces/shop/extensionpolicies/nobody';
    const told = await eventually('the status', async () => {
      const { status } = await mesh.call<{ status?: { conditions?: readonly { message: string }[] } }>(path);
      return status?.conditions?.find(({ message }) => message.includes('WEFT1873'))?.message;
    });
    expect(told).toContain('Service shop/guard has no port 9001');
    expect((await customer.get(`${URL}/a`)).status).toBe(200);
  });
});
