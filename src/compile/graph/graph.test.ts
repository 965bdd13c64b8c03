import { describe, expect, it } from 'vitest';
import { documentsOf, meshOf } from '../../../test/kit/compiled.ts';
import type { ServiceKey } from '../../model/index.ts';
import { graphFindings, type SurveyOptions } from '../index.ts';

const service = (name: string): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80, appProtocol: http }] }
`;
const calls = (from: string, ...to: readonly string[]): string => `
apiVersion: weft.dev/v1alpha1
kind: Scope
metadata: { name: ${from}, namespace: shop }
spec: { selector: { app: ${from} }, services: [${to.join(', ')}] }
`;
const timeout = (name: string, spec: string): string => `
apiVersion: weft.dev/v1alpha1
kind: TimeoutPolicy
metadata: { name: ${name}, namespace: shop }
spec: { targetRefs: [{ kind: Service, name: ${name} }], ${spec} }
`;
const THREE = [service('web'), service('checkout'), service('payments'), calls('web', 'checkout'), calls('checkout', 'payments')];

function found(texts: readonly string[], options?: SurveyOptions): readonly string[] {
  const { documents, diagnostics } = documentsOf(texts.join('---'));
  expect(diagnostics.filter((each) => each.severity === 'error')).toEqual([]);
  return graphFindings(meshOf(documents), options).map(
    ({ code, at, message }) => `${code} ${at.kind} ${at.name} ${at.path}: ${message.replace(/in\.yaml\S*\s+/, '')}`,
  );
}

describe('timeouts along a path', () => {
  it('are nothing to talk about while everybody has those of the mesh', () => {
    expect(found(THREE)).toEqual([]);
  });

  it('of a caller must outlast what its callee waits for', () => {
    const tries = timeout('payments', 'backendRequest: 1s');
    expect(found([...THREE, timeout('checkout', 'request: 2s'), tries])).toMatchInlineSnapshot(`
      [
        "WEFT1901 TimeoutPolicy checkout spec.request: web waits 2s for checkout, which may take 3 × 1s for payments (TimeoutPolicy shop/payments, in.yaml:35)",
      ]
    `);
    expect(found([...THREE, timeout('checkout', 'request: 4s'), tries])).toEqual([]);
  });

  it('are followed over what was only observed', () => {
    const three = THREE.filter((text) => !text.includes('kind: Scope'));
    const observed = [{ from: 'shop/checkout' as ServiceKey, to: 'shop/payments' as ServiceKey }];
    expect(found([...three, timeout('checkout', 'request: 2s')])).toEqual([]);
    expect(found([...three, timeout('checkout', 'request: 2s')], { observed })).toHaveLength(1);
  });

  it('leave room for a second try', () => {
    expect(found([...THREE, timeout('payments', 'request: 1s, backendRequest: 1s')])).toMatchInlineSnapshot(`
      [
        "WEFT1906 TimeoutPolicy payments spec.backendRequest: each try may take 1s and the whole request 1s: none of the 2 retries follows a try that timed out",
      ]
    `);
  });

  it('are looked at only around what changed', () => {
    const around = (name: string): SurveyOptions => ({ around: new Set([`shop/${name}` as ServiceKey]) });
    const texts = [...THREE, service('other'), timeout('checkout', 'request: 2s')];
    expect(found(texts, around('payments'))).toHaveLength(1);
    expect(found(texts, around('other'))).toEqual([]);
  });
});

describe('retries', () => {
  const retry = (name: string, spec: string): string => timeout(name, spec).replace('TimeoutPolicy', 'RetryPolicy');

  it('of services along a path multiply', () => {
    const late = 'attempts: 2, on: [5xx]';
    expect(found([...THREE, retry('payments', late)])).toEqual([]);
    expect(
      found([...THREE, service('bank'), calls('payments', 'bank'), retry('web', late), retry('checkout', late), retry('payments', late)]),
    ).toMatchInlineSnapshot(`
      [
        "WEFT1902 RetryPolicy payments spec.attempts: one request to web → checkout → payments may become 27 at its end (3 × 3 × 3)",
      ]
    `);
  });

  it('of methods that must not be done twice are named', () => {
    expect(found([...THREE, retry('payments', 'on: [5xx], methods: [GET, POST]')])).toMatchInlineSnapshot(`
      [
        "WEFT1903 RetryPolicy payments spec.methods: POST is sent again on 5xx, when the application may have done it already",
      ]
    `);
    expect(found([...THREE, retry('payments', 'on: [connect-failure], methods: [GET, POST]')])).toEqual([]);
  });
});

describe('calls', () => {
  it('in a circle are told once', () => {
    expect(found([...THREE, calls('payments', 'web')])).toMatchInlineSnapshot(`
      [
        "WEFT1907 Scope checkout spec.services[0]: checkout → payments → web → checkout call each other in a circle",
      ]
    `);
  });
});

describe('routes', () => {
  const route = (spec: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: checkout, namespace: shop }
spec: { parentRefs: [{ group: "", kind: Service, name: checkout }], rules: [${spec}] }
`;
  const workload = (app: string): string => `
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: ${app}-1, namespace: shop, labels: { app: ${app} } }
spec: { address: 10.0.0.1, ports: [{ name: http, port: 80, proxyPort: 20001 }], serviceAccount: ${app}, proxy: { capture: { mode: none }, bind: 0.0.0.0 } }
`;

  it('whose rules are all taken before are named', () => {
    const twice = '{ name: a, backendRefs: [{ name: checkout, port: 80 }] }, { name: b, backendRefs: [{ name: payments, port: 80 }] }';
    expect(found([...THREE, route(twice)])).toMatchInlineSnapshot(`
      [
        "WEFT1909 HTTPRoute checkout spec.rules[1]: rule "b" never gets a request: the same as spec.rules[0].matches[0], which is tried first; this match is never reached",
      ]
    `);
  });

  it('to backends that nobody serves, and that no proxy sees', () => {
    const split = '{ backendRefs: [{ name: checkout, port: 80 }, { name: payments, port: 80 }] }';
    const scoped = [...THREE.slice(0, 3), calls('web', 'payments'), workload('web')];
    expect(found([...scoped, route(split)])).toMatchInlineSnapshot(`
      [
        "WEFT1904 HTTPRoute checkout spec.parentRefs[0]: none of the 1 proxies sees Service shop/checkout: their Scopes do not name it",
        "WEFT1905 HTTPRoute checkout spec.rules[0].backendRefs[0]: Service shop/checkout has no endpoint that is ready on port 80",
        "WEFT1905 HTTPRoute checkout spec.rules[0].backendRefs[1]: Service shop/payments has no endpoint that is ready on port 80",
      ]
    `);
  });
});
