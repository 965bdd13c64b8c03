// D4: a proxy is sent what its workload uses. The first call to anything else works, over the fallback, and is learned.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { eventually, routeDocument, serviceDocument, startApp } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

interface Proxies {
  readonly items: readonly {
    readonly id: string;
    readonly name: string;
    readonly connected: boolean;
    readonly scope: { readonly services: number; readonly of: number };
  }[];
}
interface Learned {
  readonly items: readonly { readonly metadata: { readonly name: string }; readonly spec: { readonly services: readonly string[] } }[];
}

const OTHERS = 40;
let mesh: TestMesh;
let customer: Customer;

const scopeOf = async (start: string): Promise<number> => {
  const { items } = await mesh.call<Proxies>('/weft/v1/proxies');
  return items.find((proxy) => proxy.name.startsWith(start) && proxy.connected)?.scope.services ?? -1;
};
const learned = async (): Promise<readonly string[]> => {
  const { items } = await mesh.call<Learned>('/apis/weft.dev/v1alpha1/namespaces/front/learnedscopes');
  return items.flatMap((each) => each.spec.services);
};
/** Who called, as the application is told. */
const caller = (body: string): string => /URI=([^"\\;,]+)/.exec(body)?.[1] ?? '';

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  const others = Array.from({ length: OTHERS }, (_, n) => serviceDocument(`other-${n}`, { app: `other-${n}` }));
  await mesh.apply([serviceDocument('ledger', { app: 'ledger' }), serviceDocument('vault', { app: 'vault' }), ...others]);
  await startApp(mesh, { service: 'ledger' });
  await startApp(mesh, { service: 'vault' });
  customer = await Customer.start(mesh, { namespace: 'front' });
  await customer.until('http://ledger.shop.mesh/', (answer) => answer.status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

test('without a fallback everybody is sent everything', async () => {
  expect(await scopeOf('customer')).toBeGreaterThan(OTHERS);
  expect(await learned()).toEqual([]);
});

test('with one, a proxy is sent nothing until it calls; the first call works, over the fallback', async () => {
  const fallback = mesh.weft(['gateway', '--fallback', '--port', String(await freePort())]);
  await fallback.printed(/ready in/);
  await eventually('customer scoped', async () => ((await scopeOf('customer')) <= 2 ? true : undefined));
  expect(await scopeOf('fallback')).toBeGreaterThan(OTHERS);
  const first = await customer.get('http://ledger.shop.mesh/first');
  expect(first.status, first.body).toBe(200);
  expect(caller(first.body)).toMatch(/\/ns\/weft-system\/sa\/fallback$/);
});

test('what was called is learned, and the next calls go straight there, as the caller itself', async () => {
  await eventually('learned', async () => ((await learned()).includes('shop/ledger') ? true : undefined));
  const direct = await customer.until('http://ledger.shop.mesh/again', (answer) => caller(answer.body).endsWith('/ns/front/sa/customer'));
  expect(caller(direct.body)).toMatch(/\/ns\/front\/sa\/customer$/);
  expect(await learned()).toEqual(['shop/ledger']);
  expect(await scopeOf('customer')).toBe(2);
  const { stdout } = await mesh.run(['proxies', '-A', '--server', mesh.api.url]);
  expect(stdout).toMatch(/customer-\S+.*2 of \d+ svcs/);
});

describe('where a policy asks who calls, the fallback is nobody', () => {
  const policy = (service: string, action: string, account: string) => ({
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name: service, namespace: 'shop' },
    spec: { targetRefs: [{ kind: 'Service', name: service }], action, rules: [{ from: [{ source: { serviceAccounts: [account] } }] }] },
  });

  test('who may call is told of the service at once, and calls as itself', async () => {
    await mesh.apply([serviceDocument('safe', { app: 'safe' }), policy('safe', 'ALLOW', 'front/customer')]);
    await startApp(mesh, { service: 'safe' });
    const answer = await customer.until('http://safe.shop.mesh/', ({ status }) => status === 200);
    expect(caller(answer.body)).toMatch(/\/ns\/front\/sa\/customer$/);
    expect(await learned()).not.toContain('shop/safe');
  });

  test('who may not does not get in by way of it, allowed or denied by name', async () => {
    await mesh.apply([serviceDocument('other', { app: 'other' }), policy('other', 'ALLOW', 'front/somebody')]);
    await mesh.apply([serviceDocument('shut', { app: 'shut' }), policy('shut', 'DENY', 'front/customer')]);
    await startApp(mesh, { service: 'other' });
    await startApp(mesh, { service: 'shut' });
    for (const [name, says] of [
      ['other', 'weft/over-the-fallback'],
      ['shut', 'shop/shut'],
    ]) {
      const answer = await customer.until(`http://${name}.shop.mesh/`, ({ status }) => status === 403);
      expect([answer.status, answer.headers['weft-reason']]).toEqual([403, expect.stringContaining(`authz-denied; policy=${says}`)]);
    }
  });
});

test('routes hold on the first call too', async () => {
  const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-routed', value: 'yes' }] } }];
  await mesh.apply([routeDocument('vault', 'vault', [{ filters, backendRefs: [{ name: 'vault', port: 80 }] }])]);
  const first = await customer.until('http://vault.shop.mesh/', (answer) => answer.headers['x-routed'] === 'yes');
  expect([first.status, first.headers['x-routed']]).toEqual([200, 'yes']);
});

test('a name that no service has is refused as ever', async () => {
  const answer = await customer.get('http://nobody.shop.mesh/');
  expect(answer.status, JSON.stringify(answer)).toBe(503);
  expect(answer.headers['weft-reason'] ?? answer.body).toMatch(/no-route|no service/);
});

test('forgetting is deleting a document; it is learned again', async () => {
  // Again, should the fallback tell of a call of before only now.
  await eventually('forgotten', async () => {
    await mesh.call('/apis/weft.dev/v1alpha1/namespaces/front/learnedscopes/customer', { method: 'DELETE' });
    // the fallback, and two services whose policies ask who calls
    return (await scopeOf('customer')) === 3 ? true : undefined;
  });
  // What the control plane has sent, the proxy may not run yet: until it does, calls go straight to the service and teach nobody.
  const over = await customer.until('http://ledger.shop.mesh/', (answer) => caller(answer.body).endsWith('/sa/fallback'));
  expect([over.status, caller(over.body)]).toEqual([200, expect.stringMatching(/\/ns\/weft-system\/sa\/fallback$/)]);
  await eventually('learned again', async () => ((await learned()).includes('shop/ledger') ? true : undefined));
});
