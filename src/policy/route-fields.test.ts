// What the normative text of HTTPRoute and GRPCRoute says of single fields: each row is one sentence of it.
import { describe, expect, test } from 'vitest';
import { parseDocument } from './index.ts';

const TO = [{ name: 'a', port: 80 }];
const said = (kind: 'HTTPRoute' | 'GRPCRoute', rule: unknown, spec: Readonly<Record<string, unknown>> = {}): readonly string[] => {
  const parentRefs = [{ group: '', kind: 'Service', name: 'a' }];
  const document = { apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { name: 'r' }, spec: { parentRefs, rules: [rule], ...spec } };
  return parseDocument(document).diagnostics.map(({ code, at }) => `${code} ${at.path.replace('spec.rules[0].', '')}`);
};
const filter = (type: string, field: string, value: unknown): unknown => ({ type, [field]: value });
const redirect = (value: unknown): unknown => filter('RequestRedirect', 'requestRedirect', value);
const rewrite = (value: unknown): unknown => filter('URLRewrite', 'urlRewrite', value);
const mirror = (value: Readonly<Record<string, unknown>>): unknown =>
  filter('RequestMirror', 'requestMirror', { backendRef: { name: 'b', port: 80 }, ...value });
const cors = (value: unknown): unknown => filter('CORS', 'cors', value);
const prefix = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' };

describe('HTTPRouteRule', () => {
  test.each<[string, unknown, readonly string[]]>([
    ['RequestRedirect must not be used together with backendRefs', { filters: [redirect({})], backendRefs: TO }, ['WEFT1216 filters[0]']],
    ['RequestRedirect and URLRewrite exclude each other', { filters: [redirect({}), rewrite({ hostname: 'a' })] }, ['WEFT1216 filters[0]']],
    ['CORS cannot be repeated', { filters: [cors({ allowOrigins: ['*'] }), cors({ allowOrigins: ['*'] })], backendRefs: TO }, ['WEFT1208 filters[1]']],
    ['RequestMirror may be', { filters: [mirror({}), mirror({})], backendRefs: TO }, []],
    [
      'ReplacePrefixMatch needs one match',
      { matches: [{}, {}], filters: [rewrite({ path: prefix })], backendRefs: TO },
      ['WEFT1217 filters[0].urlRewrite.path'],
    ],
    [
      'of type PathPrefix',
      { matches: [{ path: { type: 'Exact', value: '/a' } }], filters: [redirect({ path: prefix })] },
      ['WEFT1217 filters[0].requestRedirect.path'],
    ],
    [
      'also within backendRefs',
      { matches: [{ path: { type: 'Exact', value: '/a' } }], backendRefs: [{ ...TO[0], filters: [rewrite({ path: prefix })] }] },
      ['WEFT1217 backendRefs[0].filters[0].urlRewrite.path'],
    ],
    ['the default match is a prefix', { filters: [redirect({ path: prefix })] }, []],
    [
      'a field belongs to its type',
      { filters: [{ type: 'CORS', urlRewrite: { hostname: 'a' } }], backendRefs: TO },
      ['WEFT1201 filters[0]', 'WEFT1207 filters[0].urlRewrite'],
    ],
    [
      'a path modifier has the value of its type',
      { filters: [redirect({ path: { type: 'ReplaceFullPath', replacePrefixMatch: '/' } })] },
      ['WEFT1201 filters[0].requestRedirect.path', 'WEFT1207 filters[0].requestRedirect.path.replacePrefixMatch'],
    ],
    ['status codes of redirects', { filters: [redirect({ statusCode: 304 })] }, ['WEFT1202 filters[0].requestRedirect.statusCode']],
    ['schemes of redirects', { filters: [redirect({ scheme: 'ftp' })] }, ['WEFT1204 filters[0].requestRedirect.scheme']],
    ['host names are precise', { filters: [redirect({ hostname: '*.a' })] }, ['WEFT1204 filters[0].requestRedirect.hostname']],
    ['percent or fraction', { filters: [mirror({ percent: 1, fraction: { numerator: 1 } })], backendRefs: TO }, ['WEFT1207 filters[0].requestMirror.fraction']],
    ['a fraction is at most all', { filters: [mirror({ fraction: { numerator: 101 } })], backendRefs: TO }, ['WEFT1204 filters[0].requestMirror.fraction']],
    ['"*" stands alone', { filters: [cors({ allowOrigins: ['*', 'https://a'] })], backendRefs: TO }, ['WEFT1207 filters[0].cors.allowOrigins']],
    ['an origin is scheme://host', { filters: [cors({ allowOrigins: ['a.example'] })], backendRefs: TO }, ['WEFT1204 filters[0].cors.allowOrigins[0]']],
    [
      'one action for a header',
      { filters: [filter('RequestHeaderModifier', 'requestHeaderModifier', { set: [{ name: 'a', value: '1' }], remove: ['A'] })], backendRefs: TO },
      ['WEFT1208 filters[0].requestHeaderModifier.remove[0]'],
    ],
    [
      'the host may be set',
      { filters: [filter('RequestHeaderModifier', 'requestHeaderModifier', { set: [{ name: 'Host', value: 'a' }] })], backendRefs: TO },
      [],
    ],
    ['retry codes', { retry: { codes: [399] }, backendRefs: TO }, ['WEFT1204 retry.codes[0]']],
    ['a backend needs its port', { backendRefs: [{ name: 'a' }] }, ['WEFT1201 backendRefs[0]']],
    [
      'a permanent cookie needs its lifetime',
      { sessionPersistence: { cookieConfig: { lifetimeType: 'Permanent' } }, backendRefs: TO },
      ['WEFT1201 sessionPersistence'],
    ],
    ['a header has no cookie', { sessionPersistence: { type: 'Header', cookieConfig: {} }, backendRefs: TO }, ['WEFT1207 sessionPersistence.cookieConfig']],
    ['kinds of backends are no matter of the document', { backendRefs: [{ group: 'x', kind: 'Y', name: 'a', port: 80 }] }, []],
  ])('%s', (_says, rule, expected) => expect([...said('HTTPRoute', rule)].sort()).toEqual([...expected].sort()));

  test.each([
    ['*.example.com', true],
    ['example.com', true],
    ['10.0.0.1', false],
    ['a.*.com', false],
    ['*', false],
    ['A.example', false],
  ])('the host name %s is valid: %s', (host, valid) => {
    const found = said('HTTPRoute', {}, { hostnames: [host] }).filter((each) => !each.startsWith('WEFT1211'));
    expect(found).toEqual(valid ? [] : ['WEFT1204 spec.hostnames[0]']);
  });
});

describe('GRPCRouteRule', () => {
  test.each<[string, unknown, readonly string[]]>([
    ['a service or a method', { matches: [{ method: {} }] }, ['WEFT1206 matches[0].method']],
    ['names of services', { matches: [{ method: { service: 'a/b' } }] }, ['WEFT1204 matches[0].method.service']],
    ['names of methods', { matches: [{ method: { method: 'a.b' } }] }, ['WEFT1204 matches[0].method.method']],
    ['not of expressions', { matches: [{ method: { type: 'RegularExpression', service: 'a/b|c' } }] }, []],
    ['no redirect for gRPC', { filters: [redirect({})] }, ['WEFT1203 filters[0].requestRedirect', 'WEFT1204 filters[0].type']],
  ])('%s', (_says, rule, expected) => expect([...said('GRPCRoute', rule)].sort()).toEqual([...expected].sort()));
});
