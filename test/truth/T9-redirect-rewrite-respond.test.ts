// T9: redirects, rewrites and direct responses, with the words of Gateway API's HTTPPathModifier and HTTPRequestRedirectFilter as cases.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bench } from '../kit/bench-pair.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { toldBy } from '../kit/reason.ts';
import { needs } from '../kit/require.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);

/** HTTPPathModifier.replacePrefixMatch, the table of the specification and its corners: [path, match, replacement, becomes]. */
const PREFIXES: readonly (readonly [path: string, match: string, replacement: string, becomes: string])[] = [
  ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
  ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
  ['/foo', '/foo', '/xyz', '/xyz'],
  ['/foo/', '/foo', '/xyz', '/xyz/'],
  ['/foo/bar', '/foo', '', '/bar'],
  ['/foo/', '/foo', '', '/'],
  ['/foo', '/foo', '', '/'],
  ['/foo/', '/foo', '/', '/'],
  ['/foo', '/foo', '/', '/'],
  ['/bar', '/', '/xyz', '/xyz/bar'],
  ['/bar', '/', '/', '/bar'],
  ['/foo?q=/foo', '/foo', '/xyz', '/xyz?q=/foo'],
  ['/foo/bar?a=1', '/foo', '', '/bar?a=1'],
  ['/f.o/bar', '/f.o', '/', '/bar'],
];

const service = (name: string): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: app }, ports: [{ name: http, port: 80, targetPort: http, appProtocol: http }, { name: more, port: 8080, targetPort: http, appProtocol: http }] }
---`;
const route = (name: string, rules: string): string => `${service(name)}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: ${name} }]
  rules: ${rules}
---`;
const to = 'backendRefs: [{ name: app, port: 80 }]';
const path = (value: string): string => `matches: [{ path: { type: PathPrefix, value: "${value}" } }]`;

const DOCUMENTS = [
  service('app'),
  ...PREFIXES.flatMap(([, match, replacement], at) => [
    route(
      `w${at}`,
      `[{ ${path(match)}, filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: "${replacement}" } } }], ${to} }]`,
    ),
    route(
      `r${at}`,
      `[{ ${path(match)}, filters: [{ type: RequestRedirect, requestRedirect: { path: { type: ReplacePrefixMatch, replacePrefixMatch: "${replacement}" } } }] }]`,
    ),
  ]),
  route(
    'rewrite',
    `
    - { ${path('/full')}, filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplaceFullPath, replaceFullPath: "/new/b" } } }], ${to} }
    - { ${path('/host')}, filters: [{ type: URLRewrite, urlRewrite: { hostname: other.example } }], ${to} }
    - { ${path('/header')}, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: Host, value: "by-header.example" }, { name: x-a, value: "100%" }] } }], ${to} }
    - { ${path('/regex')}, filters: [{ type: ExtensionRef, extensionRef: { group: weft.dev, kind: RouteFilter, name: swap } }], ${to} }
    - { ${path('/answer')}, filters: [{ type: ExtensionRef, extensionRef: { group: weft.dev, kind: RouteFilter, name: teapot } }] }
    - { ${path('/gone')}, filters: [{ type: ExtensionRef, extensionRef: { group: weft.dev, kind: RouteFilter, name: nobody } }], ${to} }
    - ${to}`,
  ),
  route(
    'redirect',
    [
      ['/scheme', 'scheme: https'],
      ['/host', 'hostname: b.example, statusCode: 301'],
      ['/port', 'port: 8443'],
      ['/both', 'scheme: https, port: 8443, hostname: b.example, statusCode: 308'],
      ['/usual', 'scheme: https, port: 443'],
      ['/plain', 'scheme: http, hostname: b.example, statusCode: 307'],
      ['/full', 'path: { type: ReplaceFullPath, replaceFullPath: /x }, statusCode: 303'],
    ]
      .map(([at = '', what]) => `\n    - { ${path(at)}, filters: [{ type: RequestRedirect, requestRedirect: { ${what} } }] }`)
      .join(''),
  ),
  `
