// 300 random edits under load, of every kind that decides about traffic: no request fails, and none gets a wrong answer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { POLICY_KINDS, randomPolicy, randomRoute } from '../kit/edits.ts';
import { eventually, routeDocument, serviceDocument, startApp } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const EDITS = Number(process.env['WEFT_TEST_EDITS'] ?? 300);
let mesh: TestMesh;

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([
    serviceDocument('ledger', { app: 'ledger' }),
    serviceDocument('ledger-v1', { app: 'ledger', version: 'v1' }),
    serviceDocument('ledger-v2', { app: 'ledger', version: 'v2' }),
  ]);
  await startApp(mesh, { service: 'ledger', version: 'v1' });
  await startApp(mesh, { service: 'ledger', version: 'v2' });
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

/** Numbers that can be had again: WEFT_SEED names them, and a failure says which they were. */
const seed = Number(process.env['WEFT_SEED'] ?? Date.now() % 1_000_000);
let state = seed;
const dice = (sides: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * sides);
};

const plural = (kind: string): string => `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
const policies = new Set<string>();

async function editPolicy(): Promise<string> {
  const kind = POLICY_KINDS[dice(POLICY_KINDS.length)] ?? '';
  const document = randomPolicy(dice, kind);
  const path = `/apis/weft.dev/v1alpha1/namespaces/shop/${plural(kind)}/${document.metadata.name}`;
  if (policies.has(path) && dice(3) === 0) {
    await mesh.call(path, { method: 'DELETE' });
    policies.delete(path);
    return `delete ${path}`;
  }
  await mesh.apply([document]);
  policies.add(path);
  return JSON.stringify(document);
}

/** A service comes and the route moves to it, then away, and the service goes. */
async function swapService(n: number): Promise<string> {
  const name = `ledger-n${n}`;
  await mesh.apply([serviceDocument(name, { app: 'ledger' }), routeDocument('ledger', 'ledger', [{ backendRefs: [{ name, port: 80 }] }])]);
  await mesh.apply([randomRoute(dice)]);
  await mesh.call(`/api/v1/namespaces/shop/services/${name}`, { method: 'DELETE' });
  return `swap ${name}`;
}

async function edit(n: number): Promise<string> {
  if (n % 10 === 9) return swapService(n);
  if (dice(2) === 0) return editPolicy();
  const route = randomRoute(dice);
  await mesh.apply([route]);
  return JSON.stringify(route);
}

test(`${EDITS} random edits under load fail no request`, async () => {
  await mesh.apply([randomRoute(dice)]);
  const customer = await Customer.start(mesh, { namespace: 'shop', target: 'http://ledger.shop.mesh/x1/y', rate: 150, expect: '^ledger v[12] ' });
  await customer.until('http://ledger.shop.mesh/', (answer) => answer.status === 200);
  await customer.report();
  const done: string[] = [];
  let requests = 0;
  for (let n = 0; n < EDITS; n++) {
    done.push(await edit(n));
    await new Promise((wait) => setTimeout(wait, dice(60)));
    const { failures, ...report } = n % 10 === 9 ? await customer.report() : { failures: {}, requests: 0 };
    requests += report.requests;
    expect(failures, `seed ${seed}, edit ${n}; the last ones:\n${done.slice(-12).join('\n')}`).toEqual({});
  }
  for (const path of policies) await mesh.call(path, { method: 'DELETE' });
  const last = `final-${dice(1e6)}`;
  const filters = [{ type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-edit', value: last }] } }];
  await mesh.apply([routeDocument('ledger', 'ledger', [{ filters, backendRefs: [{ name: 'ledger', port: 80 }] }])]);
  await eventually('the last edit', async () => ((await customer.get('http://ledger.shop.mesh/')).headers['x-edit'] === last ? true : undefined));
  const report = await customer.report();
  expect(report.failures, `seed ${seed}`).toEqual({});
  expect(requests + report.requests).toBeGreaterThan(1000);
  const { items } = await mesh.call<{ items: { sync: string; refusals: unknown[] }[] }>('/weft/v1/proxies');
  expect(items.flatMap((proxy) => proxy.refusals)).toEqual([]);
});
