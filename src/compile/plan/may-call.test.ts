// Nobody makes the proxies of others call a third: who is called because a policy names it has permitted that.
import { expect, test } from 'vitest';
import { documentsOf, fullSet, meshAgain, meshOf, sidecarOf } from '../../../test/kit/compiled.ts';
import { apply, documentKey, type Mesh, makeDocumentKey, serviceKey } from '../../model/index.ts';
import { affected, documentDiagnostics, neighbours } from '../index.ts';

const service = (namespace: string, name: string, port: number, protocol: string) =>
  `{ apiVersion: v1, kind: Service, metadata: { name: ${name}, namespace: ${namespace} }, spec: { selector: { app: ${name} }, ports: [{ port: ${port}, targetPort: 8080, appProtocol: ${protocol} }] } }`;
const workload = (namespace: string, name: string, spec: string) =>
  `{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: ${name}-1, namespace: ${namespace}, labels: { app: ${name} } }, spec: { address: 10.0.0.1, serviceAccount: ${name}, proxy: { capture: { mode: none }, bind: 127.0.0.1 }, ${spec} } }`;
const route = (name: string, parent: string) =>
  `{ apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: { name: ${name}, namespace: shop }, spec: { parentRefs: [${parent}], rules: [{ backendRefs: [{ name: web, port: 80 }] }] } }`;

const AROUND = [
  service('shop', 'web', 80, 'http'),
  service('bank', 'guard', 9000, 'grpc'),
  service('bank', 'idp', 80, 'http'),
  workload('edge', 'edge', 'gateway: edge'),
  workload('shop', 'web', 'ports: [{ port: 8080, proxyPort: 20001 }]'),
  workload('other', 'caller', 'ports: [{ port: 8080, proxyPort: 20002 }]'),
  '{ apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: { name: edge, namespace: edge }, spec: { gatewayClassName: weft, listeners: [{ name: any, port: 80, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }] } }',
  '{ apiVersion: v1, kind: Secret, metadata: { name: idp, namespace: shop }, stringData: { client-secret: of-the-client, cookie-secret: cookies-are-sealed-with-what-stands-here } }',
  route('shared', '{ name: edge, namespace: edge }'),
  route('inside', '{ group: "", kind: Service, name: web }'),
];

const SAYING: Readonly<Record<string, string>> = {
  ExternalAuthorizationPolicy: 'protocol: GRPC, service: { name: guard, namespace: bank, port: 9000 }',
  ExtensionPolicy: 'extProc: { service: { name: guard, namespace: bank, port: 9000 } }',
  RequestAuthenticationPolicy: 'issuers: [{ issuer: i, audiences: [a], keys: { remote: { uri: "http://idp.bank.mesh/keys" } } }]',
  OIDCPolicy:
    'issuer: "https://idp.example.com", provider: { authorizationEndpoint: "https://idp.example.com/authorize", tokenEndpoint: "http://idp.bank.mesh/token" }, clientId: c, clientSecretRef: { name: idp }, cookieSecretRef: { name: idp }, redirectPath: /oauth2/callback',
};
const KINDS = Object.keys(SAYING);
const AT_GATEWAY = 'targetRefs: [{ kind: HTTPRoute, name: shared }]';

const policy = (kind: string, at: string, namespace = 'shop') =>
  `{ apiVersion: weft.dev/v1alpha1, kind: ${kind}, metadata: { name: p, namespace: ${namespace} }, spec: { ${at}, ${SAYING[kind]} } }`;
const grant = (kind: string, { to = '{ group: "", kind: Service }', namespace = 'bank', from = 'shop' } = {}) =>
  `{ apiVersion: gateway.networking.k8s.io/v1, kind: ReferenceGrant, metadata: { name: g, namespace: ${namespace} }, spec: { from: [{ group: weft.dev, kind: ${kind}, namespace: ${from} }], to: [${to}] } }`;

const read = (...documents: readonly string[]) => documentsOf(documents.join('\n---\n')).documents;
const meshWith = (...documents: readonly string[]): Mesh => meshOf(read(...AROUND, ...documents));

