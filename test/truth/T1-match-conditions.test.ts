// T1: every condition that rivals have, negation, cookies and the caller too: which rule takes which request.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, planService, viewOf } from '../../src/compile/index.ts';
import type { ServiceKey, WorkloadKey } from '../../src/model/index.ts';
import { Bench } from '../kit/bench-pair.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { needs } from '../kit/require.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);

const SERVICE = (name: string): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: app }, ports: [{ name: http, port: 80, targetPort: http, appProtocol: http }] }
---`;

/** [what the rule says beside its path, a request that it takes, one that it does not]. `m:` = match of a RouteFilter, else of the rule. */
type Ask = { method?: string; path?: string; headers?: Readonly<Record<string, string>> };
const ROWS: readonly (readonly [string, Ask, Ask])[] = [
  ['method: POST', { method: 'POST' }, { method: 'GET' }],
  ['headers: [{ name: X-A, value: b }]', { headers: { 'x-a': 'b' } }, { headers: { 'x-a': 'B' } }],
  ['headers: [{ type: RegularExpression, name: x-a, value: "b+" }]', { headers: { 'x-a': 'bb' } }, { headers: { 'x-a': 'bbc' } }],
  ['headers: [{ name: Host, value: row3.shop.mesh }]', {}, { headers: { host: 'other.example' } }],
  ['queryParams: [{ name: q, value: "1" }]', { path: '?q=1&q=2' }, { path: '?q=2&q=1' }],
  ['queryParams: [{ type: RegularExpression, name: q, value: "[0-9]+" }]', { path: '?q=12' }, { path: '?q=12a' }],
  ['m: methods: [PUT, PATCH]', { method: 'PATCH' }, { method: 'GET' }],
  ['m: notMethods: [GET]', { method: 'DELETE' }, { method: 'GET' }],
  ['m: headers: [{ name: x-a, value: b, not: true }]', { headers: { 'x-a': 'c' } }, { headers: { 'x-a': 'b' } }],
  ['m: headers: [{ name: x-a, type: Present, not: true }]', {}, { headers: { 'x-a': 'b' } }],
  ['m: headers: [{ name: x-a, type: Present }]', { headers: { 'x-a': 'z' } }, {}],
  ['m: headers: [{ name: x-a, type: Prefix, value: ab }]', { headers: { 'x-a': 'abc' } }, { headers: { 'x-a': 'cab' } }],
  ['m: headers: [{ name: x-a, type: Suffix, value: ab }]', { headers: { 'x-a': 'cab' } }, { headers: { 'x-a': 'abc' } }],
  ['m: headers: [{ name: x-a, type: Contains, value: AB, ignoreCase: true }]', { headers: { 'x-a': 'xaby' } }, { headers: { 'x-a': 'a-b' } }],
  ['m: headers: [{ name: x-a, type: Range, range: { start: 10, end: 20 } }]', { headers: { 'x-a': '19' } }, { headers: { 'x-a': '20' } }],
  ['m: cookies: [{ name: tier, value: gold }]', { headers: { cookie: 'a=b; tier=gold' } }, { headers: { cookie: 'tier=silver' } }],
  ['m: cookies: [{ name: tier, type: Present, not: true }]', { headers: { cookie: 'a=b' } }, { headers: { cookie: 'tier=silver' } }],
  ['m: query: [{ name: q, type: Prefix, value: a }]', { path: '?q=ab' }, { path: '?q=ba' }],
  ['m: query: [{ name: q, value: "1", not: true }]', { path: '?q=2' }, { path: '?a&q=1' }],
  ['m: query: [{ name: q, type: Present }]', { path: '?q' }, { path: '?r' }],
  ['m: schemes: [http]', {}, { path: '-elsewhere' }],
  ['m: paths: [{ type: Suffix, value: .png }]', { path: '/a.png?x' }, { path: '/a.jpg?x=.png' }],
  ['m: paths: [{ type: Contains, value: /admin/, not: true }]', { path: '/a' }, { path: '/a/admin/b' }],
  ['m: ignorePathCase: true', { path: '/A' }, { path: '-elsewhere' }],
];

const host = (at: number): string => `row${at}.shop.mesh`;
const SET = (value: string): string => `{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-rule, value: "${value}" }] } }`;
const EXTENSION = (name: string): string => `{ type: ExtensionRef, extensionRef: { group: weft.dev, kind: RouteFilter, name: ${name} } }`;

function rowDocuments([says]: (typeof ROWS)[number], at: number): string {
  const own = says.startsWith('m:');
  const filters = own ? `${SET('special')}, ${EXTENSION(`f${at}`)}` : SET('special');
  const match = own ? '{ path: { value: /p } }' : `{ path: { value: /p }, ${says} }`;
  const filter = `
