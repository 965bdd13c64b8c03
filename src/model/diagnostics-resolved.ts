// What is wrong with a document among the others, and in the proxies.
import type { DiagnosticKind } from './diagnostics.ts';

/** References: 13xx. These come and go with the documents they name. */
export const REFERENCES = {
  WEFT1301: {
    severity: 'error',
    title: 'backend does not exist',
    docs: 'A backendRef names a Service that is not there. Its share of the requests is answered with 500 until it is.',
    hint: 'apply the Service, or correct the name',
  },
  WEFT1302: {
    severity: 'error',
    title: 'backend has no such port',
    docs: 'The Service of a backendRef does not have the port. Its share of the requests is answered with 500.',
    hint: 'use one of the ports of the Service',
  },
  WEFT1303: {
    severity: 'error',
    title: 'reference not permitted',
    docs: 'A backendRef names something in another namespace, which is neither that of the route nor (where all parents are Services) that of a parent, and no ReferenceGrant there permits it. Its share of the requests is answered with 500.',
    hint: 'apply a ReferenceGrant in the namespace of the backend: from { group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: the route\'s }, to { group: "", kind: Service }',
  },
  WEFT1304: {
    severity: 'error',
    title: 'kind of backend not supported',
    docs: 'Services and Subsets can be backends. The share of anything else is answered with 500.',
    hint: 'name a Service (group "", kind Service) or a Subset (group weft.dev, kind Subset)',
  },
  WEFT1305: {
    severity: 'error',
    title: 'backend speaks another protocol',
    docs: 'An HTTP route cannot send requests to a port that is declared as TCP.',
    hint: 'set appProtocol: http on the port of the Service',
  },
  WEFT1306: {
    severity: 'error',
    title: 'duplicate address',
    docs: 'Two Services claim the same spec.clusterIP. The older one keeps it; the other works under another address.',
    hint: 'remove spec.clusterIP from one of them',
  },
  WEFT1307: {
    severity: 'warning',
    title: 'parent does not exist',
    docs: 'A parentRef names a Service or Gateway that is not there; the route has no effect until it is.',
    hint: 'apply it, or correct the name',
  },
  WEFT1308: {
    severity: 'warning',
    title: 'parent has no such port',
    docs: 'The Service of a parentRef does not have the port or section; the route has no effect there.',
    hint: 'use one of the ports of the Service',
  },
  WEFT1309: {
    severity: 'warning',
    fate: 'applied',
    title: 'no endpoints',
    docs: 'No workload is ready behind the Service; requests are answered with 503.',
    hint: 'start a workload whose labels match the selector: weft run --service NAME -- COMMAND',
  },
  WEFT1310: {
    severity: 'warning',
    fate: 'applied',
    title: 'target port not found',
    docs: 'A workload of the Service has no port of that name and takes no requests on it.',
    hint: 'name the port on the workload, or use a number as targetPort',
  },
  WEFT1311: {
    severity: 'warning',
    fate: 'applied',
    title: 'no selector',
    docs: 'A Service without selector has no workloads, so requests to it are answered with 503.',
    hint: 'add spec.selector, for example selector: { app: NAME }',
  },
  WEFT1313: {
    severity: 'warning',
    fate: 'applied',
    title: 'no ports',
    docs: 'A Service without ports cannot be called.',
    hint: 'ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }]',
  },
  WEFT1312: {
    severity: 'warning',
    title: 'scope names nothing',
    docs: 'An entry of a Scope matches no Service.',
    hint: 'correct the entry, or apply the Service',
  },
} as const satisfies Record<string, DiagnosticKind>;

/** Attachment and precedence: 14xx. */
export const ATTACHMENT = {
  WEFT1401: {
    severity: 'warning',
    title: 'not attached',
    docs: 'A parentRef names something that cannot carry the route here.',
    hint: 'use a Service ({ group: "", kind: Service, name: NAME }) or a Gateway ({ name: NAME }) as parent',
  },
  WEFT1402: {
    severity: 'warning',
    title: 'route on a TCP port',
    docs: 'The port does not speak HTTP, so an HTTPRoute has no effect on it.',
    hint: 'set appProtocol: http on the port of the Service',
  },
  WEFT1403: {
    severity: 'info',
    title: 'decided by age',
    docs: 'Two routes match the same requests equally well; the older one wins (Gateway API), then the first by name.',
    hint: 'make one match more specific, or merge the routes',
  },
  WEFT1404: {
    severity: 'warning',
    title: 'never reached',
    docs: 'An earlier match takes every request this one could get.',
    hint: 'remove the match or make it more specific',
  },
  WEFT1405: { severity: 'info', title: 'overridden', docs: 'A more specific document says something else.', hint: 'see the document that wins' },
  WEFT1406: {
    severity: 'error',
    title: 'address and port already taken',
    docs: 'Two ports of the mesh have the same virtual address and number; connections to it go to the older Service.',
    hint: 'change spec.clusterIP or the port',
  },
} as const satisfies Record<string, DiagnosticKind>;

/** What proxies and the control plane say: 15xx. */
export const PROGRAMMING = {
  WEFT1501: {
    severity: 'error',
    title: 'refused by Envoy',
    docs: 'A proxy refused the configuration made of this document, in the words given. All proxies run its last accepted version until the document changes.',
    hint: 'correct the document; the words of Envoy say what it disliked',
  },
  WEFT1502: {
    severity: 'error',
    title: "against Envoy's rules",
    docs: "The configuration made of this document breaks one of Envoy's validation rules and was not sent.",
    hint: 'correct the value',
  },
  WEFT1503: {
    severity: 'error',
    title: 'dangling reference',
    docs: 'The configuration made of this document refers to something that is not sent, and was held back.',
    hint: 'this is a fault of Weft: please report it with the document',
  },
  WEFT1504: {
    severity: 'error',
    title: 'could not be compiled',
    docs: 'Compiling this document failed; its last good version stays in force.',
    hint: 'this is a fault of Weft: please report it with the document',
  },
  WEFT1505: {
    severity: 'warning',
    title: 'proxy without identity',
    docs: 'The workload of a proxy is not in the mesh, so it gets no certificate.',
    hint: 'start it again with weft run',
  },
} as const satisfies Record<string, DiagnosticKind>;
