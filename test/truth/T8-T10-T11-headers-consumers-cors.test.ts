// T8 header changes, T10 producer and consumer routes with grants, T11 CORS.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bench } from '../kit/bench-pair.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { needs } from '../kit/require.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);

const service = (name: string, namespace = 'shop'): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: { app: app }, ports: [{ name: http, port: 80, targetPort: http, appProtocol: http }] }
---`;
const route = (name: string, rules: string, namespace = 'shop'): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  parentRefs: [{ group: "", kind: Service, name: ${name}, namespace: shop }]
  rules: ${rules}
---`;
const to = (name: string): string => `backendRefs: [{ name: ${name}, port: 80, namespace: shop }]`;
const set = (value: string): string => `filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-route, value: ${value} }] } }]`;
const cors = (fields: string): string => `filters: [{ type: CORS, cors: { ${fields} } }]`;

const DOCUMENTS = [
  ...['headers', 'consumed', 'cors', 'granted', 'kept'].map((name) => service(name)),
  route(
    'headers',
    `[{ filters: [
      { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-set, value: new }], add: [{ name: x-add, value: more }], remove: [x-remove] } },
      { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: date, value: never }], add: [{ name: x-more, value: "%%" }], remove: [content-length] } }],
      ${to('headers')} }]`,
  ),
  route('consumed', `[{ ${set('producer')}, ${to('consumed')} }]`),
  route('consumed', `[{ ${set('consumer')}, ${to('consumed')} }]`, 'other'),
  service('abroad', 'third'),
  route('granted', '[{ backendRefs: [{ name: abroad, namespace: third, port: 80 }] }]'),
  route('kept', '[{ backendRefs: [{ name: abroad, namespace: third, port: 80 }] }]', 'other'),
  `
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: shop, namespace: third }
spec: { from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop }], to: [{ group: "", kind: Service, name: abroad }] }
---`,
  route(
    'cors',
    `
    - { matches: [{ path: { value: /one }, method: PUT }], ${cors('allowOrigins: ["https://app.example", "https://*.example.com:8443"], allowMethods: [PUT], allowHeaders: [x-a, x-b], exposeHeaders: [x-c]')}, ${to('cors')} }
    - { matches: [{ path: { value: /all } }], ${cors('allowOrigins: ["*"], allowCredentials: true, allowMethods: ["*"], allowHeaders: ["*"], maxAge: 60')}, ${to('cors')} }
    - { matches: [{ path: { value: /none } }], ${to('cors')} }`,
  ),
].join('');

const APPS = [{ name: 'app-1', labels: { app: 'app' } }];

describe.skipIf(skip)('headers, consumers, CORS', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open({ documents: DOCUMENTS, apps: APPS });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  test('T8 headers are set, added and removed, of requests and of responses', async () => {
    const { seen, headers } = await bench.ask('headers.shop.mesh', { headers: { 'x-set': 'old', 'x-add': 'first', 'x-remove': 'gone' } });
    expect(seen?.headers).toMatchObject({ 'x-set': 'new', 'x-add': 'first, more' });
    expect(seen?.headers['x-remove']).toBeUndefined();
    expect(headers).toMatchObject({ date: 'never', 'x-more': '%%' });
    expect(headers['content-length']).toBeUndefined();
  });

  test('T10 a consumer route replaces the producer’s for its own namespace; a grant opens a namespace to those it names', async () => {
    expect((await bench.ask('consumed.shop.mesh')).headers['x-route']).toBe('producer');
    expect((await bench.ask('granted.shop.mesh')).status).toBe(503); // permitted: the service is there, its endpoints are not
    await using other = await Bench.open({ documents: DOCUMENTS, apps: APPS, caller: { namespace: 'other' } });
    expect((await other.ask('consumed.shop.mesh')).headers['x-route']).toBe('consumer');
    expect((await other.ask('kept.shop.mesh')).status).toBe(500); // not permitted: another namespace than the grant names
  });

  const preflight = (path: string, origin: string, method: string, headers?: string) =>
    bench.ask('cors.shop.mesh', {
      method: 'OPTIONS',
      path,
      headers: { origin, 'access-control-request-method': method, ...(headers === undefined ? {} : { 'access-control-request-headers': headers }) },
    });

  test.each([
    ['https://app.example', true],
    ['https://app.example:443', true],
    ['https://a.b.example.com:8443', true],
    ['https://example.com:8443', false],
    ['https://a.example.com', false],
    ['http://app.example', false],
    ['https://app.example.evil', false],
  ])('T11 origin %s is allowed: %s', async (origin, allowed) => {
    const answer = await preflight('/one', origin, 'PUT', 'x-a');
    expect([answer.status, answer.seen]).toEqual([allowed ? 200 : 403, undefined]);
    const names = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));
    if (!allowed) return expect(names, JSON.stringify(answer.headers)).toEqual([]);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-a,x-b',
      'access-control-max-age': '5',
    });
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  test('T11 the request itself is answered with what a browser needs', async () => {
    const answer = await bench.ask('cors.shop.mesh', { method: 'PUT', path: '/one', headers: { origin: 'https://app.example' } });
    expect(answer.seen?.method).toBe('PUT');
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example', 'access-control-expose-headers': 'x-c' });
    const foreign = await bench.ask('cors.shop.mesh', { method: 'PUT', path: '/one', headers: { origin: 'https://evil.example' } });
    expect([foreign.status, foreign.headers['access-control-allow-origin']]).toEqual([200, undefined]);
  });

  test('T11 with credentials a wildcard is answered with what was asked for', async () => {
    const answer = await preflight('/all', 'https://any.where', 'DELETE', 'x-z, x-y');
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://any.where',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'DELETE',
      'access-control-allow-headers': 'x-z, x-y',
      'access-control-max-age': '60',
    });
  });

  test('T11 without the filter a preflight is the application’s own business', async () => {
    expect((await preflight('/none', 'https://app.example', 'GET')).seen?.method).toBe('OPTIONS');
  });
});
