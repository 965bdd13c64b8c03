// S7: hosts such as `*.wild.example`, looked up as they are called: HTTP by its Host header, TLS by its server name, and nothing else.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { authority, httpOrigin, httpsOrigin, NameServer, type Origin } from '../kit/origin.ts';
import { toldBy } from '../kit/reason.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const trusted = authority('weft test root');

interface World {
  readonly mesh: TestMesh;
  readonly names: NameServer;
  readonly plain: Origin;
  readonly secure: Origin;
}

let world: World;

function external(name: string, spec: Readonly<Record<string, unknown>>): unknown {
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'ExternalService', metadata: { name, namespace: 'shop' }, spec };
}

function documents({ names, plain, secure }: World): readonly unknown[] {
  const dns = { refresh: '1s', resolvers: [names.address] };
  const http = (targetPort: number) => ({ name: 'http', port: 80, targetPort, appProtocol: 'http' });
  return [
    { apiVersion: 'weft.dev/v1alpha1', kind: 'Mesh', metadata: { name: 'default' }, spec: { outbound: { mode: 'RegisteredOnly' } } },
    external('wild', {
      hosts: ['*.wild.example'],
      dns,
      ports: [http(plain.port), { name: 'https', port: 443, targetPort: secure.port, appProtocol: 'https' }],
    }),
    external('narrow', { hosts: ['*.narrow.wild.example'], dns, ports: [{ ...http(plain.port), port: plain.port }] }),
    external('secured', { hosts: ['*.secured.example'], dns, ports: [http(secure.port)], tls: { caCertificates: trusted.pem } }),
    external('system', { hosts: ['*.system.example'], dns, ports: [http(secure.port)], tls: {} }),
    external('exact', { hosts: ['exact.wild.example'], addresses: ['127.0.0.1'], ports: [http(plain.port)] }),
  ];
}

beforeAll(async () => {
  const mesh = TestMesh.open();
  await mesh.up();
  const names = await NameServer.open({});
  const plain = await httpOrigin('plain');
  const secure = await httpsOrigin('secure', trusted.issue(['a.wild.example', 'good.secured.example']));
  for (const name of ['a.wild.example', 'deep.b.wild.example', 'x.narrow.wild.example', 'good.secured.example', 'bad.secured.example', 'x.system.example'])
    names.entries.set(name, ['127.0.0.1']);
  world = { mesh, names, plain, secure };
  await mesh.apply(documents(world));
});

afterAll(async () => {
  await world.mesh[Symbol.asyncDispose]();
  for (const each of [world.names, world.plain, world.secure]) await each[Symbol.asyncDispose]();
});

const seen = (body: string): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

describe.each(['netns', 'explicit'])('S7 wildcards, capture %s', (capture) => {
  let customer: Customer;

  beforeAll(async () => {
    customer = await Customer.start(world.mesh, { namespace: 'shop', capture, name: `caller-${capture}` });
  });

  const ok = (url: string) => customer.until(url, ({ status }) => status === 200);

  test('every name is asked of DNS when it is called, and gets its own server', async () => {
    expect(seen((await ok('http://a.wild.example/p?q=1')).body)).toMatchObject({ name: 'plain', host: 'a.wild.example', url: '/p?q=1' });
    expect(seen((await ok('http://deep.b.wild.example/')).body)).toMatchObject({ host: 'deep.b.wild.example' });
    expect(world.names.asked).toEqual(expect.arrayContaining(['a.wild.example', 'deep.b.wild.example']));
  });

  test('a narrower wildcard and a host of its own are more specific', async () => {
    expect(seen((await ok(`http://x.narrow.wild.example:${world.plain.port}/`)).body)).toMatchObject({ host: `x.narrow.wild.example:${world.plain.port}` });
    expect(seen((await ok('http://exact.wild.example/')).body)).toMatchObject({ host: 'exact.wild.example' });
    expect(world.names.asked).not.toContain('exact.wild.example');
  });

  test('a name that DNS does not know is told', async () => {
    const answer = await customer.get('http://nobody.wild.example/');
    expect(answer.status).toBe(503);
    expect(answer.headers['weft-reason']).toContain('dns_resolution_failure');
  });

  test('TLS on behalf of the application: server name and certificate of the host that is called', async () => {
    expect(seen((await ok('http://good.secured.example/')).body)).toMatchObject({ name: 'secure', sni: 'good.secured.example', version: '2.0' });
    for (const host of ['bad.secured.example', 'x.system.example']) {
      const refused = await customer.until(`http://${host}/`, ({ status }) => status === 503);
      expect(refused.headers['weft-reason'], host).toMatch(/^upstream-tls; .*CERTIFICATE_VERIFY_FAILED/);
    }
  });
});

describe('S7 wildcards, what only an address shows', () => {
  let customer: Customer;

  beforeAll(async () => {
    customer = await Customer.start(world.mesh, { namespace: 'shop', capture: 'netns', name: 'caller-bytes' });
    await customer.until('http://a.wild.example/', ({ status }) => status === 200);
  });

  test('another host at the address of a wildcard is not asked for', async () => {
    const answer = await customer.get('http://a.wild.example/', { host: 'elsewhere.example' });
    expect([answer.status, toldBy(answer.headers)]).toEqual([502, 'no-route; host=elsewhere.example']);
    expect(world.names.asked).not.toContain('elsewhere.example');
  });

  test('a port in the Host header leads nowhere else', async () => {
    const answer = await customer.get('http://a.wild.example/', { host: `a.wild.example:${world.secure.port}` });
    expect(seen(answer.body)).toMatchObject({ name: 'plain' });
  });

  test('TLS of the application itself goes by its server name, and only to names of the wildcard', async () => {
    const answer = await customer.tls('a.wild.example', 443, 'a.wild.example');
    expect(answer.body).toContain('"sni":"a.wild.example"');
    expect((await customer.tls('a.wild.example', 443, 'elsewhere.example')).body).toBe('closed');
    expect(world.names.asked).not.toContain('elsewhere.example');
  });
});
