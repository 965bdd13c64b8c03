// A proxy serves a set of workloads: nothing in the pipeline assumes one.
import { expect, test } from 'vitest';
import { documentsOf, fullSet, meshOf, shown } from '../../../test/kit/compiled.ts';
import { dangling } from '../../../test/kit/dangling.ts';
import { apply, makeDocumentKey, type ProxyId, type WorkloadKey } from '../../model/index.ts';
import { affected, documentDiagnostics, subjectKey, subjectsOf } from '../index.ts';

const TEXT = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080, appProtocol: http }] }
---
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: web-1, namespace: shop, labels: { app: web } }
spec: { serviceAccount: web, address: 10.0.0.1, ports: [{ port: 8080, proxyPort: 20001 }], proxy: { capture: { mode: netns, netns: /run/netns/web, resolvers: [] }, bind: 10.0.0.1 } }
---
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: db-1, namespace: shop, labels: { app: db } }
spec: { serviceAccount: db, address: 10.0.0.1, ports: [{ port: 5432, proxyPort: 20002 }], proxy: { capture: { mode: netns, netns: /run/netns/db, resolvers: [] }, bind: 10.0.0.1 } }
`;

test('a proxy of two workloads has two of everything, each in its own namespace, under its own identity', () => {
  const mesh = meshOf(documentsOf(TEXT).documents);
  const serves = ['shop/web-1', 'shop/db-1'] as unknown as readonly WorkloadKey[];
  const { resources, diagnostics } = fullSet(mesh, { id: 'node-1' as ProxyId, role: 'node', serves, envoyVersion: '1.40.0' });
  expect(diagnostics).toEqual([]);
  expect(Object.keys(shown(resources, 'listener'))).toEqual([
    'dns/shop/db-1',
    'dns/shop/web-1',
    'inbound/shop/db-1',
    'inbound/shop/web-1',
    'outbound/shop/db-1',
    'outbound/shop/web-1',
  ]);
  expect(Object.keys(shown(resources, 'cluster'))).toEqual([
    'inbound|5432||/shop/db-1',
    'inbound|8080||/shop/web-1',
    'outbound|80||web.shop.mesh#id=spiffe://example.mesh/ns/shop/sa/db',
    'outbound|80||web.shop.mesh#id=spiffe://example.mesh/ns/shop/sa/web',
    'passthrough',
    'unresolved',
  ]);
  const listeners = shown(resources, 'listener') as Record<string, { address: { socket_address: Record<string, unknown> } }>;
  expect(listeners['outbound/shop/db-1']?.address.socket_address).toMatchObject({
    address: '127.0.0.1',
    port_value: 15001,
    network_namespace_filepath: '/run/netns/db',
  });
  expect(JSON.stringify(listeners['inbound/shop/web-1'])).toContain('"name":"spiffe://example.mesh/ns/shop/sa/web"');
  // Whose it is stands in the frame, and what is told of it repeats that.
  expect(listeners['inbound/shop/web-1']).toMatchObject({ metadata: { filter_metadata: { weft: { workload: 'shop/web-1' } } } });
  expect(JSON.stringify(listeners['outbound/shop/db-1'])).toContain('%METADATA(LISTENER:weft:workload)%');
});

const SERVED = TEXT.replaceAll('bind: 10.0.0.1', 'bind: 10.0.0.1, node: weft-system/node-n1');
const NODE = `
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: node-n1, namespace: weft-system }
spec: { serviceAccount: node, address: 10.0.0.1, node: true, proxy: { capture: { mode: none } } }
`;
const node = (...serves: readonly string[]) => ({
  id: 'weft-system/node-n1' as ProxyId,
  role: 'node' as const,
  serves: serves as unknown as readonly WorkloadKey[],
  envoyVersion: '1.40.0',
});

test('the names of a node are the same with one workload as with two, and what it needs is what its subjects give', () => {
  const mesh = meshOf(documentsOf(`${SERVED}---${NODE}`).documents);
  const [one, both] = [fullSet(mesh, node('shop/web-1')), fullSet(mesh, node('shop/db-1', 'shop/web-1'))];
  const names = ({ resources }: typeof one) => resources.map(({ type, name, version }) => `${type} ${name} ${version}`);
  // The way out belongs to all of them: its origins differ, its bytes do not.
  expect(names(both)).toEqual(expect.arrayContaining(names(one)));
  expect(subjectsOf(mesh, node('shop/db-1', 'shop/web-1')).map(subjectKey)).toEqual([
    'shop/web#id=spiffe://example.mesh/ns/shop/sa/db',
    'shop/web#id=spiffe://example.mesh/ns/shop/sa/web',
  ]);
  expect(fullSet(mesh, node()).resources.filter(({ type }) => type === 'listener')).toEqual([]);
  expect(dangling(both.resources)).toEqual([]);
});

test('a change of a workload or of what it sees is one for its node', () => {
  const mesh = meshOf(documentsOf(`${SERVED}---${NODE}`).documents);
  const [service, web] = documentsOf(SERVED).documents;
  if (service === undefined || web === undefined) throw new Error('no documents');
  const proxiesOf = (document: typeof web) => {
    const { mesh: next, changes } = apply(mesh, [{ kind: 'put', document }]);
    return affected(mesh, next, changes).proxies;
  };
  expect(proxiesOf({ ...web, spec: { ...web.spec, serviceAccount: 'other' } })).toContain('weft-system/node-n1');
  expect(proxiesOf({ ...service, spec: { ...service.spec, ports: [] } })).toContain('weft-system/node-n1');
});

test('a node that is not there, a capture that it cannot do, and a patch that it leaves out are said', () => {
  const patch = `
