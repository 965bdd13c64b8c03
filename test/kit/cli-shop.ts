// What the tests of document commands write: a service and its route.
export const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: checkout, namespace: shop }
spec:
  clusterIP: 240.0.0.12
  selector: { app: checkout }
  ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }]
`;
export const ROUTE = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: checkout, namespace: shop, labels: { team: pay } }
spec:
  parentRefs: [{ group: "", kind: Service, name: checkout }]
  rules:
    - name: employees
      matches: [{ headers: [{ name: x-employee, value: "true" }] }]
      backendRefs: [{ name: checkout, port: 80 }]
    - name: everyone
      backendRefs:
        - { name: checkout, port: 80 }
`;
export const SHOP = `${SERVICE}---\n${ROUTE}`;

/** Where it is. */
export const shop = { namespace: 'shop' };
