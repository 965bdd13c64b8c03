import { expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../test/kit/compiled.ts';
import { backendTlsReport, documentDiagnostics } from '../compile/index.ts';
import { documentKey } from '../model/index.ts';
import { backendTlsStatus } from './backend-tls-status.ts';
import type { Condition } from './conditions.ts';

const AROUND = `
{ apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: { name: edge, namespace: edge }, spec: { gatewayClassName: weft, listeners: [{ name: http, port: 80, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }] } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: { name: other, namespace: edge }, spec: { gatewayClassName: weft, listeners: [{ name: http, port: 80, protocol: HTTP }] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: ExternalService, metadata: { name: out, namespace: a }, spec: { hosts: [out.test], ports: [{ name: p, port: 80, appProtocol: http }], resolution: Static, addresses: [192.0.2.1] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: ExternalService, metadata: { name: unused, namespace: a }, spec: { hosts: [unused.test], ports: [{ name: p, port: 80, appProtocol: http }], resolution: Static, addresses: [192.0.2.1] } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: { name: r, namespace: a }, spec: { parentRefs: [{ name: edge, namespace: edge }, { name: other, namespace: edge }], rules: [{ backendRefs: [{ group: weft.dev, kind: ExternalService, name: out, port: 80 }] }] } }
---
`;
const policy = (name: string, validation: string, target = 'out', created = '2026-01-01T00:00:00Z') => `
{ apiVersion: gateway.networking.k8s.io/v1, kind: BackendTLSPolicy, metadata: { name: ${name}, namespace: a, creationTimestamp: "${created}" }, spec: { targetRefs: [{ group: weft.dev, kind: ExternalService, name: ${target} }], validation: { hostname: out.test, ${validation} } } }
---`;
const SYSTEM = 'wellKnownCACertificates: System';

interface Ancestor {
  readonly ancestorRef?: { readonly name: string };
  readonly controllerName: string;
  readonly conditions: readonly Condition[];
}

function ancestorsOf(text: string, name: string, known: readonly unknown[] = []): readonly (readonly string[])[] {
  const { documents } = documentsOf(AROUND + text);
  const mesh = meshOf(documents);
  const found = documents.find((each) => each.kind === 'BackendTLSPolicy' && each.metadata.name === name) ?? expect.fail();
  const document = { ...found, status: { ancestors: known } };
  const key = documentKey(found);
  const status = backendTlsStatus(
    { document, diagnostics: documentDiagnostics(mesh, key), programmed: { kind: 'absent' }, now: 0 },
    backendTlsReport(mesh, key),
  );
  return (status['ancestors'] as readonly Ancestor[]).map(({ ancestorRef, controllerName, conditions }) => [
    ancestorRef?.name ?? controllerName,
    ...conditions.map((each) => `${each.type}=${each.status} ${each.reason}`),
  ]);
}

test('a BackendTLSPolicy has an ancestor for each Gateway that connects to its target', () => {
  expect(ancestorsOf(policy('p', SYSTEM), 'p')).toEqual([['edge', 'Accepted=True Accepted', 'ResolvedRefs=True ResolvedRefs']]);
  expect(ancestorsOf(policy('p', SYSTEM, 'unused'), 'p')).toEqual([]);
});

test('of two for one target the younger one is told that it is in conflict', () => {
  const both = policy('old', SYSTEM) + policy('young', SYSTEM, 'out', '2026-02-01T00:00:00Z');
  expect(ancestorsOf(both, 'old')).toEqual([['edge', 'Accepted=True Accepted', 'ResolvedRefs=True ResolvedRefs']]);
  expect(ancestorsOf(both, 'young')).toEqual([['edge', 'Accepted=False Conflicted', 'ResolvedRefs=True ResolvedRefs']]);
});

test('authorities that are of another kind, or not there', () => {
  const refs = (kind: string) => `caCertificateRefs: [{ group: "", kind: ${kind}, name: none }]`;
  expect(ancestorsOf(policy('p', refs('ConfigMap')), 'p')).toEqual([
    ['edge', 'Accepted=False NoValidCACertificate', 'ResolvedRefs=False InvalidCACertificateRef'],
  ]);
  expect(ancestorsOf(policy('p', refs('Service')), 'p')).toEqual([['edge', 'Accepted=False NoValidCACertificate', 'ResolvedRefs=False InvalidKind']]);
});

test('what other controllers say stays', () => {
  const theirs = { controllerName: 'example.com/other', conditions: [] };
  expect(ancestorsOf(policy('p', SYSTEM), 'p', [theirs]).map(([who]) => who)).toEqual(['example.com/other', 'edge']);
});