apiVersion: weft.dev/v1alpha1
kind: ProxyPatch
metadata: { name: mine, namespace: shop }
spec: { targetRefs: [{ kind: Service, name: web }], patches: [{ resource: { type: listener, nameGlob: '*' }, operations: [{ op: remove, path: /stat_prefix }] }] }
`;
  const said = (text: string, name = 'web-1') =>
    documentDiagnostics(meshOf(documentsOf(text).documents), makeDocumentKey('weft.dev', 'Workload', 'shop', name)).map(({ code }) => code);
  expect(said(SERVED)).toEqual(['WEFT2481']);
  expect(said(`${SERVED}---${NODE}`)).toEqual([]);
  expect(said(`${SERVED}---${NODE}---${patch}`)).toEqual(['WEFT2483']);
  expect(said(`${SERVED}---${NODE}---${patch}`, 'db-1')).toEqual([]);
  expect(documentsOf(SERVED.replaceAll('mode: netns, netns: /run/netns/web, resolvers: []', 'mode: none')).diagnostics.map(({ code }) => code)).toContain(
    'WEFT2480',
  );
});

test('a workload that is not in the mesh is left out, with a word about it', () => {
  const mesh = meshOf(documentsOf(TEXT).documents);
  const { diagnostics, resources } = fullSet(mesh, { id: 'x' as ProxyId, role: 'sidecar', serves: ['shop/gone' as WorkloadKey], envoyVersion: '1.40.0' });
  expect(diagnostics.map((one) => `${one.code} ${one.message}`)).toEqual(['WEFT1505 proxy x serves Workload shop/gone, which does not exist']);
  expect(resources.filter((resource) => resource.type === 'listener')).toEqual([]);
});

test('a pod has everything in its network namespace, readiness and probes as well; its way out begins there', () => {
  const probes =
    '[{ path: /probe/app/livenessProbe, kind: tcp, port: 8080, timeoutMs: 1000, periodMs: 1000 }, { path: /probe/app/readinessProbe, kind: http, port: 8080, targetPath: /$(x), timeoutMs: 1000, periodMs: 1000 }]';
  const pods = SERVED.replaceAll(/mode: netns, netns: (\S+), resolvers: \[\]/g, `mode: pod, netns: $1, probes: ${probes}`).replaceAll('bind: 10.0.0.1, ', '');
  const { documents, diagnostics } = documentsOf(`${pods}---${NODE}`);
  expect(diagnostics).toEqual([]);
  const { resources } = fullSet(meshOf(documents), node('shop/db-1', 'shop/web-1'));
  expect(dangling(resources)).toEqual([]);
  const listeners = shown(resources, 'listener') as Record<string, { address: { socket_address: Record<string, unknown> }; metadata: unknown }>;
  const places = Object.entries(listeners).map(
    ([name, { address }]) => `${name} ${address.socket_address['network_namespace_filepath']} ${address.socket_address['port_value']}`,
  );
  expect(places.filter((place) => place.includes('web-1'))).toEqual([
    'dns/shop/web-1 /run/netns/web 15053',
    'inbound/shop/web-1 /run/netns/web 15006',
    'outbound/shop/web-1 /run/netns/web 15001',
    'ready/shop/web-1 /run/netns/web 15021',
  ]);
  expect(listeners['ready/shop/web-1']?.metadata).toEqual({ filter_metadata: { weft: { workload: 'shop/web-1' } } });
  const clusters = shown(resources, 'cluster') as Record<string, unknown>;
  for (const name of ['passthrough/shop/web-1', 'inbound|8080||/shop/web-1', 'probe:/probe/app/livenessProbe/shop/web-1'])
    expect(JSON.stringify(clusters[name])).toContain('"network_namespace_filepath":"/run/netns/web"');
  expect(JSON.stringify(listeners['outbound/shop/web-1'])).toContain('"passthrough/shop/web-1"');
  expect(JSON.stringify(listeners['ready/shop/web-1'])).toContain('"prefix_rewrite":"/$(x)"');
});