apiVersion: weft.dev/v1alpha1
kind: RouteFilter
metadata: { name: f${at}, namespace: shop }
spec: { match: { ${says.slice(3)} } }
---`;
  return `${SERVICE(`row${at}`)}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: row${at}, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: row${at} }]
  rules:
    - { name: special, matches: [${match}], filters: [${filters}], backendRefs: [{ name: row${at}, port: 80 }] }
    - { name: rest, filters: [${SET('rest')}], backendRefs: [{ name: row${at}, port: 80 }] }
---${own ? filter : ''}`;
}

const SOURCES = `${SERVICE('guarded')}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: guarded, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: guarded }]
  rules:
    - { name: beta, filters: [${SET('beta')}, ${EXTENSION('beta')}], backendRefs: [{ name: guarded, port: 80 }] }
    - { name: inside, filters: [${SET('inside')}, ${EXTENSION('inside')}], backendRefs: [{ name: guarded, port: 80 }] }
    - { name: rest, filters: [${SET('rest')}], backendRefs: [{ name: guarded, port: 80 }] }
---
apiVersion: weft.dev/v1alpha1
kind: RouteFilter
metadata: { name: beta, namespace: shop }
spec: { match: { source: { labels: { track: beta }, serviceAccounts: [shop/caller] } } }
---
apiVersion: weft.dev/v1alpha1
kind: RouteFilter
metadata: { name: inside, namespace: shop }
spec: { match: { source: { namespaces: [other], not: true } } }
`;

const APPS = [{ name: 'app-1', labels: { app: 'app' } }];

describe.skipIf(skip)('T1 match conditions', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open({ documents: `${ROWS.map(rowDocuments).join('')}${SOURCES}`, apps: APPS });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  test.each(ROWS.map((row, at) => [...row, at] as const))('%s', async (_says, takes, passes, at) => {
    for (const [asked, expected] of [
      [takes, 'special'],
      [passes, 'rest'],
    ] as const) {
      const path = `/p${asked.path ?? ''}`;
      const answer = await bench.ask(host(at), { ...asked, path });
      expect([answer.status, asked.headers?.['host'] === undefined ? answer.headers['x-rule'] : 'rest']).toEqual([
        asked.headers?.['host'] === undefined ? 200 : answer.status,
        expected,
      ]);
      const caller = bench.mesh.workloads.get(bench.caller as WorkloadKey);
      const key = `shop/row${at}` as ServiceKey;
      if (caller === undefined) throw new Error('no caller');
      const [port] = planService(bench.mesh, key, viewOf(bench.mesh, caller, key)).ports;
      const shape = { method: asked.method ?? 'GET', path, headers: Object.entries(asked.headers ?? {}), authority: asked.headers?.['host'] ?? host(at) };
      expect(evaluate(port?.routes ?? [], shape).taken?.rule, 'explain agrees').toBe(expected);
    }
  });

  test.each([
    [{ labels: { track: 'beta' } }, 'beta'],
    [{}, 'inside'],
    [{ namespace: 'other' }, 'rest'],
  ] as const)('the caller %j takes the rule %s', async (caller, rule) => {
    await using other = await Bench.open({ documents: SOURCES, apps: APPS, caller });
    expect((await other.ask('guarded.shop.mesh')).headers['x-rule']).toBe(rule);
  });
});
