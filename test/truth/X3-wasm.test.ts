// X3: a Wasm module at the proxy of a workload: it changes requests, is replaced and taken away while connections stay, and one that cannot be
// loaded never gets there. Where nobody asks for one, there is none.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { needs } from '../kit/require.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';
import { wasmModule } from '../kit/wasm-module.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);
const URL = 'http://checkout.shop.mesh/';
const PATH = '/apis/weft.dev/v1alpha1/namespaces/shop/extensionpolicies/module';

function extension(module: Buffer): unknown {
  const spec = { targetRefs: [{ kind: 'Service', name: 'checkout' }], wasm: { module: { inline: module.toString('base64') }, config: { any: 'thing' } } };
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'ExtensionPolicy', metadata: { name: 'module', namespace: 'shop' }, spec };
}

describe.skipIf(skip)('X3 Wasm', () => {
  let mesh: TestMesh;
  let customer: Customer;

  beforeAll(async () => {
    mesh = TestMesh.open();
    await mesh.up();
    await mesh.apply([serviceDocument('checkout', { app: 'checkout' })]);
    await startApp(mesh, { service: 'checkout' });
    customer = await Customer.start(mesh, { namespace: 'shop' });
  });
  afterAll(() => mesh[Symbol.asyncDispose]());

  test('acts where requests arrive, follows its document, and goes with it', async () => {
    expect((await customer.until(URL, ({ status }) => status === 200)).body).not.toContain('x-wasm');
    await mesh.apply([extension(wasmModule('x-wasm', 'one'))]);
    expect((await customer.until(URL, ({ body }) => body.includes('x-wasm'))).body).toContain('"x-wasm":"one"');
    await mesh.apply([extension(wasmModule('x-wasm', 'two'))]);
    expect((await customer.until(URL, ({ body }) => body.includes('two'))).body).toContain('"x-wasm":"two"');
  });

  test('that cannot be loaded is refused with Envoy’s words, and the one before stays', async () => {
    await mesh.apply([extension(Buffer.from('this is no module'))]);
    const told = await eventually('the status', async () => {
      const { status } = await mesh.call<{ status?: { conditions?: readonly { type: string; message: string }[] } }>(PATH);
      return status?.conditions?.find(({ type, message }) => type === 'Programmed' && message.includes('refused'))?.message;
    });
    expect(told).toMatch(/wasm.*last accepted version/i);
    expect((await customer.get(URL)).body).toContain('"x-wasm":"two"');
    await mesh.call(PATH, { method: 'DELETE' });
    expect((await customer.until(URL, ({ body }) => !body.includes('x-wasm'))).status).toBe(200);
    const { counters } = await mesh.call<{ counters: { refusals: number } }>('/weft/v1/status');
    expect(counters.refusals).toBe(0);
  });
});
