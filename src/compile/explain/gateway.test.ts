// Calls from outside, as `weft explain --from gateway/NAME` tells them.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../../test/kit/compiled.ts';
import { explain } from '../index.ts';

const SHOP = `
{ apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: { name: edge, namespace: edge }, spec: { gatewayClassName: weft, listeners: [
  { name: web, port: 80, protocol: HTTP, hostname: "*.example.com", allowedRoutes: { namespaces: { from: All } } },
  { name: bytes, port: 5432, protocol: TCP, allowedRoutes: { namespaces: { from: All } } } ] } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: { name: pay, namespace: shop }, spec: { parentRefs: [{ name: edge, namespace: edge }], hostnames: [shop.example.com], rules: [
  { name: pay, matches: [{ path: { value: /pay } }], backendRefs: [{ name: pay, port: 80 }] },
  { name: rest, backendRefs: [{ name: web, port: 80, weight: 9 }, { name: missing, port: 80, weight: 1 }] } ] } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: TCPRoute, metadata: { name: db, namespace: shop }, spec: { parentRefs: [{ name: edge, namespace: edge }], rules: [{ backendRefs: [{ name: db, port: 5432 }] }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: pay, namespace: shop }, spec: { selector: { app: pay }, ports: [{ port: 80, appProtocol: http }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: shop }, spec: { selector: { app: web }, ports: [{ port: 80, appProtocol: http }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: db, namespace: shop }, spec: { selector: { app: pay }, ports: [{ port: 5432, appProtocol: tcp }] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: TimeoutPolicy, metadata: { name: edge, namespace: edge }, spec: { targetRefs: [{ kind: Gateway, name: edge }], request: 7s } }
---
{ apiVersion: weft.dev/v1alpha1, kind: CircuitBreakerPolicy, metadata: { name: pay, namespace: shop }, spec: { targetRefs: [{ kind: Service, name: pay }], limits: { requests: 9 }, inbound: { requests: 5 } } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: pay-1, namespace: shop, labels: { app: pay } }, spec: { serviceAccount: pay, address: 10.0.0.1, ports: [{ port: 80, proxyPort: 20080 }, { port: 5432, proxyPort: 25432 }], proxy: { capture: { mode: relay, directory: /r } } } }
---`;
const PROXY =
  '\n{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: edge-1, namespace: edge }, spec: { serviceAccount: edge, address: 10.0.0.9, gateway: edge, proxy: { capture: { mode: none }, bind: 0.0.0.0 } } }';

function told(from: string, to: string, path = '/', text = SHOP + PROXY): string {
  const { title, hops, verdict } = explain(meshOf(documentsOf(text).documents), { from, to, path, method: 'GET', headers: {} });
  const lines = hops.flatMap((hop) => hop.steps.map((step) => `${hop.title} | ${step.subject} | ${step.value} | ${step.note}`));
  return [title, ...lines, `${verdict.ok} ${verdict.text}`, ...verdict.alternatives].join('\n');
}

describe('explain from a Gateway', () => {
  test('a request: listener, host, rule, what holds, and where it arrives', () => {
    const text = told('gateway/edge', 'shop.example.com', '/pay/1');
    expect(text).toContain('gateway edge/edge:80 → shop.example.com  GET /pay/1');
    expect(text).toContain('gateway | listener | http port 80');
    expect(text).toContain('gateway | route | rule "pay" | path under /pay');
    expect(text).toMatch(/gateway \| timeout \| 7s/);
    expect(text).toMatch(/gateway \| cluster \| pay\.shop:80 \| 1 of 1 endpoints healthy/);
    expect(text).toMatch(/inbound pay \| mutual TLS \| required \| client is spiffe:.*\/ns\/edge\/sa\/edge; server must be .*sa\/pay/);
    expect(text).toContain('true an answer of the application is expected');
  });

  test('where requests arrive, only what acts there is said of a policy', () => {
    const text = told('gateway/edge', 'shop.example.com', '/pay');
    expect(text).toContain('gateway | circuit breaker | limits.requests 9 |');
    expect(text).toContain('inbound pay | circuit breaker | inbound.requests 5 |');
  });

  test('what policies of the Gateway decide, once', () => {
    const policy = (spec: string): string =>
      `\n---\n{ apiVersion: weft.dev/v1alpha1, kind: AuthorizationPolicy, metadata: { name: guard, namespace: edge }, spec: { targetRefs: [{ kind: Gateway, name: edge }], ${spec} } }`;
    const denied = told('gateway/edge', 'shop.example.com', '/pay', SHOP + PROXY + policy('action: DENY, rules: [{ to: [{ operation: { paths: [/pay] } }] }]'));
    expect(denied).toContain('gateway | authz | DENY "edge/guard" | rule 0');
    expect(denied).toContain('false denied at edge (Gateway): rule 0 of AuthorizationPolicy edge/guard');
    expect(denied.match(/ authz /g)).toHaveLength(1);
    const unknown = told(
      'gateway/edge',
      'shop.example.com',
      '/pay',
      SHOP + PROXY + policy('rules: [{ from: [{ source: { remoteIpBlocks: [10.0.0.0/8] } }] }]'),
    );
    expect(unknown).toContain('gateway | authz | perhaps "edge/guard"');
    expect(unknown).toContain('true an answer');
  });

  test('part of the requests, a host nobody has, a Gateway that nobody serves or that is not there', () => {
    expect(told('gateway/edge/edge', 'shop.example.com:80')).toContain('false 503 expected: shop/web, shop/missing');
    expect(told('gateway/edge', 'b.example.com')).toContain('404 expected');
    expect(told('gateway/edge', 'shop.example.com:81')).toContain('false no listener has port 81');
    expect(told('gateway/edge', 'shop.example.com', '/pay', SHOP)).toContain(
      'false no proxy serves Gateway edge/edge: nobody listens\nstart one: weft gateway --name edge -n edge',
    );
    expect(told('gateway/egde', 'shop.example.com')).toContain('false no Gateway "egde"; did you mean "edge"?');
  });

  test('connections, and datagrams', () => {
    const bytes = told('gateway/edge', 'x:5432');
    expect(bytes).toContain('gateway | route | TCPRoute shop/db | every connection');
    expect(bytes).toContain('true a connection is expected to succeed');
    const golden = readFileSync(resolve(import.meta.dirname, '../goldens/gateway-datagrams/in.yaml'), 'utf8');
    const datagrams = told('gateway/edge', ':53/udp', '/', golden);
    expect(datagrams).toContain('gateway | backend | shop/dns:53 | 80 %, 1 of 2 endpoints ready');
    expect(datagrams).toContain('gateway | backend | shop/missing:53 | 10 %, dropped: Service shop/missing does not exist');
    expect(datagrams).toContain('false the datagrams of some senders are dropped');
    expect(told('gateway/edge', ':54/udp', '/', golden)).toContain('false nobody listens there');
  });
});