/** Whether routes, listeners and filters of a proxy name a cluster of that namespace: others than those by which its Services are called anyhow. */
function calls(mesh: Mesh, proxy: string): boolean {
  const { resources } = fullSet(mesh, sidecarOf(proxy));
  const told = resources.filter(({ type, name }) => type !== 'cluster' && type !== 'endpoints' && !name.includes('bank.mesh'));
  return told.some(({ body }) => /outbound\|\d+\|\|\w+\.bank\.mesh/.test(Buffer.concat(body).toString('latin1')));
}

const said = (mesh: Mesh, kind: string, namespace = 'shop') =>
  documentDiagnostics(mesh, makeDocumentKey('weft.dev', kind, namespace, 'p')).filter(({ code }) => code === 'WEFT2156');

test.each(KINDS)('%s of a route: the Gateway of another namespace calls a third one only with its grant, and the policy says which', (kind) => {
  const refused = meshWith(policy(kind, AT_GATEWAY));
  expect(calls(refused, 'edge/edge-1')).toBe(false);
  const [found, ...others] = said(refused, kind);
  expect([found?.at.name, others]).toEqual(['p', []]);
  const name = kind.startsWith('Ext') ? 'guard' : 'idp';
  const spec = /spec: (\{.*\})$/.exec(found?.hint ?? '')?.[1];
  expect(spec).toBe(`{ from: [{ group: weft.dev, kind: ${kind}, namespace: shop }], to: [{ group: "", kind: Service, name: ${name} }] }`);
  const permitted = meshWith(
    policy(kind, AT_GATEWAY),
    `{ apiVersion: gateway.networking.k8s.io/v1, kind: ReferenceGrant, metadata: { name: g, namespace: bank }, spec: ${spec} }`,
  );
  expect([calls(permitted, 'edge/edge-1'), said(permitted, kind)]).toEqual([true, []]);
});

test.each([
  ['of another kind', grant('HTTPRoute')],
  ['for another namespace', grant('ExternalAuthorizationPolicy', { from: 'edge' })],
  ['in another namespace', grant('ExternalAuthorizationPolicy', { namespace: 'shop' })],
  ['for another Service', grant('ExternalAuthorizationPolicy', { to: '{ group: "", kind: Service, name: idp }' })],
  ['for another kind of what is called', grant('ExternalAuthorizationPolicy', { to: '{ group: weft.dev, kind: ExternalService }' })],
])('a grant %s permits nothing', (_, other) => {
  const mesh = meshWith(policy('ExternalAuthorizationPolicy', AT_GATEWAY), other);
  expect([calls(mesh, 'edge/edge-1'), said(mesh, 'ExternalAuthorizationPolicy').length]).toEqual([false, 1]);
});

test('a proxy of the namespace of the policy calls as before, a sidecar and a Gateway alike', () => {
  for (const kind of ['ExternalAuthorizationPolicy', 'ExtensionPolicy', 'RequestAuthenticationPolicy']) {
    const mesh = meshWith(policy(kind, 'targetRefs: [{ kind: Service, name: web }]'));
    expect([kind, calls(mesh, 'shop/web-1'), said(mesh, kind)]).toEqual([kind, true, []]);
    const own = meshWith(policy(kind, 'targetRefs: [{ kind: Gateway, name: edge }]', 'edge'));
    expect([kind, calls(own, 'edge/edge-1'), said(own, kind, 'edge')]).toEqual([kind, true, []]);
  }
});

test('a policy for everybody, and a processor of a route that everybody takes, are those of others', () => {
  const everybody = meshWith(policy('ExternalAuthorizationPolicy', 'targetRefs: [{ kind: Mesh, name: default }]', 'weft-system'));
  expect([calls(everybody, 'shop/web-1'), said(everybody, 'ExternalAuthorizationPolicy', 'weft-system').length]).toEqual([false, 1]);
  const taken = 'targetRefs: [{ kind: HTTPRoute, name: inside }]';
  const refused = meshWith(policy('ExtensionPolicy', taken));
  expect([calls(refused, 'other/caller-1'), said(refused, 'ExtensionPolicy').length]).toEqual([false, 1]);
  expect(calls(meshWith(policy('ExtensionPolicy', taken), grant('ExtensionPolicy')), 'other/caller-1')).toBe(true);
});

