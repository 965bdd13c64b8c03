import { afterAll, beforeAll, expect, test } from 'vitest';
import { askH2, askTls, certificateFor, edgeRoute, gatewayDocument, type Pair, startGateway, tlsSecret } from '../kit/edge.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const mesh = TestMesh.open();
const authority = certificateFor(mesh, ['clients']);
let port = 0;
let mutual = 0;

const all = (name: string) => [{ matches: [{ path: { value: '/' } }], backendRefs: [{ name, port: 80 }] }];
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ca', namespace: 'edge' }, data: { 'ca.crt': authority.certificate } };

beforeAll(async () => {
  await mesh.up();
  port = await freePort();
  mutual = await freePort();
  const https = (name: string, hostname: string | undefined, secrets: readonly string[], at = port) => ({
    name,
    port: at,
    protocol: 'HTTPS',
    ...(hostname === undefined ? {} : { hostname }),
    tls: { certificateRefs: secrets.map((each) => ({ name: each })) },
  });
  await mesh.apply([
    serviceDocument('web', { app: 'web' }),
    serviceDocument('pay', { app: 'pay' }),
    tlsSecret('shop', certificateFor(mesh, ['*.example.com'])),
    tlsSecret('pay', certificateFor(mesh, ['pay.example.com'])),
    tlsSecret('other', certificateFor(mesh, ['other.test'])),
    configMap,
    gatewayDocument(
      [
        https('shop', '*.example.com', ['shop']),
        https('pay', 'pay.example.com', ['pay']),
        https('both', undefined, ['other', 'shop']),
        https('mutual', undefined, ['pay'], mutual),
      ],
      { tls: { frontend: { default: {}, perPort: [{ port: mutual, tls: { validation: { caCertificateRefs: [{ kind: 'ConfigMap', name: 'ca' }] } } }] } } },
    ),
    edgeRoute('web', all('web'), { sections: ['shop', 'both', 'mutual'] }),
    edgeRoute('pay', all('pay'), { sections: ['pay'] }),
  ]);
  await Promise.all([startApp(mesh, { service: 'web' }), startApp(mesh, { service: 'pay' })]);
  await startGateway(mesh);
  await eventually('the gateway', async () => ((await askTls(port, { host: 'a.example.com' }).catch(() => undefined))?.status === 200 ? true : undefined));
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

test('G1 TLS: each listener shows its own certificate, found by SNI; of several in one listener the one that fits', async () => {
  expect(await askTls(port, { host: 'a.example.com' })).toMatchObject({ status: 200, names: 'DNS:*.example.com', body: expect.stringMatching(/^web v1/) });
  expect(await askTls(port, { host: 'pay.example.com' })).toMatchObject({ status: 200, names: 'DNS:pay.example.com', body: expect.stringMatching(/^pay v1/) });
  expect(await askTls(port, { host: 'other.test' })).toMatchObject({ status: 200, names: 'DNS:other.test' });
  // nobody asked for a name: the first certificate of the listener for every host
  expect(await askTls(port, { host: 'other.test', sni: '' })).toMatchObject({ status: 200, names: 'DNS:other.test' });
});

test('G1 TLS: a request for the host of another listener over a coalesced connection is answered 421', async () => {
  const asks = [
    { host: 'a.example.com' },
    { host: 'pay.example.com' },
    { host: 'PAY.example.com:8443' },
    { host: 'b.example.com' },
    { host: 'elsewhere.test' },
  ];
  const replies = await askH2(`https://127.0.0.1:${port}`, asks, { sni: 'a.example.com' });
  // elsewhere.test belongs to the listener for every host
  expect(replies.map(({ status }) => status)).toEqual([200, 421, 421, 200, 421]);
  expect(replies.map(({ alpn }) => alpn)).toEqual(asks.map(() => 'h2'));
  expect(replies[1]?.headers['weft-reason']).toMatch(/^misdirected; request=[0-9a-f-]{36}$/);
  const back = await askH2(`https://127.0.0.1:${port}`, [{ host: 'pay.example.com' }, { host: 'a.example.com' }], { sni: 'pay.example.com' });
  expect(back.map(({ status }) => status)).toEqual([200, 421]);
});

test('G1 mutual TLS: only clients whose certificate an authority of the ConfigMap issued get in; a renewed ConfigMap counts at once', async () => {
  const good = certificateFor(mesh, ['somebody'], authority, 7);
  const stranger = certificateFor(mesh, ['stranger']);
  const ask = (pair?: Pair) =>
    askTls(mutual, { host: 'a.example.com', ...(pair === undefined ? {} : { pair }) }).then(
      (reply) => reply.status,
      () => 'refused',
    );
  expect([await ask(good), await ask(stranger), await ask()]).toEqual([200, 'refused', 'refused']);
  const next = certificateFor(mesh, ['others'], undefined, 9);
  await mesh.apply([{ ...configMap, data: { 'ca.crt': next.certificate } }]);
  await eventually('the new authority', async () => ((await ask(certificateFor(mesh, ['new'], next, 11))) === 200 ? true : undefined));
  expect(await ask(good)).toBe('refused');
  await mesh.apply([configMap]);
  await eventually('the old authority', async () => ((await ask(good)) === 200 ? true : undefined));
});

test('G1 TLS: a certificate renewed again and again under load costs no request, and is the one that new connections get', async () => {
  let running = true;
  const failures: string[] = [];
  let requests = 0;
  const load = Array.from({ length: 4 }, async () => {
    while (running) {
      requests++;
      await askTls(port, { host: 'a.example.com' }).then(
        ({ status }) => status === 200 || failures.push(String(status)),
        (error: Error) => failures.push(error.message),
      );
    }
  });
  const streaming = Array.from({ length: 2 }, async () => {
    while (running) {
      requests += 20;
      const asks = Array.from({ length: 20 }, () => ({ host: 'a.example.com' }));
      await askH2(`https://127.0.0.1:${port}`, asks, { sni: 'a.example.com' }).then(
        (replies) => replies.every(({ status }) => status === 200) || failures.push('h2 status'),
        (error: Error) => failures.push(error.message),
      );
    }
  });
  for (let serial = 100; serial < 112; serial++) {
    const names = ['*.example.com', `serial-${serial}.example.com`];
    await mesh.apply([tlsSecret('shop', certificateFor(mesh, names, undefined, serial))]);
    await eventually('the renewed certificate', async () =>
      (await askTls(port, { host: 'a.example.com' })).names.includes(`serial-${serial}`) ? true : undefined,
    );
  }
  await eventually('enough requests', async () => (requests > 200 ? true : undefined));
  running = false;
  await Promise.all([...load, ...streaming]);
  expect(failures).toEqual([]);
});

test('G1 describe: listeners, certificates, routes and proxies of a Gateway at a glance', async () => {
  const { stdout } = await mesh.run(['describe', 'gateway', 'edge', '-n', 'edge']);
  expect(stdout).toMatch(/pay +\d+ +HTTPS +pay\.example\.com +pay +1 +OverlappingCertificates/);
  expect(stdout).toMatch(/mutual +\d+ +HTTPS +\* +pay +1 +served/);
  expect(stdout).toMatch(/HTTPRoute +shop\/web +\*/);
  expect(stdout).toMatch(/edge\/edge-\w+ +in sync/);
  const secret = await mesh.run(['get', 'secret', 'pay', '-n', 'edge', '-o', 'yaml']);
  expect(secret.stdout).toMatch(/tls\.key: <\d+ characters; --show-secrets shows them>/);
});

test('G1 TLS: a broken certificate is refused with its reason, and the good one stays in force', async () => {
  const [one, two] = [certificateFor(mesh, ['x.example.com']), certificateFor(mesh, ['y.example.com'])];
  await expect(mesh.apply([tlsSecret('pay', { certificate: one.certificate, key: two.key })])).rejects.toThrow(/WEFT1601[\s\S]*not the key of the certificate/);
  await expect(mesh.apply([tlsSecret('pay', { certificate: 'garbage', key: two.key })])).rejects.toThrow(/WEFT1601[\s\S]*not PEM/);
  expect(await askTls(port, { host: 'pay.example.com' })).toMatchObject({ status: 200, names: 'DNS:pay.example.com' });
});
