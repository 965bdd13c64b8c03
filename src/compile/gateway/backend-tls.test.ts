import { expect, test } from 'vitest';
import { documentsOf } from '../../../test/kit/compiled.ts';
import { apply, type Document, type GatewayKey, type Mesh } from '../../model/index.ts';
import { emptyMesh } from '../../policy/index.ts';
import { planGateway } from './plan.ts';

const NAMES = ['a', 'b', 'c'];
const text = (): string =>
  [
    `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: weft, listeners: [{ name: http, port: 80, protocol: HTTP }] }`,
    `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  rules: [${NAMES.map((name) => `{ matches: [{ path: { type: Exact, value: /${name} } }], backendRefs: [{ name: ${name}, port: 443 }] }`).join(', ')}]`,
    ...NAMES.map(
      (name) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: web }, ports: [{ name: https, port: 443, targetPort: 8443, appProtocol: HTTPS }] }`,
    ),
    ...NAMES.map(
      (name) => `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: ${name}, namespace: shop }
spec: { targetRefs: [{ group: '', kind: Service, name: ${name} }], validation: { hostname: web.test, wellKnownCACertificates: System } }`,
    ),
  ].join('\n---');

const put = (mesh: Mesh, document: Document): Mesh => apply(mesh, [{ kind: 'put', document }]).mesh;
const servicesOf = (mesh: Mesh) => planGateway(mesh, 'shop/edge' as GatewayKey)?.services;

test('requests go to encrypted ports as soon as policies say how, in whatever order they come', () => {
  let mesh = emptyMesh();
  for (const document of documentsOf(text()).documents) {
    mesh = put(mesh, document);
    servicesOf(mesh);
  }
  expect(servicesOf(mesh)).toEqual(NAMES.map((name) => `shop/${name}`));
});
