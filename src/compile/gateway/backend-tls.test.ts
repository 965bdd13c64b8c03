import { expect, test } from 'vitest';
import { documentsOf } from '../../../test/kit/compiled.ts';
import { apply, type Document, type GatewayKey, type Mesh } from '../../model/index.ts';
import { emptyMesh } from '../../policy/index.ts';
import { planGateway } from './plan.ts';

const { documents } = documentsOf(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: weft, listeners: [{ name: http, port: 80, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec: { parentRefs: [{ name: edge }], rules: [{ backendRefs: [{ name: web, port: 443 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ name: https, port: 443, targetPort: 8443, appProtocol: HTTPS }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: web, namespace: shop }
spec: { targetRefs: [{ group: '', kind: Service, name: web }], validation: { hostname: web.test, wellKnownCACertificates: System } }
`);

const put = (mesh: Mesh, some: readonly Document[]): Mesh =>
  apply(
    mesh,
    some.map((document) => ({ kind: 'put', document })),
  ).mesh;
const servicesOf = (mesh: Mesh) => planGateway(mesh, 'shop/edge' as GatewayKey)?.services;

test('requests go to an encrypted port as soon as a policy says how, and no longer when it is gone', () => {
  const [policy] = documents.filter(({ kind }) => kind === 'BackendTLSPolicy');
  const without = put(
    emptyMesh(),
    documents.filter((each) => each !== policy),
  );
  expect(servicesOf(without)).toEqual([]);
  const having = put(without, policy === undefined ? [] : [policy]);
  expect(servicesOf(having)).toEqual(['shop/web']);
  // The same documents, planned after the others were: nothing of what was kept decides.
  expect(
    servicesOf(
      put(
        emptyMesh(),
        documents.filter((each) => each !== policy),
      ),
    ),
  ).toEqual([]);
});
