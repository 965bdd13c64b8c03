// X2: Lua scripts in the way of requests, where they leave and where they arrive; a script that Envoy cannot load stays away from proxies.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { needs } from '../kit/require.ts';
import { eventually, routeDocument, serviceDocument, startApp } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);
const URL = 'http://checkout.shop.mesh';

function extension(name: string, inline: string, spec: object): unknown {
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'ExtensionPolicy', metadata: { name, namespace: 'shop' }, spec: { ...spec, lua: { inline } } };
}

const SERVICE = { targetRefs: [{ kind: 'Service', name: 'checkout' }] };
const onRequest = (body: string): string => `function envoy_on_request(handle)\n${body}\nend`;

describe.skipIf(skip)('X2 Lua', () => {
  let mesh: TestMesh;
  let customer: Customer;

  beforeAll(async () => {
    mesh = TestMesh.open();
    await mesh.up();
    const rules = [
      { name: 'pay', matches: [{ path: { value: '/pay' } }], backendRefs: [{ name: 'checkout', port: 80 }] },
      { name: 'rest', backendRefs: [{ name: 'checkout', port: 80 }] },
    ];
    await mesh.apply([serviceDocument('checkout', { app: 'checkout' }), routeDocument('checkout', 'checkout', rules)]);
    await startApp(mesh, { service: 'checkout' });
    customer = await Customer.start(mesh, { namespace: 'shop' });
  });
  afterAll(() => mesh[Symbol.asyncDispose]());

  const refusals = async (): Promise<number> => (await mesh.call<{ counters: { refusals: number } }>('/weft/v1/status')).counters.refusals;
  const programmed = (name: string, good: (message: string) => boolean): Promise<string> =>
    eventually(`Programmed of ${name}`, async () => {
      const path = `/apis/weft.dev/v1alpha1/namespaces/shop/extensionpolicies/${name}`;
      const { status } = await mesh.call<{ status?: { conditions?: readonly { type: string; message: string }[] } }>(path);
      return status?.conditions?.find(({ type, message }) => type === 'Programmed' && good(message))?.message;
    });

  test('acts on the rule that it names, and on no other', async () => {
    const rule = { targetRefs: [{ kind: 'HTTPRoute', name: 'checkout', sectionName: 'pay' }] };
    await mesh.apply([extension('stamp', onRequest("handle:headers():add('x-stamp', 'pay')"), rule)]);
    const stamped = await customer.until(`${URL}/pay`, ({ body }) => body.includes('x-stamp'));
    expect(stamped.body).toContain('"x-stamp":"pay"');
    expect((await customer.get(`${URL}/other`)).body).not.toContain('x-stamp');
  });

  test('several at one place act one after the other, each with globals of its own', async () => {
    const script = (word: string): string => `word = "${word}"\n${onRequest("handle:headers():add('x-order', word)")}\n`;
    await mesh.apply([extension('b', script('one'), { ...SERVICE, order: 1 }), extension('a', script('two'), { ...SERVICE, order: 2 })]);
    const answer = await customer.until(`${URL}/other`, ({ body }) => body.includes('one') && body.includes('two'));
    expect(answer.body).toContain('"x-order":"one, two"');
    expect(await programmed('a', (message) => message.startsWith('1 of 1'))).toBe('1 of 1 proxies run it');
  });

  test('answers itself, and on responses', async () => {
    const script = `${onRequest("if handle:headers():get(':path') == '/teapot' then handle:respond({[':status'] = '418'}, 'short') end")}
function envoy_on_response(handle) handle:headers():add('x-seen', 'yes') end`;
    await mesh.apply([extension('b', script, SERVICE)]);
    expect((await customer.until(`${URL}/teapot`, ({ status }) => status === 418)).body).toBe('short');
    expect((await customer.get(`${URL}/other`)).headers['x-seen']).toBe('yes');
  });

  test('that cannot be loaded is refused with Envoy’s words, and what was there before stays', async () => {
    await mesh.apply([extension('b', 'function envoy_on_request(handle) en', SERVICE)]);
    expect(await programmed('b', (message) => message.includes('refused'))).toMatch(/shop\/b:1: '=' expected near '<eof>'.*last accepted version/);
    expect((await customer.get(`${URL}/teapot`)).status).toBe(418);
    await mesh.apply([extension('new', 'os.execute("true")', SERVICE)]);
    expect(await programmed('new', (message) => message.includes('refused'))).toMatch(/attempt to index global 'os'.*run without it/);
    expect(await refusals()).toBe(0);
  });
});