test('keys of a server outside need no grant, unless a Gateway calls it as itself', () => {
  const outside = (egress: string) =>
    `{ apiVersion: weft.dev/v1alpha1, kind: ExternalService, metadata: { name: idp, namespace: bank }, spec: { hosts: [idp.example.com], ports: [{ port: 443, appProtocol: http }], resolution: DNS, tls: {}${egress} } }`;
  const asks = `{ apiVersion: weft.dev/v1alpha1, kind: RequestAuthenticationPolicy, metadata: { name: p, namespace: shop }, spec: { ${AT_GATEWAY}, issuers: [{ issuer: i, audiences: [a], keys: { remote: { uri: "https://idp.example.com/keys" } } }] } }`;
  const kind = 'RequestAuthenticationPolicy';
  expect(said(meshWith(outside(''), asks), kind)).toEqual([]);
  expect(said(meshWith(outside(', egress: { gateway: { namespace: bank, name: out } }'), asks), kind)).toHaveLength(1);
});

test('a grant that comes or goes changes what the Gateway does, and what is said of the policy', () => {
  const kind = 'ExternalAuthorizationPolicy';
  const mesh = meshWith(policy(kind, AT_GATEWAY));
  calls(mesh, 'edge/edge-1');
  const [granted] = read(grant(kind));
  if (granted === undefined) expect.fail('no grant');
  const come = apply(mesh, [{ kind: 'put', document: granted }]);
  expect([affected(mesh, come.mesh, come.changes).gateways, calls(come.mesh, 'edge/edge-1')]).toEqual([new Set(['edge/edge']), true]);
  expect(neighbours(mesh, come.mesh, come.changes)).toContain(makeDocumentKey('weft.dev', kind, 'shop', 'p'));
  const gone = apply(come.mesh, [{ kind: 'delete', key: documentKey(granted) }]);
  expect([calls(gone.mesh, 'edge/edge-1'), calls(meshAgain(gone.mesh), 'edge/edge-1')]).toEqual([false, false]);
});

test.each([
  ['a grant', grant('ExtensionPolicy'), AROUND],
  ['who is called', service('bank', 'guard', 9000, 'grpc'), AROUND.filter((each) => !each.includes('name: guard'))],
])('%s that comes changes the routes of whoever calls a Service, and proxies in front of one', (what, document, around) => {
  const processor = policy('ExtensionPolicy', 'targetRefs: [{ kind: HTTPRoute, name: inside }]');
  const granted = what === 'a grant' ? [] : [grant('ExtensionPolicy')];
  const mesh = meshOf(read(...around, processor, ...granted));
  const { mesh: next, changes } = apply(
    mesh,
    read(document).map((each) => ({ kind: 'put', document: each }) as const),
  );
  const { services, proxies } = affected(mesh, next, changes);
  expect([services.get(serviceKey('shop', 'web'))?.routes, proxies]).toEqual([true, 'all']);
  expect([calls(mesh, 'other/caller-1'), calls(next, 'other/caller-1'), calls(meshAgain(next), 'other/caller-1')]).toEqual([false, true, true]);
});

test('a route that a Gateway takes goes into the namespace of a parent Service only with a grant', () => {
  const both = (parents: string) =>
    `{ apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: { name: both, namespace: shop }, spec: { parentRefs: [${parents}], rules: [{ backendRefs: [{ name: idp, namespace: bank, port: 80 }] }] } }`;
  const service = '{ group: "", kind: Service, namespace: bank, name: idp }';
  const codes = (mesh: Mesh) => documentDiagnostics(mesh, makeDocumentKey('gateway.networking.k8s.io', 'HTTPRoute', 'shop', 'both')).map(({ code }) => code);
  expect(codes(meshWith(both(service)))).toEqual([]);
  const refused = meshWith(both(`${service}, { namespace: edge, name: edge }`));
  expect([codes(refused), calls(refused, 'edge/edge-1')]).toEqual([['WEFT1303'], false]);
});
