// T2: gRPC by service, method and metadata; shares; and errors in gRPC's own words.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bench } from '../kit/bench-pair.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { needs } from '../kit/require.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);
const SET = (value: string): string => `filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-rule, value: ${value} }] } }]`;
const TO = 'backendRefs: [{ name: calls, port: 50051 }]';

const DOCUMENTS = `
apiVersion: v1
kind: Service
metadata: { name: calls, namespace: shop }
spec: { selector: { app: app }, ports: [{ name: grpc, port: 50051, targetPort: grpc, appProtocol: grpc }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: calls, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: calls }]
  rules:
    - { name: headers, matches: [{ method: { service: shop.Cart }, headers: [{ name: tenant, value: a }] }], ${SET('headers')}, ${TO} }
    - { name: service, matches: [{ method: { service: shop.Cart } }], ${SET('service')}, ${TO} }
    - { name: exact, matches: [{ method: { service: shop.Cart, method: Add } }], ${SET('exact')}, ${TO} }
    - { name: method, matches: [{ method: { method: Ping } }], ${SET('method')}, ${TO} }
    - { name: regex, matches: [{ method: { type: RegularExpression, service: "shop\\\\.v[0-9]+", method: "Get.*" } }], ${SET('regex')}, ${TO} }
    - { name: gone, matches: [{ method: { service: shop.Gone } }], backendRefs: [{ name: nobody, port: 50051 }] }
    - { name: half, matches: [{ method: { service: shop.Half } }], backendRefs: [{ name: nobody, port: 50051, weight: 1000000 }, { name: calls, port: 50051, weight: 1 }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ignored, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: calls }]
  rules: [{ matches: [{ path: { type: Exact, value: /shop.Cart/Add } }], ${SET('http')}, ${TO} }]
`;

describe.skipIf(skip)('T2 gRPC', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open({ documents: DOCUMENTS, apps: [{ name: 'app-1', labels: { app: 'app' } }], grpc: 'calls' });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  test.each([
    ['/shop.Cart/Add', {}, 'exact'],
    ['/shop.Cart/Add', { tenant: 'a' }, 'exact'],
    ['/shop.Cart/Remove', { tenant: 'a' }, 'headers'],
    ['/shop.Cart/Remove', { tenant: 'b' }, 'service'],
    ['/other.Thing/Ping', {}, 'method'],
    ['/shop.v12/GetAll', {}, 'regex'],
  ])('%s with %j takes the rule %s', async (path, headers, rule) => {
    const { grpcStatus, seen, headers: head } = await bench.call(path, headers);
    expect([grpcStatus, seen?.url, head['x-rule']]).toEqual(['0', path, rule]);
  });

  test.each([
    ['/shop.Gone/Any', '14'], // UNAVAILABLE: no backend at all
    ['/shop.Half/Any', '14'], // UNAVAILABLE: the share of a backend that does not exist
    ['/shop.Nothing/At', '12'], // UNIMPLEMENTED: no rule
  ])('%s is answered with grpc-status %s', async (path, status) => {
    const { grpcStatus, headers } = await bench.call(path);
    expect([headers[':status'], grpcStatus]).toEqual([200, status]);
    expect(String(headers['weft-reason'])).toMatch(status === '12' ? /^no-route/ : /^no-backend; route=shop\/calls\//);
  });
});
