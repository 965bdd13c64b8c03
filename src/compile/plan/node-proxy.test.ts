// A proxy serves a set of workloads: nothing in the pipeline assumes one.
import { expect, test } from 'vitest';
import { documentsOf, fullSet, meshOf, shown } from '../../../test/kit/compiled.ts';
import type { ProxyId, WorkloadKey } from '../../model/index.ts';

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
});

test('a workload that is not in the mesh is left out, with a word about it', () => {
  const mesh = meshOf(documentsOf(TEXT).documents);
  const { diagnostics, resources } = fullSet(mesh, { id: 'x' as ProxyId, role: 'sidecar', serves: ['shop/gone' as WorkloadKey], envoyVersion: '1.40.0' });
  expect(diagnostics.map((one) => `${one.code} ${one.message}`)).toEqual(['WEFT1505 proxy x serves Workload shop/gone, which does not exist']);
  expect(resources.filter((resource) => resource.type === 'listener')).toEqual([]);
});
