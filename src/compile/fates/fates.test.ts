import { describe, expect, it } from 'vitest';
import { documentsOf, meshOf } from '../../../test/kit/compiled.ts';
import { documentKey, type Mesh } from '../../model/index.ts';
import { effectiveOf, fatesOf } from '../index.ts';

const SHOP = `
apiVersion: v1
kind: Service
metadata: { name: checkout, namespace: shop, creationTimestamp: 2026-01-01T00:00:00Z }
spec:
  selector: { app: checkout }
  ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }, { name: db, port: 3306, appProtocol: tcp }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: checkout, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: checkout }]
  rules:
    - name: pay
      matches: [{ path: { value: /pay } }, { path: { value: /pay } }]
      timeouts: { request: 2s }
      backendRefs: [{ name: checkout, port: 80 }, { name: gone, port: 80 }]
    - name: rest
      backendRefs: [{ name: checkout, port: 80 }]
`;
const timeout = (name: string, target: string, spec: string): string => `
apiVersion: weft.dev/v1alpha1
kind: TimeoutPolicy
metadata: { name: ${name}, namespace: shop }
spec: { targetRefs: [${target}], ${spec} }
`;
const SERVICE = '{ kind: Service, name: checkout }';

function given(...texts: readonly string[]): Mesh {
  const { documents, diagnostics } = documentsOf(texts.join('---'));
  expect(diagnostics.filter((each) => each.severity === 'error')).toEqual([]);
  return meshOf(documents);
}

/** `path fate`, with the place of who wins, or the code of the reason. */
function fates(mesh: Mesh, apiVersion: string, kind: string, name: string, namespace = 'shop'): readonly string[] {
  return fatesOf(mesh, documentKey({ apiVersion, kind, metadata: { namespace, name } })).fields.map(({ path, fate, except }) => {
    const why = fate.kind === 'overridden' ? ` ${fate.by.kind} ${fate.by.name}` : fate.kind === 'ignored' ? ` ${fate.code}` : '';
    return [`${path} ${fate.kind}${why}`, ...except.map((each) => `but ${each.fate.kind} at ${each.place}`)].join(', ');
  });
}

const policy = (mesh: Mesh, name: string): readonly string[] => fates(mesh, 'weft.dev/v1alpha1', 'TimeoutPolicy', name);

describe('the fields of a policy', () => {
  it('are applied, but where something more specific holds or where they have no effect', () => {
    const mesh = given(SHOP, timeout('service', SERVICE, 'request: 5s, backendRequest: 1s'));
    expect(policy(mesh, 'service')).toMatchInlineSnapshot(`
      [
        "spec.targetRefs[0] applied",
        "spec.request applied, but overridden at shop/checkout:80 rule "pay" of HTTPRoute shop/checkout, but ignored at shop/checkout:3306",
        "spec.backendRequest applied, but ignored at shop/checkout:3306",
      ]
    `);
  });

  it('are overridden by the policy that holds instead', () => {
    const mesh = given(
      SHOP,
      timeout('broad', '{ kind: Namespace, name: shop }', 'request: 5s, backendRequest: 1s'),
      timeout('narrow', SERVICE, 'request: 3s, backendRequest: 2s'),
    );
    expect(policy(mesh, 'broad')).toMatchInlineSnapshot(`
      [
        "spec.targetRefs[0] applied",
        "spec.request overridden HTTPRoute checkout, but overridden at shop/checkout:80 rule "rest" of HTTPRoute shop/checkout, but ignored at shop/checkout:3306",
        "spec.backendRequest overridden TimeoutPolicy narrow, but ignored at shop/checkout:3306",
      ]
    `);
  });

  it('are ignored where nothing is called', () => {
    const mesh = given(timeout('lost', SERVICE, 'request: 5s'));
    expect(policy(mesh, 'lost')).toMatchInlineSnapshot(`
      [
        "spec.targetRefs[0] ignored WEFT1803",
        "spec.request ignored WEFT1908",
      ]
    `);
  });

  it('are those of the elder of two', () => {
    const mesh = given(SHOP, timeout('a', SERVICE, 'backendRequest: 5s'), timeout('b', SERVICE, 'backendRequest: 6s'));
    expect(policy(mesh, 'b')).toMatchInlineSnapshot(`
      [
        "spec.targetRefs[0] applied",
        "spec.backendRequest overridden TimeoutPolicy a, but ignored at shop/checkout:3306",
      ]
    `);
  });
});

