// S2, S13: the TLS that is spoken: between proxies 1.3 with a post-quantum key exchange and nothing less, at gateways nothing old or weak;
// and the port for plaintext where an application is captured with a relay.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getOverUnix } from '../../src/machine/unix-http.ts';
import { Customer } from '../kit/customer.ts';
import { askTls, certificateFor, edgeRoute, gatewayDocument, startGateway, tlsSecret } from '../kit/edge.ts';
import { askPlainly } from '../kit/plaintext.ts';
import { eventually } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let customer: Customer;
let edge = 0;
let at: { readonly http: number; readonly proxy: number; readonly admin: string };
const URL = 'http://witness.shop.mesh/';

interface Workloads {
  readonly items: readonly {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: { readonly ports: readonly { readonly proxyPort: number }[]; readonly proxy: { readonly capture: { readonly directory?: string } } };
  }[];
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  const http = await freePort();
  edge = await freePort();
  const ports = [{ name: 'http', port: 80, targetPort: http, appProtocol: 'http' }];
  await mesh.apply([
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'witness', namespace: 'shop' }, spec: { selector: { app: 'witness' }, ports } },
    tlsSecret('tls', certificateFor(mesh, ['s.test'])),
    gatewayDocument([{ name: 's', port: edge, protocol: 'HTTPS', hostname: 's.test', tls: { certificateRefs: [{ name: 'tls' }] } }]),
    edgeRoute('witness', [{ backendRefs: [{ name: 'witness', port: 80 }] }]),
  ]);
  const run = ['run', '--service', 'witness', '--namespace', 'shop', '--port', String(http), '--protocol', 'http', '--capture', 'relay'];
  const program = mesh.weft([...run, '--', 'env', `PORT=${http}`, process.execPath, join(import.meta.dirname, '../kit/witness.js')]);
  await program.printed(/ready in/);
  await startGateway(mesh);
  customer = await Customer.start(mesh, { namespace: 'shop' });
  await customer.until(URL, ({ status }) => status === 200);
  const { items } = await mesh.call<Workloads>('/apis/weft.dev/v1alpha1/namespaces/shop/workloads');
  const found = items.find(({ metadata }) => metadata.labels['app'] === 'witness') ?? expect.fail();
  at = { http, proxy: found.spec.ports[0]?.proxyPort ?? 0, admin: join(found.spec.proxy.capture.directory ?? '', 'admin.sock') };
  await eventually('the gateway', async () => ((await askTls(edge, { host: 's.test' }).catch(() => undefined))?.status === 200 ? true : undefined));
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

/** What `openssl s_client` with these flags comes to: the version it got, or '' when the server refused. */
function shaken(port: number, flags: readonly string[]): string {
  try {
    const text = execFileSync('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 's.test', ...flags], {
      input: '',
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: 20_000,
    }).toString();
    return /Cipher is \(NONE\)/.test(text) ? '' : (/^New, (TLSv[\d.]+), Cipher is (\S+)/m.exec(text)?.slice(1).join(' ') ?? '');
  } catch {
    return '';
  }
}

const OLD = [['-tls1'], ['-tls1_1']].map((flags) => [...flags, '-cipher', 'ALL:@SECLEVEL=0']);
const WEAK = ['AES128-SHA', 'AES256-GCM-SHA384', 'ECDHE-RSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA', 'DES-CBC3-SHA', 'NULL', 'DHE-RSA-AES128-GCM-SHA256'];

describe('between proxies', () => {
  test('S2 both sides agreed on a post-quantum key exchange, each time', async () => {
    const stats = (await getOverUnix(at.admin, '/stats?filter=listener.*ssl.(curves|versions|handshake)'))?.body ?? '';
    const count = (name: string): number => Number(new RegExp(`ssl\\.${name}: (\\d+)`).exec(stats)?.[1] ?? 0);
    expect(count('handshake')).toBeGreaterThan(0);
    expect([count('curves.X25519MLKEM768'), count('versions.TLSv1.3')]).toEqual([count('handshake'), count('handshake')]);
  });

  test('S13 nothing below TLS 1.3 is answered', () => {
    for (const flags of [...OLD, ['-tls1_2']]) expect(shaken(at.proxy, flags), flags.join(' ')).toBe('');
  });
});

describe('at a gateway', () => {
  test('S13 TLS 1.2 and 1.3, with forward secrecy and authenticated encryption, and nothing else', () => {
    expect(shaken(edge, ['-tls1_3'])).toMatch(/^TLSv1.3 TLS_/);
    expect(shaken(edge, ['-tls1_2'])).toMatch(/^TLSv1.2 ECDHE-ECDSA-(AES|CHACHA20)/);
    for (const flags of OLD) expect(shaken(edge, flags), flags.join(' ')).toBe('');
    for (const cipher of WEAK) expect(shaken(edge, ['-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`]), cipher).toBe('');
  });

  test('S13 no compression, and nobody begins anew in the middle', () => {
    const flags = ['s_client', '-connect', `127.0.0.1:${edge}`, '-servername', 's.test', '-tls1_2'];
    const talk = (input: string): string => execFileSync('openssl', flags, { input, stdio: ['pipe', 'pipe', 'ignore'], timeout: 20_000 }).toString();
    expect(talk('')).toMatch(/Compression: NONE/);
    expect(() => talk('R\n')).toThrow();
  });
});

test('S1 with a relay, too, plaintext comes in at the port of the application while a policy lets it, and not longer', async () => {
  const policy = { apiVersion: 'weft.dev/v1alpha1', kind: 'MutualTLSPolicy', metadata: { name: 'witness', namespace: 'shop' } };
  const spec = { targetRefs: [{ kind: 'Service', name: 'witness' }], mode: 'Permissive' };
  expect((await askPlainly(at.http)).end).toBe('ECONNREFUSED');
  await mesh.apply([{ ...policy, spec }]);
  await eventually('plaintext', async () => ((await askPlainly(at.http)).text.includes('witness') ? true : undefined));
  expect((await askPlainly(at.proxy)).text).toContain('witness');
  expect((await customer.get(URL)).body).toContain('x-forwarded-client-cert');
  await mesh.call('/apis/weft.dev/v1alpha1/namespaces/shop/mutualtlspolicies/witness', { method: 'DELETE' });
  await eventually('nothing', async () => ((await askPlainly(at.http)).end === 'ECONNREFUSED' ? true : undefined));
  expect((await askPlainly(at.proxy)).text).toBe('');
});
