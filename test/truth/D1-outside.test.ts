// D1: servers outside the mesh, found in every way, called by name through a real sidecar.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { authority, greetingOrigin, httpOrigin, httpsOrigin, NameServer, type Origin } from '../kit/origin.ts';
import { routeDocument, serviceDocument } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const trusted = authority('weft test root');
const other = authority('some other root');

interface World {
  readonly mesh: TestMesh;
  readonly names: NameServer;
  readonly plain: Origin;
  readonly elsewhere: Origin;
  readonly secure: Origin;
  readonly mail: Origin;
}

let world: World;

function external(name: string, spec: Readonly<Record<string, unknown>>): unknown {
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'ExternalService', metadata: { name, namespace: 'shop' }, spec };
}

function documents({ names, plain, secure, mail }: World): readonly unknown[] {
  const http = (targetPort: number) => [{ name: 'http', port: 80, targetPort, appProtocol: 'http' }];
  const dns = (mode: string) => ({ mode, refresh: '100ms', resolvers: [names.address] });
  return [
    external('legacy', { hosts: ['legacy.corp.example', 'old.corp.example'], ports: http(plain.port), resolution: 'Static', addresses: ['127.0.0.1'] }),
    external('strict', { hosts: ['strict.corp.example'], ports: http(plain.port), resolution: 'DNS', dns: dns('Strict') }),
    external('logical', { hosts: ['logical.corp.example'], ports: http(plain.port), resolution: 'DNS', dns: dns('Logical') }),
    external('pay', {
      hosts: ['api.pay.example'],
      ports: http(secure.port),
      resolution: 'Static',
      addresses: ['127.0.0.1'],
      tls: { mode: 'Originate', caCertificates: trusted.pem },
    }),
    external('distrusted', {
      hosts: ['other.pay.example'],
      ports: http(secure.port),
      resolution: 'Static',
      addresses: ['127.0.0.1'],
      tls: { mode: 'Originate', caCertificates: other.pem },
    }),
    external('misnamed', {
      hosts: ['misnamed.example'],
      ports: http(secure.port),
      resolution: 'Static',
      addresses: ['127.0.0.1'],
      tls: { mode: 'Originate', caCertificates: trusted.pem },
    }),
    external('system', { hosts: ['system.example'], ports: http(secure.port), resolution: 'Static', addresses: ['127.0.0.1'], tls: {} }),
    external('mail', {
      hosts: ['smtp.corp.example'],
      ports: [{ name: 'smtp', port: 25, targetPort: mail.port, appProtocol: 'tcp' }],
      addresses: ['127.0.0.1'],
    }),
    serviceDocument('front', { app: 'front' }),
    routeDocument('front', 'front', [{ backendRefs: [{ group: 'weft.dev', kind: 'ExternalService', name: 'legacy', port: 80 }] }]),
  ];
}

beforeAll(async () => {
  const mesh = TestMesh.open();
  await mesh.up();
  const names = await NameServer.open({ 'strict.corp.example': ['127.0.0.1'], 'logical.corp.example': ['127.0.0.1'] });
  const plain = await httpOrigin('plain');
  const elsewhere = await httpOrigin('elsewhere', { host: '127.0.0.2', port: plain.port });
  const secure = await httpsOrigin('secure', trusted.issue(['api.pay.example', 'other.pay.example', 'system.example']));
  world = { mesh, names, plain, elsewhere, secure, mail: await greetingOrigin('220 smtp ready\r\n') };
  await mesh.apply(documents(world));
});

afterAll(async () => {
  await world.mesh[Symbol.asyncDispose]();
  for (const each of [world.names, world.plain, world.elsewhere, world.secure, world.mail]) await each[Symbol.asyncDispose]();
});

const seen = (body: string): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

describe.each(['netns', 'explicit', 'relay'])('D1 servers outside, capture %s', (capture) => {
  let customer: Customer;

  beforeAll(async () => {
    customer = await Customer.start(world.mesh, {
      namespace: 'shop',
      capture,
      name: `caller-${capture}`,
      ...(capture === 'explicit' ? { args: ['--upstream', 'smtp.corp.example:25'] } : {}),
    });
  });

  const get = async (host: string, path = '/') => {
    const url = `http://${host}${path}`;
    return customer.until(url, (answer) => answer.status !== 0 && answer.headers['weft-reason']?.startsWith('no-route') !== true);
  };

  test('static addresses, by each of its hosts', async () => {
    expect(seen((await get('legacy.corp.example', '/a?b=1')).body)).toMatchObject({ name: 'plain', host: 'legacy.corp.example', url: '/a?b=1' });
    expect(seen((await get('old.corp.example')).body)).toMatchObject({ name: 'plain', host: 'old.corp.example' });
  });

  // With a relay the host's own name servers are asked.
  if (capture !== 'relay')
    test('DNS, asked of its own name server, and followed when the answer changes', async () => {
      for (const host of ['strict.corp.example', 'logical.corp.example']) {
        world.names.entries.set(host, ['127.0.0.1']);
        const first = await customer.until(`http://${host}/`, (answer) => answer.status === 200 && answer.body.includes('"plain"'));
        expect(seen(first.body)).toMatchObject({ name: 'plain', host });
        world.names.entries.set(host, ['127.0.0.2']);
        const then = await customer.until(`http://${host}/`, (answer) => answer.body.includes('"elsewhere"'));
        expect(seen(then.body)).toMatchObject({ name: 'elsewhere', host });
      }
    });

  test('TLS on behalf of the application: server name, HTTP/2, trusted root', async () => {
    expect(seen((await get('api.pay.example')).body)).toMatchObject({ name: 'secure', host: 'api.pay.example', sni: 'api.pay.example', version: '2.0' });
  });

  test('a certificate of another root, for another name, or unknown to the system is refused and told', async () => {
    for (const host of ['other.pay.example', 'misnamed.example', 'system.example']) {
      const answer = await get(host);
      expect(answer.status, host).toBe(503);
      expect(answer.headers['weft-reason'], host).toMatch(/^upstream-tls; .*CERTIFICATE_VERIFY_FAILED/);
    }
  });

  test('as the backend of a route it is asked by its own name', async () => {
    expect(seen((await get('front.shop.mesh')).body)).toMatchObject({ name: 'plain', host: 'legacy.corp.example' });
  });

  test('TCP of a server that speaks first', async () => {
    const port = capture === 'explicit' ? Number(/127\.0\.0\.1:(\d+)/.exec((await customer.environment('WEFT_UPSTREAM_SMTP_CORP_EXAMPLE_25')) ?? '')?.[1]) : 25;
    const host = capture === 'explicit' ? '127.0.0.1' : 'smtp.corp.example';
    const answer = await customer.talk(host, port);
    expect(answer.body).toBe('220 smtp ready\r\n');
  });
});
