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
    const pod = { capture: { mode: 'pod' } };
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
    const script = `const r = new (require('dns').promises.Resolver)(); r.setServers(['${net.host}']); r.resolve4('echo.shop.mesh').then((a) => console.log(a.join()), (e) => console.log(e.code))`;
    expect(await net.ask('web', script)).toBe(VIRTUAL);
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
