// A small mesh with something for every field to change, and documents of each kind whose fields are tried one by one.
import { TRIED_CONNECTIONS, TRIED_POLICIES, type Tried } from './silence-policies.ts';

export const AROUND = `
{ apiVersion: weft.dev/v1alpha1, kind: ExtensionPolicy, metadata: { name: first, namespace: a }, spec: { targetRefs: [{ kind: Service, name: other }], order: 2, lua: { inline: "function envoy_on_request(h) h:logInfo('first') end" } } }
---
{ apiVersion: v1, kind: Namespace, metadata: { name: b, labels: { app: web } } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: ListenerSet, metadata: { name: theirs, namespace: b }, spec: { parentRef: { name: edge, namespace: a }, listeners: [{ name: theirs, port: 91, protocol: HTTP }] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: other-2, namespace: a, labels: { app: other } }, spec: { serviceAccount: other, address: 10.0.0.1, zone: z1, ports: [{ name: http, port: 8080, proxyPort: 20090 }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: a }, spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: other, namespace: a }, spec: { selector: { app: other }, ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }, { name: db, port: 81, targetPort: 8081, appProtocol: tcp }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: greet, namespace: a }, spec: { selector: { app: other }, ports: [{ name: grpc, port: 80, targetPort: 8082, appProtocol: grpc }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: b }, spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: ExternalService, metadata: { name: outside, namespace: a }, spec: { hosts: [api.example.com], ports: [{ name: http, port: 80, appProtocol: http }, { name: two, port: 81, appProtocol: http }] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: web-1, namespace: a, labels: { app: web } }, spec: { serviceAccount: web, address: 10.0.0.1, zone: z1, ports: [{ name: http, port: 8080, proxyPort: 20080 }], proxy: { capture: { mode: netns, netns: /n, resolvers: [] }, bind: 10.0.0.1 } } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: web-2, namespace: a, labels: { app: web } }, spec: { serviceAccount: web, address: 10.0.0.2, zone: z2, state: Starting, ports: [{ name: http, port: 8080, proxyPort: 20080 }, { name: more, port: 8088, proxyPort: 20088 }], proxy: { capture: { mode: netns, netns: /n, resolvers: [] }, bind: 10.0.0.2 } } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: other-1, namespace: a, labels: { app: other } }, spec: { serviceAccount: other, address: 10.0.0.3, zone: z1, ports: [{ name: http, port: 8080, proxyPort: 20080 }, { name: db, port: 8081, proxyPort: 20081 }, { name: grpc, port: 8082, proxyPort: 20082 }], proxy: { capture: { mode: netns, netns: /n, resolvers: [] }, bind: 10.0.0.3 } } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: edge-1, namespace: a }, spec: { address: 10.0.0.9, serviceAccount: edge, gateway: edge, proxy: { capture: { mode: none }, bind: 127.0.0.1 } } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: { name: edge, namespace: a }, spec: { gatewayClassName: weft, allowedListeners: { namespaces: { from: All } }, listeners: [{ name: http, port: 80, protocol: HTTP }, { name: second, port: 82, protocol: HTTP }, { name: dns, port: 53, protocol: UDP }, { name: dns-too, port: 54, protocol: UDP }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: datagrams, namespace: a }, spec: { selector: { app: other }, ports: [{ name: dns, port: 53, protocol: UDP }] } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: { name: plain, namespace: a }, spec: { parentRefs: [{ name: edge }, { group: "", kind: Service, name: other }], rules: [{ name: one, backendRefs: [{ name: other, port: 80 }] }] } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: GRPCRoute, metadata: { name: calls, namespace: a }, spec: { parentRefs: [{ name: edge }, { group: "", kind: Service, name: greet }], rules: [{ name: one, backendRefs: [{ name: greet, port: 80 }] }] } }
---
{ apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: { name: b, namespace: b }, spec: { parentRefs: [{ name: edge, namespace: a }, { kind: ListenerSet, name: tried, namespace: a }], rules: [{ backendRefs: [{ name: web, port: 80 }] }] } }
---
{ apiVersion: v1, kind: Secret, metadata: { name: idp, namespace: a }, stringData: { client-secret: c, cookie-secret: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, other: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb } }
`;

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const WEFT = 'weft.dev/v1alpha1';
const parents = (service: string) => [{ name: 'edge' }, { group: '', kind: 'Service', name: service }];
const filters = (backend: object) => [
  { type: 'RequestHeaderModifier', requestHeaderModifier: {} },
  { type: 'ResponseHeaderModifier', responseHeaderModifier: {} },
  { type: 'RequestMirror', requestMirror: { backendRef: backend } },
];
const other = { name: 'other', port: 80 };
const greet = { name: 'greet', port: 80 };
const expressions = { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] };
const trust = { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'none' }] };
const https = { name: 'tls', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'none' }] } };
const listener = { name: 'http', port: 80, protocol: 'HTTP' };

