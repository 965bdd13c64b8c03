import { describe, expect, test } from 'vitest';
import { documentsOf, fullSet, meshOf, sha256, sidecarOf } from '../../../test/kit/compiled.ts';
import { type Resource, resourceJson } from '../../envoy/index.ts';
import { applyEntry } from './apply.ts';
import type { ResourcePatch } from './schema.ts';

const SHOP = `
apiVersion: v1
kind: Service
metadata: { name: checkout, namespace: shop }
spec: { selector: { app: checkout }, ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }] }
---
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: checkout-1, namespace: shop, labels: { app: checkout } }
spec:
  serviceAccount: checkout
  address: 10.0.0.7
  ports: [{ name: http, port: 8080, proxyPort: 20080 }]
  proxy: { capture: { mode: netns, netns: /run/netns/a, resolvers: [] }, bind: 10.0.0.7 }
`;
const { resources } = fullSet(meshOf(documentsOf(SHOP).documents), sidecarOf('shop/checkout-1'));
const find = (type: string, name: string): Resource => resources.find((each) => each.type === type && each.name === name) ?? expect.fail(name);
const CLUSTER = find('cluster', 'outbound|80||checkout.shop.mesh');
const LISTENER = find('listener', 'inbound');

type Operations = ResourcePatch['operations'];

function outcome(base: Resource, operations: Operations, unsafe = false): unknown {
  const at = (path: string) => ({ kind: 'ProxyPatch', namespace: 'shop', name: 'p', path });
  const entry = { patch: { resource: { type: base.type as 'cluster', name: base.name }, operations }, unsafe, path: 'spec.patches[0]', at };
  const made = applyEntry(base, entry, sha256);
  return made.ok ? resourceJson(made.value) : `${made.error.code} ${made.error.at.path} ${made.error.message}`;
}

const MANAGER = '/filter_chains/[name=8080]/filters/[name=envoy.filters.network.http_connection_manager]/typed_config';
const STRANGER = { name: 'x', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua' } };

describe('a patch', () => {
  test('changes what it names and nothing else, and the resource it was made from stays as it was', () => {
    const before = JSON.stringify(resourceJson(CLUSTER));
    expect(outcome(CLUSTER, [{ op: 'replace', path: '/connect_timeout', value: '7s' }])).toEqual({ ...JSON.parse(before), connect_timeout: '7s' });
    expect(JSON.stringify(resourceJson(CLUSTER))).toBe(before);
  });

  test('finds elements of lists by what they are called', () => {
    const made = outcome(LISTENER, [{ op: 'add', path: `${MANAGER}/max_request_headers_kb`, value: 30 }]);
    expect(JSON.stringify(made)).toContain('"max_request_headers_kb":30');
    expect(outcome(LISTENER, [{ op: 'remove', path: '/filter_chains/[name=81]' }])).toBe(
      'WEFT1861 spec.patches[0].operations[0] remove /filter_chains/[name=81]: no element at /filter_chains has name "81"',
    );
  });

  test('whose path leads nowhere, or whose test fails, says which operation it was', () => {
    expect(outcome(CLUSTER, [{ op: 'test', path: '/connect_timeout', value: '1h' }])).toMatch(
      /^WEFT1861 .*operations\[0\] test \/connect_timeout: the test failed$/,
    );
    expect(outcome(CLUSTER, [{ op: 'add', path: '/nothing/here', value: 1 }])).toMatch(/^WEFT1861 .*there is nothing at this path$/);
    expect(outcome(CLUSTER, [{ op: 'add', path: '/__proto__/polluted', value: 1 }])).toMatch(/^WEFT1861|^WEFT1863/);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('that makes no resource says why, in protobuf’s words or by Envoy’s rules', () => {
    expect(outcome(CLUSTER, [{ op: 'add', path: '/conect_timeout', value: '1s' }])).toMatch(/^WEFT1863 .*conect_timeout/);
    expect(outcome(CLUSTER, [{ op: 'replace', path: '/connect_timeout', value: '-1s' }])).toMatch(/^WEFT1863 .*connect_timeout/);
    expect(outcome(CLUSTER, [{ op: 'replace', path: '', value: 7 }])).toMatch(/^WEFT186/);
  });
});

describe('guard rails', () => {
  const tls: Operations = [{ op: 'remove', path: '/transport_socket' }];
  test('identities only with `unsafe`', () => {
    expect(outcome(CLUSTER, tls)).toMatch(/^WEFT1862 .*transport_socket \(mutual TLS/);
    expect(outcome(CLUSTER, tls, true)).not.toHaveProperty('transport_socket');
    expect(outcome(LISTENER, [{ op: 'add', path: `${MANAGER}/forward_client_cert_details`, value: 'FORWARD_ONLY' }])).toMatch(/^WEFT1862/);
    expect(outcome(LISTENER, [{ op: 'add', path: `${MANAGER}/forwardClientCertDetails`, value: 'FORWARD_ONLY' }])).toMatch(/^WEFT186[23]/);
    expect(outcome(LISTENER, [{ op: 'replace', path: '/address/socket_address/port_value', value: 1 }])).toMatch(/^WEFT1862/);
  });

  test('never names, files or programs', () => {
    expect(outcome(CLUSTER, [{ op: 'replace', path: '/name', value: 'x' }], true)).toMatch(/^WEFT1862 .*name/);
    const file = { name: 'x', typed_config: { '@type': 'type.googleapis.com/x.Y', code: { filename: '/etc/shadow' } } };
    expect(outcome(LISTENER, [{ op: 'add', path: `${MANAGER}/http_filters/0`, value: file }], true)).toMatch(/^WEFT1862 .*filename/);
    expect(outcome(LISTENER, [{ op: 'add', path: `${MANAGER}/http_filters/0`, value: STRANGER }], true)).toMatch(/^WEFT1862 .*program/);
    const hidden = { '@type': 'type.googleapis.com/xds.type.v3.TypedStruct', type_url: STRANGER.typed_config['@type'], value: {} };
    expect(outcome(LISTENER, [{ op: 'add', path: `${MANAGER}/http_filters/0`, value: { name: 'x', typed_config: hidden } }], true)).toMatch(
      /^WEFT1862 .*program/,
    );
  });
});
