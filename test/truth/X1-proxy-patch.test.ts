// X1: a JSON patch of named Envoy resources, checked by the real Envoy before any proxy sees it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { needs } from '../kit/require.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);

type Condition = { readonly type: string; readonly status: string; readonly message: string };

function patch(name: string, patches: readonly unknown[], spec: object = { selector: { app: 'customer' } }): unknown {
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'ProxyPatch', metadata: { name, namespace: 'shop' }, spec: { ...spec, patches } };
}

const TABLE = { type: 'routes', name: 'checkout.shop.mesh:80' };
const header = (value: string) => ({ header: { key: 'x-patched', value }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' });
const addHeader = (value: string) => ({ op: 'add', path: '/virtual_hosts/0/response_headers_to_add', value: [header(value)] });

describe.skipIf(skip)('X1 proxy patch', () => {
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

  const conditionsOf = async (name: string): Promise<readonly Condition[]> => {
    const found = await mesh.call<{ status?: { conditions?: readonly Condition[] } }>(`/apis/weft.dev/v1alpha1/namespaces/shop/proxypatches/${name}`);
    return found.status?.conditions ?? [];
  };
  const condition = (name: string, type: string, good: (one: Condition) => boolean): Promise<Condition> =>
    eventually(`${type} of ${name}`, async () => (await conditionsOf(name)).find((one) => one.type === type && good(one)));

  /** How often a proxy has refused anything. */
  const refusals = async (): Promise<number> => (await mesh.call<{ counters: { refusals: number } }>('/weft/v1/status')).counters.refusals;
  const proxyOf = async (app: string): Promise<string> => {
    const { items } = await mesh.call<{ items: readonly { id: string; identity: string }[] }>('/weft/v1/proxies');
    return items.find(({ identity }) => identity.endsWith(`/${app}`))?.id ?? '';
  };

  test('changes what it names, for the proxies it is for, and says who did it', async () => {
    await mesh.apply([patch('header', [{ resource: TABLE, operations: [addHeader('one')] }])]);
    const answer = await customer.until('http://checkout.shop.mesh/', ({ headers }) => headers['x-patched'] === 'one');
    expect(answer.headers['x-patched']).toBe('one');
    expect((await condition('header', 'Programmed', ({ status }) => status === 'True')).message).toBe('1 of 1 proxies run it');
    const { items } = await mesh.call<{ items: readonly { name: string; origins: readonly { kind: string; path: string }[] }[] }>(
      `/weft/v1/proxies/${await proxyOf('customer')}/resources`,
    );
    expect(items.find(({ name }) => name === TABLE.name)?.origins).toContainEqual(
      expect.objectContaining({ kind: 'ProxyPatch', path: 'spec.patches[0].operations' }),
    );
  });

  test('follows its document: another content, and none', async () => {
    await mesh.apply([patch('header', [{ resource: TABLE, operations: [addHeader('two')] }])]);
    expect((await customer.until('http://checkout.shop.mesh/', ({ headers }) => headers['x-patched'] === 'two')).headers['x-patched']).toBe('two');
    await mesh.call('/apis/weft.dev/v1alpha1/namespaces/shop/proxypatches/header', { method: 'DELETE' });
    const bare = await customer.until('http://checkout.shop.mesh/', ({ headers }) => headers['x-patched'] === undefined);
    expect(bare.status).toBe(200);
    expect(bare.headers['x-patched']).toBeUndefined();
  });

  test('that Envoy refuses stays away from proxies, with Envoy’s words on the document', async () => {
    const regex = { op: 'replace', path: '/virtual_hosts/0/routes/0/match', value: { safe_regex: { regex: '(' } } };
    await mesh.apply([patch('bad', [{ resource: TABLE, operations: [regex] }])]);
    const told = await condition('bad', 'Programmed', ({ message }) => message.includes('refused'));
    expect(told.message).toContain('missing )');
    expect((await customer.get('http://checkout.shop.mesh/')).status).toBe(200);
    expect(await refusals()).toBe(0);
  });
});
