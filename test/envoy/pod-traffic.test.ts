// Pods without a cluster: network namespaces on a bridge with the rules, the bootstrap and the listeners of a pod, real Envoys and the real control plane.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/bin/clock.ts';
import { ControlPlane } from '../../src/control/index.ts';
import { Authority } from '../../src/identity/index.ts';
import type { ProxyId, SpiffeId, WorkloadKey } from '../../src/model/index.ts';
import { type GrpcServer, serveGrpc } from '../../src/wire/index.ts';
import { FakeSource, service, workload } from '../kit/control-world.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { hasPodNet, PodNet } from '../kit/pod-net.ts';
import { needs } from '../kit/require.ts';

const skip = needs('envoy', envoyBinary() !== undefined).skip || needs('root', hasPodNet()).skip;
const NAME = 'control-plane.weft';
const VIRTUAL = '10.96.77.10';
const OUTSIDE = '10.96.77.20';

/** Says who called, and whether the caller's certificate was seen. */
const APPLICATION = `for (const [host, port] of [['0.0.0.0', 8080], ['0.0.0.0', 9999], ['127.0.0.1', 7777]])
  require('http').createServer((q, a) => a.end([q.socket.remoteAddress, q.headers.host, (q.headers['x-forwarded-client-cert'] ?? 'plain').split('URI=').pop(), q.url].join(' '))).listen(port, host);
require('net').createServer((s) => s.on('error', () => {}).end('first')).listen(9090, '0.0.0.0');`;
const fetched = (url: string): string =>
  `fetch('${url}', { signal: AbortSignal.timeout(5000) }).then(async (a) => console.log(a.status, await a.text()), () => console.log('refused'))`;
const heard = (host: string, port: number): string =>
  `let all = ''; const s = require('net').connect(${port}, '${host}').setTimeout(5000, () => s.destroy()).on('data', (d) => { all += d }).on('error', () => {}).on('close', () => console.log(all || 'refused'))`;

const script = (server: string, name: string): string =>
  `const r = new (require('dns').promises.Resolver)(); r.setServers(['${server}']); r.resolve4('${name}').then((a) => console.log(a.join()), (e) => console.log(e.code))`;
/** A cluster's name server: knows many.shop, has a text for echo.shop, and is ill once it was asked for ill.shop. */
const NAME_SERVER = `const s = require('dgram').createSocket('udp4'); let ill = false;
s.on('message', (q, from) => {
  let at = 12; const labels = []; while (q[at]) { labels.push(q.toString('latin1', at + 1, at + 1 + q[at])); at += 1 + q[at]; }
  const type = q.readUInt16BE(at + 1); const name = labels.slice(0, 2).join('.'); 
  const record = (type, bytes) => Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 5, 0, bytes.length]), Buffer.from(bytes)]);
  const found = name === 'many.shop' && type === 1 ? Array.from({ length: 12 }, (_, n) => record(1, [10, 0, 0, n])) : name === 'echo.shop' && type === 16 ? [record(16, [16, ...Buffer.from('from the cluster')])] : [];
  setImmediate(() => { ill ||= name === 'ill.shop'; });
  const head = Buffer.from([q[0], q[1], 0x85, 0x80 | (ill ? 2 : name !== 'many.shop' && name !== 'echo.shop' ? 3 : 0), 0, 1, 0, ill ? 0 : found.length, 0, 0, 0, 0]);
  s.send(Buffer.concat([head, q.subarray(12, at + 5), ...(ill ? [] : found)]), from.port, from.address);
}).bind(53, '0.0.0.0');`;

