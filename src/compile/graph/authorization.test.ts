import { expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../../test/kit/compiled.ts';
import { graphFindings } from './findings.ts';

const AROUND = `
{ apiVersion: v1, kind: Service, metadata: { name: ledger, namespace: shop }, spec: { selector: { app: ledger }, ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: web-1, namespace: shop }, spec: { serviceAccount: web, address: 10.0.0.2, ports: [] } }
---
`;
const policy = (name: string, spec: string, target = '{ kind: Service, name: ledger }'): string => `
{ apiVersion: weft.dev/v1alpha1, kind: AuthorizationPolicy, metadata: { name: ${name}, namespace: shop }, spec: { targetRefs: [${target}], ${spec} } }
---
`;
const found = (text: string): readonly string[] =>
  graphFindings(meshOf(documentsOf(AROUND + text).documents))
    .filter(({ code }) => code.startsWith('WEFT21'))
    .map(({ code, at, by }) => `${code} ${at.name} ${at.path}${by === undefined ? '' : ` by ${by.name}`}`);
const allow = (source: string, operation = '{}'): string => `rules: [{ from: [{ source: ${source} }], to: [{ operation: ${operation} }] }]`;

test('callers who are nobody', () => {
  expect(found(policy('a', allow('{ serviceAccounts: [web, wbe, "shop/*"] }')))).toEqual(['WEFT2129 a spec.rules[0].from[0].source.serviceAccounts']);
  expect(found(policy('a', allow('{ principals: ["spiffe://other.mesh/ns/x/sa/y"] }')))).toEqual([]);
});

test.each([
  ['everything', '{ serviceAccounts: [web] }', '{}', 'rules: [{}]', true],
  ['its namespace', '{ serviceAccounts: [web] }', '{}', 'rules: [{ from: [{ source: { namespaces: [shop] } }] }]', true],
  ['another namespace', '{ serviceAccounts: [web] }', '{}', 'rules: [{ from: [{ source: { namespaces: [jobs] } }] }]', false],
  ['the paths above', '{}', '{ paths: [/admin/x, /admin/y/*] }', 'rules: [{ to: [{ operation: { paths: [/admin/*] } }] }]', true],
  ['some of the paths', '{}', '{ paths: [/admin/x, /other] }', 'rules: [{ to: [{ operation: { paths: [/admin/*] } }] }]', false],
  ['others than it', '{ serviceAccounts: [web] }', '{}', 'rules: [{ from: [{ source: { notServiceAccounts: [web] } }] }]', false],
  [
    'a condition more',
    '{}',
    '{ methods: [GET] }',
    'rules: [{ to: [{ operation: { methods: [GET] } }], when: [{ key: source.ip, values: [10.0.0.1] }] }]',
    false,
  ],
])('a rule that denies %s', (_, source, operation, denial, lost) => {
  const text = policy('a', allow(source, operation));
  const expected = lost ? ['WEFT2130 a spec.rules[0] by d'] : [];
  expect(found(text + policy('d', `action: DENY, ${denial}`))).toEqual(expected);
  expect(found(text + policy('d', `action: DENY, ${denial}`, '{ kind: Namespace, name: shop }'))).toEqual(expected);
  expect(found(text + policy('d', `action: DENY, enforcement: DryRun, ${denial}`))).toEqual([]);
});
