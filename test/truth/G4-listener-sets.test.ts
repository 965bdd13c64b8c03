// G4 ListenerSets by traffic: teams bring listeners, certificates and routes of their own to a Gateway of somebody else.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askPlain, askTls, certificateFor, edgeRoute, gatewayDocument, startGateway, tlsSecret } from '../kit/edge.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const mesh = TestMesh.open();
let [plain, secure, extra] = [0, 0, 0];

const API = 'gateway.networking.k8s.io/v1';
const namespaceOf = (name: string, tier: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { tier } } });
const setOf = (namespace: string, listeners: readonly object[], name = 'set') => ({
  apiVersion: API,
  kind: 'ListenerSet',
  metadata: { name, namespace },
  spec: { parentRef: { name: 'edge', namespace: 'edge' }, listeners },
});
const routeOf = (namespace: string, name: string, sectionName: string | undefined, backend = 'web') => ({
  apiVersion: API,
  kind: 'HTTPRoute',
  metadata: { name, namespace },
  spec: {
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'ListenerSet', name: 'set', ...(sectionName === undefined ? {} : { sectionName }) }],
    rules: [{ backendRefs: [{ name: backend, namespace: 'shop', port: 80 }] }],
  },
});
const served = (body: string): string => /^(\w+) v1/.exec(body)?.[1] ?? body.trim();
const status = async (host: string, port = plain, path = '/') => (await askPlain(port, { host, path }).catch(() => undefined))?.status ?? 0;
const become = (what: string, probe: () => Promise<number>, wanted: number) => eventually(what, async () => ((await probe()) === wanted ? true : undefined));

interface Conditions {
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
}
const conditionOf = ({ conditions }: Conditions, type: string) =>
  conditions.filter((each) => each.type === type).map((each) => `${each.status} ${each.reason}`)[0];