const asking = (protocol: string, more: object) => ({ type: 'ExternalAuth', externalAuth: { protocol, backendRef: other, ...more } });

export const TRIED: readonly Tried[] = [
  {
    apiVersion: GATEWAY_API,
    kind: 'HTTPRoute',
    name: 'tried',
    specs: [
      { parentRefs: parents('web'), rules: [{ backendRefs: [other] }] },
      {
        parentRefs: parents('web'),
        rules: [{ backendRefs: [other], filters: [asking('GRPC', { grpc: { allowedHeaders: ['x'] }, forwardBody: { maxSize: 9 } })] }],
      },
      {
        parentRefs: parents('web'),
        rules: [{ backendRefs: [other], filters: [asking('HTTP', { http: { path: '/p', allowedHeaders: ['x'], allowedResponseHeaders: ['y'] } })] }],
      },
      {
        parentRefs: parents('web'),
        rules: [
          {
            matches: [{ headers: [{ name: 'x', value: '1' }], queryParams: [{ name: 'q', value: '1' }] }],
            backendRefs: [other, { name: 'web', port: 80 }],
            filters: filters(other),
          },
        ],
      },
      {
        parentRefs: parents('web'),
        rules: [
          {
            backendRefs: [
              { ...other, filters: filters(other) },
              { name: 'web', port: 80 },
            ],
          },
        ],
      },
      {
        parentRefs: parents('web'),
        rules: [
          {
            matches: [{ path: { value: '/p' } }],
            backendRefs: [other],
            filters: [
              { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/x' } } },
              { type: 'CORS', cors: { allowOrigins: ['https://a.example'] } },
            ],
          },
        ],
      },
      {
        parentRefs: parents('web'),
        rules: [
          {
            matches: [{ path: { value: '/p' } }],
            backendRefs: [other],
            filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/x' } } }],
          },
        ],
      },
      {
        parentRefs: parents('web'),
        rules: [
          {
            matches: [{ path: { value: '/p' } }],
            filters: [{ type: 'RequestRedirect', requestRedirect: { path: { type: 'ReplaceFullPath', replaceFullPath: '/x' } } }],
          },
        ],
      },
      {
        parentRefs: parents('web'),
        rules: [
          {
            matches: [{ path: { value: '/p' } }],
            filters: [{ type: 'RequestRedirect', requestRedirect: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/x' } } }],
          },
        ],
      },
      {
        parentRefs: parents('web'),
        rules: [
          {
            backendRefs: [other],
            retry: { attempts: 3, codes: [503] },
            sessionPersistence: { absoluteTimeout: '1h', cookieConfig: { lifetimeType: 'Permanent' } },
            timeouts: { request: '5s' },
          },
        ],
      },
      {
        parentRefs: parents('web'),
        rules: [{ backendRefs: [other], filters: [{ type: 'RequestMirror', requestMirror: { backendRef: other, fraction: { numerator: 1 } } }] }],
      },
      {
        parentRefs: parents('web'),
        rules: [
          {
            backendRefs: [
              {
                ...other,
                filters: [
                  { type: 'RequestMirror', requestMirror: { backendRef: other, fraction: { numerator: 1 } } },
                  { type: 'CORS', cors: { allowOrigins: ['https://a.example'] } },
                  { type: 'URLRewrite', urlRewrite: { hostname: 'h.example' } },
                ],
              },
            ],
          },
        ],
      },
    ],
  },
  {
    apiVersion: GATEWAY_API,
    kind: 'GRPCRoute',
    name: 'tried',
    specs: [
      { parentRefs: parents('greet'), rules: [{ backendRefs: [greet] }] },
      {
        parentRefs: parents('greet'),
        rules: [
          {
            matches: [{ method: { service: 's', method: 'm' }, headers: [{ name: 'x', value: '1' }] }],
            backendRefs: [greet, { ...greet, name: 'web' }],
            filters: filters(greet),
          },
        ],
      },
      {
        parentRefs: parents('greet'),
        rules: [
          { backendRefs: [{ ...greet, filters: filters(greet) }], sessionPersistence: { absoluteTimeout: '1h', cookieConfig: { lifetimeType: 'Permanent' } } },
        ],
      },
      {
        parentRefs: parents('greet'),
        rules: [
          {
            backendRefs: [{ ...greet, filters: [{ type: 'RequestMirror', requestMirror: { backendRef: greet, fraction: { numerator: 1 } } }] }],
            filters: [{ type: 'RequestMirror', requestMirror: { backendRef: greet, fraction: { numerator: 1 } } }],
          },
        ],
      },
    ],
  },
  {
    apiVersion: GATEWAY_API,
    kind: 'Gateway',
    name: 'edge',
    specs: [
      { gatewayClassName: 'weft', listeners: [listener, { name: 'tls', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'none' }] } }] },
      { gatewayClassName: 'weft', listeners: [{ ...listener, allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: {} } } } }] },
      {
        gatewayClassName: 'weft',
        listeners: [{ ...listener, allowedRoutes: { kinds: [{ kind: 'HTTPRoute' }], namespaces: { from: 'Selector', selector: expressions } } }],
      },
      {
        gatewayClassName: 'weft',
        allowedListeners: { namespaces: { from: 'Selector', selector: {} } },
        addresses: [{ value: '10.9.8.7' }],
        listeners: [listener],
      },
      { gatewayClassName: 'weft', allowedListeners: { namespaces: { from: 'Selector', selector: expressions } }, listeners: [listener] },
      {
        gatewayClassName: 'weft',
        listeners: [listener, https],
        tls: { frontend: { default: { validation: trust }, perPort: [{ port: 443, tls: { validation: trust } }] } },
      },
      { gatewayClassName: 'weft', listeners: [https], tls: { frontend: { default: { validation: trust } } } },
      { gatewayClassName: 'weft', listeners: [listener], tls: { backend: { clientCertificateRef: { name: 'none' } } } },
    ],
  },
  {
    apiVersion: GATEWAY_API,
    kind: 'ListenerSet',
    name: 'tried',
    specs: [
      {
        parentRef: { name: 'edge' },
        listeners: [
          { ...listener, port: 90 },
          { name: 'tls', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'none' }] } },
        ],
      },
      {
        parentRef: { name: 'edge' },
        listeners: [{ ...listener, port: 90, allowedRoutes: { kinds: [{ kind: 'HTTPRoute' }], namespaces: { from: 'Selector', selector: expressions } } }],
      },
      {
        parentRef: { name: 'edge' },
        listeners: [{ ...listener, port: 90, allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: {} } } } }],
      },
    ],
  },
  {
    apiVersion: GATEWAY_API,
    kind: 'BackendTLSPolicy',
    name: 'tried',
    specs: [
      {
        targetRefs: [{ group: 'weft.dev', kind: 'ExternalService', name: 'outside' }],
        validation: {
          wellKnownCACertificates: 'System',
          hostname: 'x.example',
          subjectAltNames: [
            { type: 'Hostname', hostname: 'y.example' },
            { type: 'URI', uri: 'spiffe://y' },
          ],
        },
      },
      {
        targetRefs: [{ group: 'weft.dev', kind: 'ExternalService', name: 'outside' }],
        validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }], hostname: 'x.example' },
      },
    ],
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    name: 'web',
    specs: [
      { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }] },
      {
        selector: { app: 'web' },
        ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: {} },
      },
      { type: 'ExternalName', externalName: 'x.example', ports: [{ port: 80 }] },
    ],
  },
  {
    apiVersion: WEFT,
    kind: 'ExternalService',
    name: 'outside',
    specs: [
      { hosts: ['api.example.com'], ports: [{ port: 80, appProtocol: 'http' }] },
      { hosts: ['api.example.com'], ports: [{ port: 80, appProtocol: 'http' }], dns: {}, tls: {} },
      { hosts: ['api.example.com'], ports: [{ port: 80, appProtocol: 'http' }], egress: { gateway: { name: 'edge' } } },
      { hosts: ['api.example.com'], ports: [{ port: 80, appProtocol: 'http' }], resolution: 'Static', addresses: ['10.1.1.1'] },
    ],
  },
  ...TRIED_CONNECTIONS,
  ...TRIED_POLICIES,
];

/** Fields that decide nothing alone, and why nobody needs to be told. */
export const BOOKKEEPING: Readonly<Record<string, string>> = {
  'Service ports[].name': 'what others call the port by: targetRefs, parentRefs',
  'ExternalService ports[].name': 'what others call the port by: targetRefs, parentRefs',
  'ExternalService resolution': 'follows from hosts and addresses; what contradicts them is refused (WEFT1702, WEFT1703)',
  'FaultPolicy faults[].name': 'for people',
  'TCPRoute rules[].name': 'what policies call the rule by, and people',
  'TLSRoute rules[].name': 'what policies call the rule by, and people',
  'UDPRoute rules[].name': 'for people',
};
