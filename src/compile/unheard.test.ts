// What policies, backends and servers outside are told when something else holds in their stead.
import { expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../test/kit/compiled.ts';
import { documentKey } from '../model/index.ts';
import { documentDiagnostics } from './index.ts';

const SHOP = `
{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: a }, spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: also, namespace: a }, spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: web-1, namespace: a, labels: { app: web } }, spec: { address: 10.0.0.1, ports: [{ name: http, port: 8080, proxyPort: 20080 }], proxy: { capture: { mode: relay, directory: /r } } } }
`;
const policy = (kind: string, name: string, target: string, spec: string, namespace = 'a'): string =>
  `\n---\n{ apiVersion: weft.dev/v1alpha1, kind: ${kind}, metadata: { name: ${name}, namespace: ${namespace} }, spec: { targetRefs: [${target}], ${spec} } }`;
const WEB = '{ kind: Service, name: web }';
const ALSO = '{ kind: Service, name: also }';
const FAULT = 'until: 2030-12-01T16:00:00Z, faults: [{ abort: { status: 503 } }]';

/** `CODE name path` of everything that is said. */
function said(text: string): readonly string[] {
  const { documents } = documentsOf(SHOP + text);
  const mesh = meshOf(documents);
  return documents.flatMap((document) => documentDiagnostics(mesh, documentKey(document)).map(({ code, at }) => `${code} ${at.name} ${at.path}`)).sort();
}

test('of two Services that lead to one port, the policies of one decide', () => {
  expect(said(policy('FaultPolicy', 'f1', ALSO, FAULT) + policy('FaultPolicy', 'f2', WEB, FAULT))).toEqual(['WEFT1807 f2 spec.targetRefs[0]']);
  expect(said(policy('FaultPolicy', 'f1', ALSO, FAULT) + policy('TimeoutPolicy', 't', WEB, 'request: 1s'))).toEqual([]);
});

test('a fault or a limit for a Service of another namespace is never asked', () => {
  const target = '{ kind: Service, name: web, namespace: a }';
  expect(said(policy('FaultPolicy', 'f', target, FAULT, 'b'))).toEqual(['WEFT1808 f spec.targetRefs[0]']);
  expect(said(policy('RateLimitPolicy', 'r', target, 'limits: [{ name: l, requests: 1 }]', 'b'))).toEqual(['WEFT1808 r spec.targetRefs[0]']);
});

test('what is about arrivals in another namespace is not heard there, the rest is', () => {
  const away = '{ kind: Service, name: web, namespace: a }';
  expect(said(policy('CircuitBreakerPolicy', 'c', away, 'limits: { requests: 9 }, inbound: { requests: 9 }', 'b'))).toEqual(['WEFT1808 c spec.inbound']);
  expect(said(policy('ConnectionPolicy', 'c', away, 'application: { idle: 9s }, idle: 9s', 'b'))).toEqual(['WEFT1808 c spec.application']);
  expect(said(policy('CircuitBreakerPolicy', 'c', WEB, 'inbound: { requests: 9 }'))).toEqual([]);
});

test('limits of connections and a dry run that meet are told, wherever they stand', () => {
  const tcp = 'tcp: { newConnections: { connections: 5 } }';
  const dry = 'enforcement: DryRun, limits: [{ name: l, requests: 1 }]';
  const all = '{ kind: Mesh, name: default }';
  expect(said(policy('RateLimitPolicy', 'all', all, dry) + policy('RateLimitPolicy', 'own', WEB, tcp))).toContain('WEFT1806 own spec.tcp');
  expect(said(policy('RateLimitPolicy', 'all', all, tcp) + policy('RateLimitPolicy', 'own', WEB, dry))).toContain('WEFT1754 own spec.enforcement');
  expect(said(policy('RateLimitPolicy', 'own', WEB, dry))).toEqual([]);
});

test('a fault that counts from its creation has no beginning in a file', () => {
  expect(said(policy('FaultPolicy', 'f', WEB, 'for: 30m, faults: [{ abort: { status: 503 } }]'))).toEqual(['WEFT1824 f spec.for']);
});

test('of two faults for one target the older holds as a whole', () => {
  expect(said(policy('FaultPolicy', 'f1', WEB, FAULT) + policy('FaultPolicy', 'f2', WEB, FAULT))).toEqual(['WEFT1823 f2 spec.targetRefs[0]']);
});

test('one Wasm module for a workload, one processor for a request', () => {
  const wasm = 'wasm: { module: { inline: AGFzbQEAAAA= } }';
  expect(said(policy('ExtensionPolicy', 'w1', WEB, wasm) + policy('ExtensionPolicy', 'w2', WEB, wasm))).toEqual(['WEFT1874 w2 spec.wasm']);
  const processor = 'extProc: { service: { name: guard, port: 80 } }';
  const guard =
    '\n---\n{ apiVersion: v1, kind: Service, metadata: { name: guard, namespace: a }, spec: { selector: { app: web }, ports: [{ name: grpc, port: 80, targetPort: 9000, appProtocol: grpc }] } }';
  const two = policy('ExtensionPolicy', 'p1', WEB, processor) + policy('ExtensionPolicy', 'p2', WEB, processor);
  expect(said(guard + two).filter((each) => each.startsWith('WEFT187'))).toEqual(['WEFT1874 p2 spec.extProc']);
});

test('a backend outside with several hosts, and what relay capture does not reach', () => {
  const outside =
    '\n---\n{ apiVersion: weft.dev/v1alpha1, kind: ExternalService, metadata: { name: out, namespace: a }, spec: { hosts: [a.example, b.example], ports: [{ port: 80, appProtocol: http }] } }';
  const route =
    '\n---\n{ apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: { name: r, namespace: a }, spec: { parentRefs: [{ group: "", kind: Service, name: web }], rules: [{ backendRefs: [{ group: weft.dev, kind: ExternalService, name: out, port: 80 }] }] } }';
  expect(said(outside + route)).toEqual(['WEFT1708 r spec.rules[0].backendRefs[0]']);
  const wild =
    '\n---\n{ apiVersion: weft.dev/v1alpha1, kind: ExternalService, metadata: { name: wild, namespace: a }, spec: { hosts: ["*.x.example"], ports: [{ name: http, port: 80, appProtocol: http }, { name: https, port: 443, appProtocol: https }] } }';
  expect(said(wild)).toEqual(['WEFT1711 wild spec.ports[0]']);
  expect(said(outside.replace('ports:', 'tls: {}, ports:'))).toEqual([]);
});

test('limits of connections in a dry run are said to be off, mesh Services need no BackendTLSPolicy', () => {
  const { diagnostics } = documentsOf(policy('RateLimitPolicy', 'r', WEB, 'enforcement: DryRun, tcp: { maxConnections: 3 }'));
  expect(diagnostics.map(({ code, at }) => `${code} ${at.path}`)).toEqual(['WEFT1806 spec.tcp']);
  const tls =
    '\n---\n{ apiVersion: gateway.networking.k8s.io/v1, kind: BackendTLSPolicy, metadata: { name: t, namespace: a }, spec: { targetRefs: [{ group: "", kind: Service, name: web }], validation: { wellKnownCACertificates: System, hostname: x.example } } }';
  expect(said(tls)).toEqual(['WEFT1616 t spec.targetRefs[0]']);
});