beforeAll(async () => {
  await mesh.up();
  [plain, secure, extra] = [await freePort(), await freePort(), await freePort()];
  const grant = (from: string) => ({ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: from });
  await mesh.apply([
    namespaceOf('red', 'team'),
    namespaceOf('blue', 'team'),
    namespaceOf('stranger', 'none'),
    serviceDocument('web', { app: 'web' }),
    serviceDocument('pay', { app: 'pay' }),
    {
      apiVersion: API,
      kind: 'ReferenceGrant',
      metadata: { name: 'teams', namespace: 'shop' },
      spec: { from: ['red', 'blue'].map(grant), to: [{ group: '', kind: 'Service' }] },
    },
    gatewayDocument([{ name: 'own', port: plain, protocol: 'HTTP', hostname: 'own.test' }], {
      allowedListeners: { namespaces: { from: 'Selector', selector: { matchLabels: { tier: 'team' } } } },
    }),
    edgeRoute('own', [{ backendRefs: [{ name: 'pay', port: 80 }] }]),
    tlsSecret('red', certificateFor(mesh, ['red.test']), 'red'),
    setOf('red', [
      { name: 'plain', port: plain, protocol: 'HTTP', hostname: 'red.test' },
      { name: 'tls', port: secure, protocol: 'HTTPS', hostname: 'red.test', tls: { certificateRefs: [{ name: 'red' }] } },
      { name: 'taken', port: plain, protocol: 'HTTP', hostname: 'own.test' },
    ]),
    routeOf('red', 'all', undefined),
  ]);
  await Promise.all([startApp(mesh, { service: 'web' }), startApp(mesh, { service: 'pay' })]);
  await startGateway(mesh);
  await become('the gateway', () => status('red.test'), 200);
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

test('G4 a team adds listeners with a certificate of its own, and routes to them; the Gateway’s own routes are not there', async () => {
  expect(served((await askPlain(plain, { host: 'red.test' })).body)).toBe('web');
  const answer = await askTls(secure, { host: 'red.test' });
  expect([answer.status, served(answer.body), answer.names]).toEqual([200, 'web', 'DNS:red.test']);
  expect(served((await askPlain(plain, { host: 'own.test' })).body)).toBe('pay');
});

test('G4 what a listener of the Gateway has, no ListenerSet takes away; statuses say so', async () => {
  const wanted = [
    ['plain', 'False NoConflicts', 'True Programmed'],
    ['tls', 'False NoConflicts', 'True Programmed'],
    ['taken', 'True HostnameConflict', 'False HostnameConflict'],
  ];
  await eventually('the statuses of its listeners', async () => {
    const set = await mesh.call<{ status: Conditions & { listeners: readonly (Conditions & { name: string })[] } }>(
      `/apis/${API}/namespaces/red/listenersets/set`,
    );
    expect(conditionOf(set.status, 'Accepted')).toBe('True ListenersNotValid');
    const listeners = set.status.listeners.map((each) => [each.name, conditionOf(each, 'Conflicted'), conditionOf(each, 'Programmed')]);
    return JSON.stringify(listeners) === JSON.stringify(wanted) ? true : undefined;
  });
  const gateway = await mesh.call<{ status: { attachedListenerSets: number } }>(`/apis/${API}/namespaces/edge/gateways/edge`);
  expect(gateway.status.attachedListenerSets).toBe(1);
});

test('G4 a port that only a ListenerSet has is opened and closed with it, and nobody else notices', async () => {
  await mesh.apply([setOf('blue', [{ name: 'plain', port: extra, protocol: 'HTTP' }]), routeOf('blue', 'blue', 'plain', 'pay')]);
  await become('the new port', () => status('any.test', extra), 200);
  expect(await status('red.test')).toBe(200);
  await mesh.call(`/apis/${API}/namespaces/blue/listenersets/set`, { method: 'DELETE' });
  await become('the port to close', () => status('any.test', extra), 0);
  expect([await status('red.test'), await status('own.test')]).toEqual([200, 200]);
});

test('G4 of two teams that want one host the older has it, and the other one when that is gone', async () => {
  const wanted = [{ name: 'plain', port: plain, protocol: 'HTTP', hostname: 'both.test' }];
  await mesh.apply([
    setOf('red', [{ name: 'plain', port: plain, protocol: 'HTTP', hostname: 'red.test' }, ...wanted.map((each) => ({ ...each, name: 'both' }))]),
  ]);
  await become('the first one', () => status('both.test'), 200);
  await mesh.apply([setOf('blue', wanted), routeOf('blue', 'blue', 'plain', 'pay')]);
  await eventually('the younger one to be told', async () => {
    const { status: said } = await mesh.call<{ status?: { listeners?: readonly Conditions[] } }>(`/apis/${API}/namespaces/blue/listenersets/set`);
    return said?.listeners?.[0] !== undefined && conditionOf(said.listeners[0], 'Conflicted') === 'True HostnameConflict' ? true : undefined;
  });
  expect(served((await askPlain(plain, { host: 'both.test' })).body)).toBe('web');
  await mesh.call(`/apis/${API}/namespaces/red/listenersets/set`, { method: 'DELETE' });
  await eventually('the other one', async () => (served((await askPlain(plain, { host: 'both.test' })).body) === 'pay' ? true : undefined));
});

test('G4 a namespace that the Gateway does not let in has nothing there, until it is let in', async () => {
  await mesh.apply([
    setOf('stranger', [{ name: 'plain', port: plain, protocol: 'HTTP', hostname: 'stranger.test' }]),
    {
      ...routeOf('stranger', 'stranger', 'plain'),
      spec: { parentRefs: [{ kind: 'ListenerSet', name: 'set' }], rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { statusCode: 302 } }] }] },
    },
  ]);
  await eventually('its status', async () => {
    const { status: said } = await mesh.call<{ status?: Conditions }>(`/apis/${API}/namespaces/stranger/listenersets/set`);
    return said !== undefined && conditionOf(said, 'Accepted') === 'False NotAllowed' ? true : undefined;
  });
  expect(await status('stranger.test')).toBe(404);
  await mesh.apply([namespaceOf('stranger', 'team')]);
  await become('to be let in', () => status('stranger.test'), 302);
});
