// S1: Strict, Permissive and Disabled, by traffic: who gets in, with which identity, and that no request fails while it changes.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { askPlainly, sayPlainly } from '../kit/plaintext.ts';
import { eventually } from '../kit/shop.ts';
import { freePort, type Program, TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let customer: Customer;
let ports: { http: number; tcp: number };
let web: { program: Program; mesh: number };
let raw: { program: Program; mesh: number };

const WEB = 'http://witness.shop.mesh/';
const ADMIN = { kind: 'MutualTLSPolicy', apiVersion: 'weft.dev/v1alpha1' };
const policy = (mode: string, service = 'witness') => ({
  ...ADMIN,
  metadata: { name: service, namespace: 'shop' },
  spec: { targetRefs: [{ kind: 'Service', name: service }], mode },
});

interface Workloads {
  readonly items: readonly {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: { readonly ports: readonly { readonly port: number; readonly proxyPort: number }[] };
  }[];
}

async function start(service: string, port: number, env: readonly string[], protocol: string): Promise<{ program: Program; mesh: number }> {
  const args = ['run', '--service', service, '--namespace', 'shop', '--port', String(port), '--protocol', protocol, '--', 'env', `PORT=${port}`, ...env];
  const program = mesh.weft([...args, process.execPath, join(import.meta.dirname, '../kit/witness.js')]);
  await program.printed(/ready in/);
  const found = await eventually('its workload', async () => {
    const { items } = await mesh.call<Workloads>('/apis/weft.dev/v1alpha1/namespaces/shop/workloads');
    return items.flatMap((each) => each.spec.ports).find((each) => each.port === port);
  });
  return { program, mesh: found.proxyPort };
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  ports = { http: await freePort(), tcp: await freePort() };
  const service = (name: string, targetPort: number, port: number, appProtocol: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { selector: { app: name }, ports: [{ name: 'main', port, targetPort, appProtocol }] },
  });
  await mesh.apply([service('witness', ports.http, 80, 'http'), service('greeter', ports.tcp, 90, 'tcp')]);
  web = await start('witness', ports.http, [], 'http');
  raw = await start('greeter', ports.tcp, ['GREETS=1'], 'tcp');
  customer = await Customer.start(mesh, { namespace: 'shop', target: WEB, rate: 100, expect: '^witness' });
  await customer.until(WEB, ({ status }) => status === 200);
  await customer.report();
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

/** How many of the requests in plaintext got there. */
const reached = async (): Promise<number> => JSON.parse((await customer.get(`${WEB}seen`)).body).plain;

/** Waits until plaintext is, or is not, let in at a port. */
async function comesThrough(port: number, wanted: boolean): Promise<void> {
  await eventually(`plaintext ${wanted ? 'let in' : 'refused'} at ${port}`, async () =>
    (await askPlainly(port)).text.includes('200 OK') === wanted ? true : undefined,
  );
}

/** Waits until the application sees that the caller has, or has not, shown who he is. */
async function identified(wanted: boolean): Promise<void> {
  await customer.until(WEB, ({ body }) => body.includes('x-forwarded-client-cert') === wanted);
  expect((await customer.get(WEB)).body.includes('x-forwarded-client-cert')).toBe(wanted);
}

describe('Strict, which holds when nobody says anything', () => {
  test('plaintext gets nothing, not even a word, at the port of the proxy, and there is no other', async () => {
    const before = await reached();
    for (let n = 0; n < 20; n++) expect(await askPlainly(web.mesh, {}, '/plain')).toMatchObject({ text: '', end: expect.stringMatching(/end|ECONNRESET/) });
    expect(await askPlainly(ports.http)).toEqual({ text: '', end: 'ECONNREFUSED' });
    expect(await sayPlainly(raw.mesh, '', /./)).toMatchObject({ text: '' });
    expect(await reached()).toBe(before);
  });
});

describe('Permissive', () => {
  test('plaintext comes in at both ports, callers of the mesh keep their identity, and nobody can claim one', async () => {
    await mesh.apply([policy('Permissive')]);
    await comesThrough(web.mesh, true);
    await comesThrough(ports.http, true);
    const forged = { 'x-forwarded-client-cert': 'URI=spiffe://example.mesh/ns/shop/sa/admin', 'weft-retry': 'safe', 'x-envoy-original-path': '/admin' };
    for (const port of [web.mesh, ports.http]) {
      const { text } = await askPlainly(port, forged);
      expect(text).toContain('witness');
      for (const name of Object.keys(forged)) expect(text).not.toContain(name);
    }
    await identified(true);
    expect(await web.program.printed(/plaintext is let in/)).toBeDefined();
  });

  test('a server that speaks first is heard at its own port', async () => {
    await mesh.apply([policy('Permissive', 'greeter')]);
    await eventually('greeting', async () => ((await sayPlainly(ports.tcp, '', /hello/)).end === 'enough' ? true : undefined));
    expect((await sayPlainly(raw.mesh, 'x', /hello/)).text).toContain('hello');
  });

  test('and Strict again: no byte of plaintext reaches the application', async () => {
    await mesh.apply([policy('Strict'), policy('Strict', 'greeter')]);
    await comesThrough(web.mesh, false);
    await eventually('the port to be closed', async () => ((await askPlainly(ports.http)).end === 'ECONNREFUSED' ? true : undefined));
    const before = await reached();
    for (let n = 0; n < 20; n++) await askPlainly(web.mesh, {}, '/plain');
    expect(await reached()).toBe(before);
  });
});

describe('from one to the other', () => {
  test('no request fails, in any order', async () => {
    const failures: unknown[] = [];
    for (const mode of ['Disabled', 'Strict', 'Permissive', 'Disabled', 'Permissive', 'Strict', 'Disabled']) {
      await mesh.apply([policy(mode)]);
      await identified(mode !== 'Disabled');
      await comesThrough(web.mesh, mode !== 'Strict');
    }
    await mesh.call('/apis/weft.dev/v1alpha1/namespaces/shop/mutualtlspolicies/witness', { method: 'DELETE' });
    await identified(true);
    await comesThrough(web.mesh, false);
    const { requests, failed, failures: found } = await customer.report();
    failures.push(found);
    expect([failed, failures]).toEqual([0, [{}]]);
    expect(requests).toBeGreaterThan(100);
  });
});
