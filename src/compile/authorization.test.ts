// Walls between namespaces (S-14): nobody lets callers into services of others, or keeps them out; and what holds is shown.
import { describe, expect, test } from 'vitest';
import { documentsOf, fingerprint, fullSet, meshOf, sidecarOf } from '../../test/kit/compiled.ts';
import { documentKey } from '../model/index.ts';
import { documentDiagnostics, effectiveOf } from './index.ts';

const AROUND = `
{ apiVersion: v1, kind: Service, metadata: { name: ledger, namespace: a }, spec: { selector: { app: ledger }, ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }, { name: raw, port: 90, targetPort: 9090, appProtocol: tcp }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: twin, namespace: a }, spec: { selector: { app: ledger }, ports: [{ name: http, port: 81, targetPort: 8080, appProtocol: http }] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: ledger-1, namespace: a, labels: { app: ledger } }, spec: { serviceAccount: ledger, address: 10.0.0.1, ports: [{ name: http, port: 8080, proxyPort: 18080 }, { name: raw, port: 9090, proxyPort: 19090 }], proxy: { capture: { mode: none }, bind: 10.0.0.1 } } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: edge-1, namespace: a, labels: { app: edge } }, spec: { address: 10.0.0.9, serviceAccount: edge, gateway: edge, proxy: { capture: { mode: none }, bind: 127.0.0.1 } } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: { name: edge, namespace: a }, spec: { gatewayClassName: weft, listeners: [{ name: http, port: 8080, protocol: HTTP }, { name: raw, port: 8081, protocol: TCP }] } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: { name: ledger, namespace: a }, spec: { parentRefs: [{ name: edge }], rules: [{ backendRefs: [{ name: ledger, port: 80 }] }] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: AuthorizationPolicy, metadata: { name: own, namespace: a }, spec: { targetRefs: [{ kind: Namespace, name: a }, { kind: Gateway, name: edge }], rules: [{ from: [{ source: { serviceAccounts: [web] } }] }] } }
---
`;

function outcome(spec: string, namespace: string) {
  const { documents } = documentsOf(
    `${AROUND}{ apiVersion: weft.dev/v1alpha1, kind: AuthorizationPolicy, metadata: { name: p, namespace: ${namespace} }, spec: { ${spec} } }`,
  );
  const mesh = meshOf(documents);
  const policy = documents.find(({ metadata }) => metadata.name === 'p');
  const held = ['a/ledger-1', 'a/edge-1'].flatMap((key) => fingerprint(fullSet(mesh, sidecarOf(key)).resources));
  return { bytes: held.join('\n'), said: policy === undefined ? [] : documentDiagnostics(mesh, documentKey(policy)).map(({ code }) => code) };
}

const TARGETS = [
  '{ kind: Service, name: ledger, namespace: a }',
  '{ kind: Namespace, name: a }',
  '{ kind: Mesh, name: default }',
  '{ kind: Gateway, name: edge, namespace: a }',
  '{ kind: HTTPRoute, name: ledger, namespace: a }',
];
const RULES = ['action: ALLOW, rules: [{}]', 'action: ALLOW', 'action: DENY, rules: [{}]', 'action: AUDIT, rules: [{}]', 'enforcement: DryRun, rules: [{}]'];

describe('S-14 a policy of another namespace', () => {
  const alone = outcome('targetRefs: [], rules: [{}]', 'b').bytes;
  const cells = TARGETS.flatMap((target) => RULES.map((rules) => [target, rules] as const));

  test.each(cells)('for %s with %s changes nothing, and is told so', (target, rules) => {
    const { bytes, said } = outcome(`targetRefs: [${target}], ${rules}`, 'b');
    expect(bytes).toBe(alone);
    expect(said.filter((code) => ['WEFT1804', 'WEFT1808', 'WEFT2122'].includes(code))).toHaveLength(1);
  });

  test.each(RULES)('that selects workloads selects its own: %s', (rules) => {
    expect(outcome(`selector: { app: ledger }, ${rules}`, 'b').bytes).toBe(alone);
  });

  test('of the root namespace is heard for the whole mesh', () => {
    expect(outcome('targetRefs: [{ kind: Mesh, name: default }], rules: [{}]', 'weft-system').bytes).not.toBe(alone);
  });
});

test('policies of every Service that leads to a workload hold there', () => {
  const spec = (name: string): string =>
    `{ apiVersion: weft.dev/v1alpha1, kind: AuthorizationPolicy, metadata: { name: ${name}-only, namespace: a }, spec: { targetRefs: [{ kind: Service, name: ${name} }], action: DENY, rules: [{}] } }\n---\n`;
  const mesh = meshOf(documentsOf(AROUND + spec('ledger') + spec('twin')).documents);
  const { places } = effectiveOf(mesh, { service: 'a/ledger', port: 80 });
  const authz = places.flatMap(({ policies }) => policies).filter(({ kind }) => kind === 'AuthorizationPolicy');
  expect(authz.map(({ words }) => words)).toEqual(['DENY a/ledger-only, a/twin-only (2 rules here); ALLOW a/own (1 rule here)']);
  expect(authz.flatMap(({ values }) => values.map(({ path, from }) => `${path} ${from.words}`)).sort()).toEqual([
    'a/ledger-only Service/ledger',
    'a/own Namespace/a',
    'a/twin-only Service/twin',
  ]);
});

test.each([
  ['a listener where servers may speak first', 'targetRefs: [{ kind: Gateway, name: edge }], rules: [{}]', ['WEFT2126']],
  ['the same, for the record', 'targetRefs: [{ kind: Gateway, name: edge }], action: AUDIT, rules: [{}]', []],
  [
    'a listener of bytes that have no methods',
    'targetRefs: [{ kind: Gateway, name: edge, sectionName: raw }], rules: [{ to: [{ operation: { methods: [GET] } }] }]',
    ['WEFT2125', 'WEFT2126'],
  ],
  ['a proxy of a Gateway', 'selector: { app: edge }, rules: [{}]', ['WEFT2127']],
  ['nobody', 'selector: { app: none }, rules: [{}]', ['WEFT2128']],
  [
    'a port of the Service',
    'targetRefs: [{ kind: Service, name: ledger, sectionName: http }], rules: [{ to: [{ operation: { ports: [80] } }] }]',
    ['WEFT2124'],
  ],
  [
    'methods of a TCP port',
    'targetRefs: [{ kind: Service, name: ledger, sectionName: raw }], rules: [{ to: [{ operation: { methods: [GET] } }] }]',
    ['WEFT2125'],
  ],
  [
    'an address on a TCP port',
    'targetRefs: [{ kind: Service, name: ledger, sectionName: raw }], rules: [{ from: [{ source: { ipBlocks: [10.0.0.0/8] } }] }]',
    ['WEFT2126'],
  ],
])('what is for %s is told so', (_, spec, expected) => {
  expect(outcome(spec, 'a').said).toEqual(expected);
});
