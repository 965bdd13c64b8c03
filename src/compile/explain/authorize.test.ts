// What explain says of a call that policies decide about: the rule, its place, and the way to allow it.
import { describe, expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../../test/kit/compiled.ts';
import { explain } from './explain.ts';

const AROUND = `
{ apiVersion: v1, kind: Service, metadata: { name: ledger, namespace: shop }, spec: { selector: { app: ledger }, ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }, { name: raw, port: 90, targetPort: 9090, appProtocol: tcp }] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: ledger-1, namespace: shop, labels: { app: ledger } }, spec: { serviceAccount: ledger, address: 10.0.0.1, ports: [{ name: http, port: 8080, proxyPort: 18080 }, { name: raw, port: 9090, proxyPort: 19090 }], proxy: { capture: { mode: none }, bind: 10.0.0.1 } } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: web-1, namespace: shop }, spec: { serviceAccount: web, address: 10.0.0.2, ports: [], proxy: { capture: { mode: none }, bind: 10.0.0.2 } } }
---
`;
const policy = (name: string, spec: string): string => `
{ apiVersion: weft.dev/v1alpha1, kind: AuthorizationPolicy, metadata: { name: ${name}, namespace: shop }, spec: { targetRefs: [{ kind: Service, name: ledger }], ${spec} } }
---
`;

function asked(policies: string, { path = '/', method = 'GET', port = 80, headers = {} } = {}) {
  const { hops, verdict } = explain(meshOf(documentsOf(AROUND + policies).documents), { from: 'shop/web-1', to: 'ledger', port, path, method, headers });
  const step = hops.flatMap(({ steps }) => steps).find(({ subject }) => subject === 'authz');
  return { said: step === undefined ? undefined : `${step.value}; ${step.note}`, at: step?.origin?.path, verdict };
}

const STRICT = policy(
  'strict',
  'rules: [{ name: readers, from: [{ source: { serviceAccounts: [web] } }], to: [{ operation: { methods: [GET], paths: [/entries/*] } }] }]',
);

describe('explain', () => {
  test('nothing is said where nothing is enforced', () => {
    expect(asked('').said).toBeUndefined();
  });

  test('the rule that allows, and where it stands', () => {
    const { said, at, verdict } = asked(STRICT, { path: '/entries/1' });
    expect([said, at, verdict.ok]).toEqual(['ALLOW "shop/strict"; rule "readers"', 'spec.rules[0]', true]);
  });

  test('what is missing, and the command that allows exactly this', () => {
    const { said, verdict } = asked(STRICT, { path: '/other/../x?y=1', method: 'POST' });
    expect(said).toBe('denied; no rule of ALLOW shop/strict is about it');
    expect(verdict).toEqual({
      ok: false,
      text: 'denied at ledger (inbound): no rule of ALLOW shop/strict is about it (in.yaml:9)',
      alternatives: [
        'shop/strict rule "readers" wants the method to be GET',
        'to allow exactly this:  weft authz allow --from shop/web --to shop/ledger --port 80 --method POST --path /x   (prints the document; --apply writes it)',
      ],
    });
  });

  test('a rule that denies comes first', () => {
    const { said, at, verdict } = asked(STRICT + policy('no', 'action: DENY, rules: [{ to: [{ operation: { paths: [/entries/secret] } }] }]'), {
      path: '/entries/secret',
    });
    expect([said, at, verdict.ok]).toEqual(['DENY "shop/no"; rule 0', 'spec.rules[0]', false]);
    expect(verdict.text).toBe('denied at ledger (inbound): rule 0 of AuthorizationPolicy shop/no (in.yaml:12) is about it');
  });

  test('a path that may be read in two ways, and a token that is not known here', () => {
    expect(asked(STRICT, { path: '/entries/..%2Fx' }).said).toBe('DENY; an encoded slash in the path, and rules look at paths');
    const token = policy('token', 'rules: [{ from: [{ source: { requestPrincipals: ["*"] } }] }]');
    expect(asked(token, { headers: { authorization: 'Bearer x' } }).said).toMatch(/^perhaps "shop\/token"/);
    expect(asked(token).verdict.ok).toBe(false);
  });

  test('connections', () => {
    const raw = policy('raw', 'rules: [{ from: [{ source: { serviceAccounts: [other] } }] }]');
    const { said, verdict } = asked(raw, { port: 90 });
    expect([said, verdict.ok]).toEqual(['denied; no rule of ALLOW shop/raw is about it', false]);
    expect(verdict.alternatives[0]).toBe('shop/raw rule 0 wants the caller to be spiffe://example.mesh/ns/shop/sa/other');
  });
});