describe.skipIf(skip)('pods', () => {
  const source = new FakeSource();
  let net: PodNet;
  let plane: ControlPlane;
  let server: GrpcServer;
  let address: Readonly<Record<'web' | 'echo' | 'bare', string>>;

  async function openPlane(): Promise<void> {
    const authority = Authority.open({ directory: net.folder, trustDomain: 'example.mesh', clock: systemClock });
    plane = await ControlPlane.open({
      source,
      clock: systemClock,
      issuer: authority,
      authenticator: {
        authenticate: async (app) => ({
          proxy: `shop/${app}` as ProxyId,
          workload: `shop/${app}` as WorkloadKey,
          id: `spiffe://example.mesh/ns/shop/sa/${app}` as SpiffeId,
          expiresAt: Date.now() + 600_000,
        }),
      },
      status: { write: async () => {} },
      quarantine: { load: () => new Map(), save: async () => {} },
      log: () => {},
    });
    server = await serveGrpc({ host: net.host, port: 0, tls: authority.serverCertificate([NAME]), services: [plane.ads] });
    const probes = (['http', 'tcp'] as const).map((kind) => ({
      path: `/probe/${kind}`,
      kind,
      port: 8080,
      targetPath: '/healthz',
      timeoutMs: 1000,
      periodMs: 1000,
    }));
    for (const app of ['web', 'echo'] as const)
      net.mesh(app, { xdsAddress: `${net.host}:${server.port}`, rootPem: authority.bundle(), token: app, address: address[app], probes });
  }

  async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
      if (await holds()) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`not within 60 s: ${what}\n${JSON.stringify(plane.proxies(), undefined, 1)}`);
  }

  /** Asks until the answer is as wanted; that answer. */
  async function eventually(pod: string, script: string, wanted: RegExp): Promise<string> {
    let said = '';
    await until(`${wanted} of ${pod}`, async () => {
      said = await net.ask(pod, script);
      return wanted.test(said);
    });
    return said;
  }

  beforeAll(async () => {
    net = PodNet.open();
    address = { web: net.pod('web'), echo: net.pod('echo'), bare: net.pod('bare') };
    const ports = [
      { name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' },
      { name: 'raw', port: 9090, appProtocol: 'tcp' },
    ];
    const pod = { capture: { mode: 'pod', clusterDomain: 'cluster.local' } };
    const own = [{ port: 8080 }, { port: 9090 }];
    source.preset(
      service('echo', { clusterIP: VIRTUAL, ports }),
      service('echo-direct', { clusterIP: 'None', selector: { app: 'echo' }, ports: [{ name: 'http', port: 8080, appProtocol: 'http' }] }),
      service('bare', { clusterIP: OUTSIDE, ports }),
      workload('web', 'web', { address: address.web, ports: [], proxy: pod }),
      workload('echo', 'echo', { address: address.echo, ports: own, proxy: pod }),
      workload('bare', 'bare', { address: address.bare, ports: own, proxy: undefined, plaintext: true }),
    );
    for (const app of ['echo', 'bare']) net.run(app, APPLICATION);
    await openPlane();
    await until('two proxies in sync', () => plane.proxies().filter(({ sync }) => sync === 'in sync').length === 2);
  }, 120_000);

  afterAll(async () => {
    await server?.close(500);
    await plane?.[Symbol.asyncDispose]();
    await net?.[Symbol.asyncDispose]();
  });

  test('a Service is called at its address of the cluster, with mutual TLS; the application sees its own pod and the caller by name', async () => {
    expect(await eventually('web', fetched(`http://${VIRTUAL}/a`), /^200/)).toBe(`200 127.0.0.6 ${VIRTUAL} spiffe://example.mesh/ns/shop/sa/web /a`);
    expect(await eventually('web', heard(VIRTUAL, 9090), /first/)).toBe('first');
  });

  test('a pod of a headless Service is called at its own address', async () => {
    expect(await eventually('web', fetched(`http://${address.echo}:8080/`), /^200/)).toContain('spiffe://example.mesh/ns/shop/sa/web');
  });

  test('a pod that calls its own Service is a caller like any other', async () => {
    expect(await eventually('echo', fetched(`http://${VIRTUAL}/`), /^200/)).toContain('spiffe://example.mesh/ns/shop/sa/echo');
  });

  test('what is not in the mesh is sent plaintext, HTTP/1.1', async () => {
    expect(await eventually('web', fetched(`http://${OUTSIDE}/`), /^200/)).toBe(`200 ${address.web} ${OUTSIDE} plain /`);
  });

  test('names of the mesh are answered, whatever name server the pod asks', async () => {
    expect(await net.ask('web', script(net.host, 'echo.shop.mesh'))).toBe(VIRTUAL);
  });

  test('names of Services are known while the name server is away, and what only it knows is heard from it unchanged', async () => {
    const ask = (...questions: readonly (readonly [kind: string, name: string])[]) =>
      net.ask(
        'web',
        `const r = new (require('dns').promises.Resolver)({ timeout: 2000, tries: 1 }); r.setServers(['${address.bare}']); (async () => {
        for (const [kind, name] of ${JSON.stringify(questions)}) console.log(await r.resolve(name + '.svc.cluster.local', kind).then((a) => a.join(), (e) => e.code));
      })()`,
      );
    const known = [
      ['A', 'echo.shop'],
      ['AAAA', 'echo.shop'],
      ['A', 'echo.shop.shop'],
      ['A', 'echo-direct.shop'],
    ] as const;
    const addresses = [VIRTUAL, `::ffff:${VIRTUAL}`, VIRTUAL, address.echo];
    // nobody listens there
    expect((await ask(...known, ['A', 'other.shop'])).split('\n')).toEqual([...addresses, 'ETIMEOUT']);
    net.run('bare', NAME_SERVER);
    const many = Array.from({ length: 12 }, (_, at) => `10.0.0.${at}`).join();
    const others = [
      ['A', 'many.shop'],
      ['TXT', 'echo.shop'],
      ['A', 'nobody.shop'],
      ['AAAA', 'many.shop'],
    ] as const;
    await eventually('web', script(address.bare, 'many.shop.svc.cluster.local'), /10\.0\.0\.11/);
    expect((await ask(...others)).split('\n')).toEqual([many, 'from the cluster', 'ENOTFOUND', 'ENODATA']);
    // it says SERVFAIL of them from here on
    await ask(['A', 'ill.shop']);
    expect((await ask(...known)).split('\n')).toEqual(addresses);
  });

  test('probes tell the truth at the port that is never captured', async () => {
    expect(await eventually('bare', fetched(`http://${address.echo}:15021/probe/http`), /^200/)).toContain('/healthz');
    await eventually('bare', fetched(`http://${address.echo}:15021/probe/tcp`), /^200/);
    expect(await net.ask('bare', fetched(`http://${address.web}:15021/probe/http`))).toMatch(/^503/);
    expect(await net.ask('bare', fetched(`http://${address.web}:15021/probe/tcp`))).toMatch(/^503/);
  });

  test('plaintext is refused under strict mutual TLS; let in where a policy says so, to undeclared ports as well, and never to loopback', async () => {
    for (const port of [8080, 9999]) expect(await net.ask('bare', fetched(`http://${address.echo}:${port}/`))).toBe('refused');
    source.put({
      apiVersion: 'weft.dev/v1alpha1',
      kind: 'MutualTLSPolicy',
      metadata: { name: 'moving-in', namespace: 'shop' },
      spec: { targetRefs: [{ kind: 'Namespace', name: 'shop' }], mode: 'Permissive' },
    });
    expect(await eventually('bare', fetched(`http://${address.echo}:8080/`), /^200/)).toContain(' plain /');
    expect(await net.ask('bare', fetched(`http://${address.echo}:9999/`))).toContain('127.0.0.6');
    expect(await net.ask('bare', fetched(`http://${address.echo}:7777/`))).toBe('refused');
    expect(await eventually('web', fetched(`http://${VIRTUAL}/`), /^200/)).toContain('spiffe://example.mesh/ns/shop/sa/web');
  });
});
