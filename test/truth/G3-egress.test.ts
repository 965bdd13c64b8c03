// G3: what leaves the mesh by a Gateway: HTTP, TLS originated there, bytes; and never by another way.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { gatewayDocument, startGateway } from '../kit/edge.ts';
import { authority } from '../kit/origin.ts';
import { eventually, routeDocument, serviceDocument } from '../kit/shop.ts';
import { freePort, type Program, TestMesh } from '../kit/test-mesh.ts';

const trusted = authority('weft egress root');
const open: Server[] = [];
/** Connections that each server took, whoever made them. */
const taken = { plain: 0, secure: 0, bytes: 0 };

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { httpVersion: version, headers, url } = request;
  const { servername: sni = '' } = request.socket as { readonly servername?: string };
  response.end(JSON.stringify({ host: headers.host ?? headers[':authority'], url, version, sni }));
}

async function listening(server: Server, name: keyof typeof taken): Promise<number> {
  open.push(server);
  server.on('connection', () => {
    taken[name]++;
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

async function servers(): Promise<Readonly<Record<keyof typeof taken, number>>> {
  const pair = trusted.issue(['api.pay.example']);
  const secure = createSecureServer({ cert: pair.certificate, key: pair.key, allowHTTP1: true }, (request, response) =>
    answer(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  const bytes = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.end('220 smtp ready\r\n');
  });
  return {
    plain: await listening(createServer(answer), 'plain'),
    secure: await listening(secure as unknown as Server, 'secure'),
    bytes: await listening(bytes, 'bytes'),
  };
}

function external(name: string, host: string, port: object, more: object = {}): unknown {
  const spec = { hosts: [host], ports: [port], addresses: ['127.0.0.1'], egress: { gateway: { namespace: 'edge', name: 'edge', port: egressPort } }, ...more };
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'ExternalService', metadata: { name, namespace: 'shop' }, spec };
}

function grant(): unknown {
  const spec = {
    from: [{ group: 'weft.dev', kind: 'ExternalService', namespace: 'shop' }],
    to: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }],
  };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'ReferenceGrant', metadata: { name: 'shop', namespace: 'edge' }, spec };
}

let mesh: TestMesh;
let gateway: Program;
let egressPort = 0;
let logPort = 0;

const total = (): number => taken.plain + taken.secure + taken.bytes;

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  [egressPort, logPort] = [await freePort(), await freePort()];
  const ports = await servers();
  const http = (targetPort: number) => ({ name: 'http', port: 80, targetPort, appProtocol: 'http' });
  await mesh.apply([
    gatewayDocument([{ name: 'http', port: logPort, protocol: 'HTTP' }]),
    grant(),
    external('legacy', 'legacy.corp.example', http(ports.plain)),
    external('pay', 'api.pay.example', http(ports.secure), { tls: { mode: 'Originate', caCertificates: trusted.pem } }),
    external('mail', 'smtp.corp.example', { name: 'smtp', port: 25, targetPort: ports.bytes, appProtocol: 'tcp' }),
    serviceDocument('front', { app: 'front' }),
    routeDocument('front', 'front', [{ backendRefs: [{ group: 'weft.dev', kind: 'ExternalService', name: 'legacy', port: 80 }] }]),
  ]);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  for (const server of open) server.close();
});

const seen = (body: string): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

describe.each(['netns', 'explicit'])('G3 egress gateway, capture %s', (capture) => {
  let customer: Customer;

  beforeAll(async () => {
    const upstream = capture === 'explicit' ? { args: ['--upstream', 'smtp.corp.example:25'] } : {};
    customer = await Customer.start(mesh, { namespace: 'shop', capture, name: `caller-${capture}`, ...upstream });
  });

  const talk = async () => {
    if (capture === 'netns') return customer.talk('smtp.corp.example', 25);
    const address = (await customer.environment('WEFT_UPSTREAM_SMTP_CORP_EXAMPLE_25')) ?? '';
    return customer.talk('127.0.0.1', Number(/127\.0\.0\.1:(\d+)/.exec(address)?.[1]));
  };

  test('without a proxy of the gateway nobody gets out, and is told why', async () => {
    const before = total();
    for (const host of ['legacy.corp.example', 'api.pay.example', 'front.shop.mesh']) {
      const answered = await customer.until(`http://${host}/`, ({ headers }) => headers['weft-reason']?.startsWith('no-healthy-upstream') === true);
      expect(answered.status, host).toBe(503);
    }
    expect((await talk()).body).not.toContain('smtp');
    expect(total()).toBe(before);
  });

  test('through the gateway: HTTP, by its own name and as the backend of a route', async () => {
    gateway = await startGateway(mesh, { args: ['--address', '127.0.0.1'] });
    const direct = await customer.until('http://legacy.corp.example/a?b=1', ({ status }) => status === 200);
    expect(seen(direct.body)).toEqual({ host: 'legacy.corp.example', url: '/a?b=1', version: '1.1', sni: '' });
    const routed = await customer.until('http://front.shop.mesh/', ({ status }) => status === 200);
    expect(seen(routed.body)).toMatchObject({ host: 'legacy.corp.example' });
    expect(taken.plain).toBeGreaterThan(0);
  });

  test('TLS begins at the gateway', async () => {
    const secured = await customer.until('http://api.pay.example/', ({ status }) => status === 200);
    expect(seen(secured.body)).toEqual({ host: 'api.pay.example', url: '/', version: '1.1', sni: 'api.pay.example' });
  });

  test('TCP of a server that speaks first', async () => {
    const heard = await eventually('greeting', async () => {
      const { body } = await talk();
      return body.startsWith('220') ? body : undefined;
    });
    expect(heard).toBe('220 smtp ready\r\n');
  });

  test('who is not of the mesh is not let through', async () => {
    const before = total();
    await expect(fetch(`http://127.0.0.1:${egressPort}/`)).rejects.toThrow();
    await expect(fetch(`https://127.0.0.1:${egressPort}/`)).rejects.toThrow();
    expect(total()).toBe(before);
  });

  test('when the gateway goes, so does the way out', async () => {
    gateway.child.kill('SIGTERM');
    await once(gateway.child, 'exit');
    const before = total();
    const gone = await customer.until('http://legacy.corp.example/', ({ headers }) => headers['weft-reason']?.startsWith('no-healthy-upstream') === true);
    expect([gone.status, total()]).toEqual([503, before]);
  });
});
