// S1 exit report: who still speaks plaintext to whom, and that it is safe to ask for mutual TLS when nobody does.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applied, LabCaller } from '../kit/lab.ts';
import { askPlainly } from '../kit/plaintext.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let web: LabCaller;
let port: number;

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  port = await freePort();
  const service = serviceDocument('orders', { app: 'orders' }) as { readonly spec: { readonly ports: { targetPort: number }[] } };
  for (const each of service.spec.ports) each.targetPort = port;
  await mesh.apply([service]);
  const args = ['run', '--service', 'orders', '--namespace', 'shop', '--port', String(port), '--protocol', 'http', '--', 'env', `PORT=${port}`];
  await mesh.weft([...args, process.execPath, join(import.meta.dirname, '../kit/witness.js')]).printed(/ready in/);
  web = await LabCaller.start(mesh, { name: 'web' });
  await web.until('http://orders.shop.mesh/', ({ status }) => status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

interface Report {
  readonly plaintext: readonly { readonly address: string; readonly service: string; readonly port: number; readonly connections: number }[];
  readonly secured: readonly { readonly source: string; readonly service: string; readonly port: number; readonly tls?: string }[];
}

const report = async () => {
  const { code, stdout } = await mesh.run(['mtls', 'report', '-o', 'json', '--since', '1h']);
  return { code, report: JSON.parse(stdout) as Report };
};

test('S1 weft mtls report: nothing to break; then who is in plaintext, to the connection; exit codes for scripts', async () => {
  const before = await eventually('the secured caller', async () => {
    // its connection lives on, so it is seen by the sample of its requests
    await web.many({ url: 'http://orders.shop.mesh/' }, 200, 8);
    const found = await report();
    return found.report.secured.length > 0 ? found : undefined;
  });
  expect([before.code, before.report.plaintext, before.report.secured.map(({ source, service, port: at }) => [source, service, at])]).toEqual([
    0,
    [],
    [['spiffe://example.mesh/ns/shop/sa/web', 'shop/orders', port]],
  ]);
  // S2: how keys are exchanged is told of each connection
  expect(before.report.secured.map(({ tls }) => tls)).toEqual([expect.stringMatching(/^TLSv1\.3 TLS_\w+ X25519MLKEM768$/)]);
  expect((await mesh.run(['mtls', 'report'])).stdout).toContain('post-quantum key exchange with all of them: X25519MLKEM768');
  expect((await mesh.run(['proxies', '-o', 'wide'])).stdout).toMatch(/\/sa\/orders +TLSv1\.3 TLS_\w+ X25519MLKEM768\n/);
  await applied(mesh, {
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'MutualTLSPolicy',
    metadata: { name: 'orders', namespace: 'shop' },
    spec: { targetRefs: [{ kind: 'Service', name: 'orders' }], mode: 'Permissive' },
  });
  await eventually('plaintext', async () => ((await askPlainly(port)).text.startsWith('HTTP/1.1 200') ? true : undefined));
  for (let n = 0; n < 6; n++) expect((await askPlainly(port)).text).toMatch(/^HTTP\/1.1 200/);
  const after = await eventually('all plaintext connections', async () => {
    const found = await report();
    return (found.report.plaintext[0]?.connections ?? 0) >= 7 ? found : undefined;
  });
  expect([after.code, after.report.plaintext.map(({ address, service, port: at }) => [address, service, at])]).toEqual([
    79,
    [['127.0.0.1', 'shop/orders', port]],
  ]);
  const table = await mesh.run(['mtls', 'report']);
  expect([table.code, table.stdout]).toEqual([
    79,
    expect.stringMatching(/PLAINTEXT FROM .*\n127\.0\.0\.1 +shop\/orders:\d+[\s\S]*Strict would refuse this caller of shop\/orders/),
  ]);
});

test('S5 weft authz suggest: a policy in DryRun that lets in who was seen, and nobody else', async () => {
  const { code, stdout, stderr } = await mesh.run(['authz', 'suggest', '--service', 'shop/orders', '-o', 'json', '--since', '1h']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('weft authz status')]);
  const [suggestion] = (JSON.parse(stdout) as { readonly items: readonly { readonly document: { readonly spec: object } }[] }).items;
  expect(suggestion?.document.spec).toEqual({
    targetRefs: [{ kind: 'Service', name: 'orders' }],
    action: 'ALLOW',
    enforcement: 'DryRun',
    rules: [{ from: [{ source: { serviceAccounts: ['shop/web'] } }], to: [{ operation: { ports: [port] } }] }],
  });
  const yaml = await mesh.run(['authz', 'suggest', '--service', 'shop/orders']);
  expect(yaml.stdout).toMatch(/^# observed: 1 caller by all their connections, \d+ requests by the sample[\s\S]*\nkind: AuthorizationPolicy\n/m);
  expect((await mesh.run(['authz', 'status'])).code).toBe(0);
});