apiVersion: weft.dev/v1alpha1
kind: RouteFilter
metadata: { name: swap, namespace: shop }
spec: { rewritePath: { pattern: "^/regex/([^/]+)/([^/]+)$", substitution: '/\\2/\\1' } }
---
apiVersion: weft.dev/v1alpha1
kind: RouteFilter
metadata: { name: teapot, namespace: shop }
spec: { directResponse: { statusCode: 418, body: "short and stout\\n", headers: [{ name: x-kind, value: "50%" }, { name: content-type, value: text/tea }] } }
`,
].join('');

describe.skipIf(skip)('T9 redirect, rewrite, direct response', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open({ documents: DOCUMENTS, apps: [{ name: 'app-1', labels: { app: 'app' } }] });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  test.each(PREFIXES.map((row, at) => [...row, at] as const))('%s under %s with %j becomes %s', async (asked, _match, _replacement, becomes, at) => {
    expect((await bench.ask(`w${at}.shop.mesh`, { path: asked })).seen?.url).toBe(becomes);
    const redirected = await bench.ask(`r${at}.shop.mesh`, { path: asked });
    expect([redirected.status, redirected.headers.location]).toEqual([302, `http://r${at}.shop.mesh${becomes}`]);
  });

  test('a rewrite of path and host reaches the application, other requests are left alone', async () => {
    expect((await bench.ask('rewrite.shop.mesh', { path: '/full/a?b=c' })).seen?.url).toBe('/new/b?b=c');
    expect((await bench.ask('rewrite.shop.mesh', { path: '/host/a' })).seen).toMatchObject({ url: '/host/a', headers: { host: 'other.example' } });
    expect((await bench.ask('rewrite.shop.mesh', { path: '/header' })).seen?.headers).toMatchObject({ host: 'by-header.example', 'x-a': '100%' });
    expect((await bench.ask('rewrite.shop.mesh', { path: '/regex/a/b?c' })).seen?.url).toBe('/b/a?c');
    expect((await bench.ask('rewrite.shop.mesh', { path: '/regex/a' })).seen?.url).toBe('/regex/a');
    expect((await bench.ask('rewrite.shop.mesh', { path: '/' })).seen).toMatchObject({ url: '/', headers: { host: 'rewrite.shop.mesh' } });
  });

  test('a direct response is the document’s and no failure; a filter that is not there is never skipped', async () => {
    const answer = await bench.ask('rewrite.shop.mesh', { path: '/answer' });
    expect([answer.status, answer.body, answer.headers['x-kind'], answer.headers['content-type']]).toEqual([418, 'short and stout\n', '50%', 'text/tea']);
    expect(toldBy(answer.headers)).toBeUndefined();
    const gone = await bench.ask('rewrite.shop.mesh', { path: '/gone' });
    expect([gone.status, toldBy(gone.headers)]).toEqual([500, 'no-backend; route=shop/rewrite/5']);
  });

  test.each([
    ['/scheme/a?b', 'redirect.shop.mesh', 302, 'https://redirect.shop.mesh/scheme/a?b'],
    ['/host', 'redirect.shop.mesh', 301, 'http://b.example/host'],
    ['/port', 'redirect.shop.mesh', 302, 'http://redirect.shop.mesh:8443/port'],
    ['/both', 'redirect.shop.mesh', 308, 'https://b.example:8443/both'],
    ['/usual', 'redirect.shop.mesh', 302, 'https://redirect.shop.mesh/usual'],
    ['/plain', 'redirect.shop.mesh', 307, 'http://b.example/plain'],
    ['/full/a?b', 'redirect.shop.mesh', 303, 'http://redirect.shop.mesh/x?b'],
    // A listener that is not on the usual port: a redirect without scheme and port stays on it, one with a scheme leaves it.
    ['/host', 'redirect.shop.mesh:8080', 301, 'http://b.example:8080/host'],
    ['/full', 'redirect.shop.mesh:8080', 303, 'http://redirect.shop.mesh:8080/x'],
    ['/plain', 'redirect.shop.mesh:8080', 307, 'http://b.example/plain'],
    ['/scheme', 'redirect.shop.mesh:8080', 302, 'https://redirect.shop.mesh:443/scheme'],
  ])('%s of %s is redirected with %d to %s', async (asked, host, status, location) => {
    const answer = await bench.ask(host, { path: asked });
    expect([answer.status, answer.headers.location, toldBy(answer.headers)]).toEqual([status, location, undefined]);
  });
});
