// Which namespace may use which host name (S-14, M-16).
import { expect, test } from 'vitest';
import { openTestApi, type Reply, type TestApi } from '../../test/kit/manage-api.ts';
import { bind, makeUser } from '../../test/kit/users.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const mesh = (owners: readonly object[], unowned = 'Anyone') => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'Mesh',
  metadata: { name: 'default' },
  spec: { hosts: { owners, unowned } },
});
const OWNERS = [
  { hosts: ['shop.example', '*.shop.example'], namespaces: ['shop'] },
  { hosts: ['pay.shop.example'], namespaces: ['pay', 'shop'] },
];
const infra = [{ name: 'edge', namespace: 'infra' }];
const route = (namespace: string, hostnames: readonly string[], parentRefs: readonly object[] = infra) => ({
  apiVersion: GATEWAY_API,
  kind: 'HTTPRoute',
  metadata: { name: 'r', namespace },
  spec: { parentRefs, ...(hostnames.length === 0 ? {} : { hostnames }), rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
});
const gateway = (namespace: string, hostname?: string) => ({
  apiVersion: GATEWAY_API,
  kind: 'Gateway',
  metadata: { name: 'edge', namespace },
  spec: { gatewayClassName: 'weft', listeners: [{ name: 'http', port: 80, protocol: 'HTTP', ...(hostname === undefined ? {} : { hostname }) }] },
});
const external = (namespace: string, host: string) => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'ExternalService',
  metadata: { name: 'e', namespace },
  spec: { hosts: [host], ports: [{ name: 'http', port: 80, appProtocol: 'http' }] },
});

const apply = (api: TestApi, documents: readonly unknown[], more: object = {}): Promise<Reply> =>
  api.call('POST', '/weft/v1/apply', { body: { documents, ...more } });
const codes = (reply: Reply): readonly string[] => (reply.body.details?.diagnostics ?? []).map(({ code }) => code);

test.each([
  ['a name of its own', route('shop', ['shop.example', 'a.b.shop.example']), true],
  ['the particular entry counts', route('pay', ['pay.shop.example']), true],
  ['… for it alone', route('pay', ['pay2.shop.example']), false],
  ["another's name", route('b', ['shop.example']), false],
  ["another's name, in capitals by a listener", gateway('b', 'www.shop.example'), false],
  ["a wildcard over another's", route('b', ['*.example']), false],
  ["a wildcard that another's entry is within", route('pay', ['*.shop.example']), false],
  ['a name of nobody', route('b', ['b.example']), true],
  ['no names, at a Gateway of another namespace', route('b', []), false],
  ['no names, at its own Gateway', route('infra', [], [{ name: 'edge' }]), true],
  ['no names, at a Service', route('b', [], [{ group: '', kind: 'Service', name: 'web' }]), true],
  ['a listener for all', gateway('infra'), true],
  ["an ExternalService with another's name", external('b', 'api.shop.example'), false],
  ['an ExternalService of its own', external('shop', 'api.shop.example'), true],
])('%s', async (_what, document, good) => {
  await using api = await openTestApi();
  expect((await apply(api, [mesh(OWNERS)])).status).toBe(200);
  const reply = await apply(api, [document]);
  expect([reply.status, codes(reply)]).toEqual(good ? [200, []] : [422, ['WEFT2204']]);
  if (!good) expect(reply.body.message).toMatch(/belongs to (shop|pay, shop)/);
  // the same by REST, and with the rule in the same transaction
  const path = `/apis/${document.apiVersion}/namespaces/${document.metadata.namespace}/${document.kind === 'Gateway' ? 'gateways' : document.kind === 'HTTPRoute' ? 'httproutes' : 'externalservices'}`;
  await using other = await openTestApi();
  expect((await apply(other, [document, mesh(OWNERS)])).status).toBe(good ? 200 : 422);
  expect((await apply(other, [mesh(OWNERS)])).status).toBe(200);
  if (!good) expect((await other.call('POST', path, { body: document })).status).toBe(422);
});

test('a rule that documents break already is not written; what belongs to nobody can be for nobody', async () => {
  await using api = await openTestApi();
  await apply(api, [route('b', ['shop.example'])]);
  const reply = await apply(api, [mesh(OWNERS)]);
  expect([reply.status, reply.body.details.diagnostics[0]?.at]).toMatchObject([422, { kind: 'HTTPRoute', namespace: 'b', path: 'spec.hostnames[0]' }]);
  const rest = await api.call('POST', '/apis/weft.dev/v1alpha1/meshes', { body: mesh(OWNERS) });
  expect(rest.status).toBe(422);
  await api.call('DELETE', '/apis/gateway.networking.k8s.io/v1/namespaces/b/httproutes/r');
  expect((await apply(api, [mesh(OWNERS, 'Nobody')])).status).toBe(200);
  expect((await apply(api, [route('b', ['b.example'])])).status).toBe(422);
  expect(
    (
      await apply(api, [
        mesh([
          { hosts: ['a.example'], namespaces: ['a'] },
          { hosts: ['a.example'], namespaces: ['b'] },
        ]),
      ])
    ).status,
  ).toBe(422);
});

test('a tenant cannot change who owns a host', async () => {
  await using api = await openTestApi();
  await apply(api, [mesh(OWNERS)]);
  const authorization = await makeUser(api, 'ann');
  await bind(api, 'ann', 'admin', 'b');
  const as = { headers: { authorization } };
  expect((await api.call('POST', '/weft/v1/apply', { body: { documents: [mesh([])] }, ...as })).status).toBe(403);
  expect((await api.call('DELETE', '/apis/weft.dev/v1alpha1/meshes/default', as)).status).toBe(403);
  expect((await api.call('POST', '/weft/v1/apply', { body: { documents: [route('b', ['shop.example'])] }, ...as })).status).toBe(422);
  expect((await api.call('POST', '/weft/v1/apply', { body: { documents: [route('b', ['b.example'])] }, ...as })).status).toBe(200);
});