describe('the fields of other documents', () => {
  it('say which match of a route is never reached and which backend is not there', () => {
    const found = fates(given(SHOP), 'gateway.networking.k8s.io/v1', 'HTTPRoute', 'checkout').filter((each) => !each.endsWith(' applied'));
    expect(found).toMatchInlineSnapshot(`
      [
        "spec.rules[0].matches[1].path.type overridden HTTPRoute checkout",
        "spec.rules[0].matches[1].path.value overridden HTTPRoute checkout",
        "spec.rules[0].backendRefs[1].group ignored WEFT1301",
        "spec.rules[0].backendRefs[1].kind ignored WEFT1301",
        "spec.rules[0].backendRefs[1].name ignored WEFT1301",
        "spec.rules[0].backendRefs[1].port ignored WEFT1301",
        "spec.rules[0].backendRefs[1].weight ignored WEFT1301",
      ]
    `);
  });

  it('of a route without a parent decide nothing', () => {
    const mesh = given(SHOP.replace('kind: Service, name: checkout }]', 'kind: Service, name: nobody }]'));
    expect(fates(mesh, 'gateway.networking.k8s.io/v1', 'HTTPRoute', 'checkout').filter((each) => each.endsWith(' applied'))).toEqual([]);
  });

  it('of the Mesh give way to a policy for all of it', () => {
    const config = 'apiVersion: weft.dev/v1alpha1\nkind: Mesh\nmetadata: { name: default }\nspec: { traffic: { requestTimeout: 9s } }\n';
    const mesh = given(config, timeout('all', '{ kind: Mesh, name: default }', 'request: 5s'));
    expect(fates(mesh, 'weft.dev/v1alpha1', 'Mesh', 'default', '').filter((each) => each.includes('requestTimeout'))).toMatchInlineSnapshot(`
      [
        "spec.traffic.requestTimeout overridden TimeoutPolicy all",
      ]
    `);
  });

  it('are all rejected when a proxy refused the document', () => {
    const key = documentKey({ apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'shop', name: 'checkout' } });
    const { fields } = fatesOf(given(SHOP), key, { refusal: { proxy: 'shop/web', words: 'no' } });
    expect(new Set(fields.map((each) => each.fate.kind))).toEqual(new Set(['rejected']));
  });
});

describe('what holds at a service', () => {
  it('is said for every rule with its place and whom it overrides', () => {
    const answer = effectiveOf(given(SHOP, timeout('service', SERVICE, 'request: 5s')), { service: 'shop/checkout', port: 80, route: 'checkout/pay' });
    const [place] = answer.places;
    expect(place?.title).toBe('shop/checkout:80 rule "pay" of HTTPRoute shop/checkout');
    expect(place?.policies.find((each) => each.kind === 'TimeoutPolicy')?.values.find((each) => each.path === 'request')).toMatchObject({
      value: '2s',
      from: { words: 'the rule itself' },
      over: [
        { words: 'Service/checkout', value: '5s' },
        { words: 'Mesh default', value: '15s' },
      ],
    });
  });

  it('is asked of a service, port or rule that is not there', () => {
    const mesh = given(SHOP);
    expect(effectiveOf(mesh, { service: 'shop/chekout' }).problem?.text).toContain('did you mean');
    expect(effectiveOf(mesh, { service: 'shop/checkout', port: 81 }).problem?.text).toBe('Service shop/checkout has no port 81');
    expect(effectiveOf(mesh, { service: 'shop/checkout', route: 'checkout/none' }).problem?.text).toContain('no rule checkout/none');
  });
});
