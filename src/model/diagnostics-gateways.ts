// What is wrong with gateways, their listeners and certificates: 16xx.
import type { DiagnosticKind } from './diagnostics.ts';

export const GATEWAYS = {
  WEFT1601: {
    severity: 'error',
    title: 'unusable certificate or key',
    docs: 'A TLS Secret has a certificate or key that is no PEM, that is not supported, or that do not belong together. Proxies keep the one they have.',
    hint: 'tls.crt is the certificate chain, the leaf first, and tls.key its private key, both PEM',
  },
  WEFT1602: {
    severity: 'error',
    title: 'certificate cannot be used',
    docs: 'A listener refers to a certificate that does not exist, is no TLS Secret, or is broken. Without any usable certificate the listener is not served.',
    hint: 'apply a Secret of type kubernetes.io/tls with this name',
  },
  WEFT1603: {
    severity: 'error',
    title: 'reference into another namespace',
    docs: 'Gateway API: what another namespace has may be referred to only when a ReferenceGrant there allows it.',
    hint: 'add a ReferenceGrant in that namespace, or refer to something of the own one',
  },
  WEFT1604: {
    severity: 'error',
    title: 'listeners in conflict',
    docs: 'Two listeners cannot be told apart, or cannot share a port. None of the indistinct ones is served; between a Gateway and its ListenerSets the one that comes first stays.',
    hint: 'give one of them another port or hostname',
  },
  WEFT1605: {
    severity: 'error',
    title: 'protocol not supported',
    docs: 'A listener has a protocol that gateways of Weft do not serve.',
    hint: 'use HTTP, HTTPS, TLS or TCP',
  },
  WEFT1606: {
    severity: 'error',
    title: 'address not supported',
    docs: 'A Gateway asks for an address that cannot be bound.',
    hint: 'use an address of type IPAddress',
  },
  WEFT1607: {
    severity: 'error',
    title: 'parameters not supported',
    docs: 'parametersRef names settings of a kind that Weft does not have, and without them the document would mean something else.',
    hint: 'remove parametersRef',
  },
  WEFT1608: {
    severity: 'warning',
    title: 'unknown gateway class',
    docs: 'No GatewayClass of that name is served by Weft, so nothing is done for the Gateway.',
    hint: 'write gatewayClassName: weft',
  },
  WEFT1609: {
    severity: 'error',
    title: 'route kind not allowed',
    docs: 'allowedRoutes.kinds names a kind that a listener of this protocol cannot have; the others are kept.',
    hint: 'HTTP and HTTPS have HTTPRoute and GRPCRoute, TLS has TLSRoute (and TCPRoute where it is terminated), TCP has TCPRoute',
  },
  WEFT1610: {
    severity: 'error',
    title: 'trust anchors cannot be used',
    docs: 'A reference to certificates of authorities leads nowhere, or what it leads to is no certificate. Without any usable one nobody could be let in, so the listener is not served.',
    hint: 'apply a ConfigMap with the certificates in PEM under the key ca.crt',
  },
  WEFT1611: {
    severity: 'warning',
    title: 'not attached to its Gateway',
    docs: 'A ListenerSet names a Gateway that does not exist or does not allow it, so its listeners are not served.',
    hint: 'set spec.allowedListeners.namespaces in the Gateway',
  },
  WEFT1612: {
    severity: 'warning',
    fate: 'applied',
    title: 'overlapping certificates',
    docs: 'Listeners of one port have certificates or host names that overlap, so browsers reuse one connection for both. Requests that belong to the other one are answered with 421, and browsers then open a new one.',
    hint: 'nothing needs to be done; certificates that do not overlap save the second connection',
  },
  WEFT1613: {
    severity: 'info',
    title: 'nobody serves the Gateway',
    docs: 'The Gateway is understood, and no proxy runs it.',
    hint: 'start one: weft gateway --name NAME -n NAMESPACE',
  },
  WEFT1614: {
    severity: 'warning',
    fate: 'applied',
    title: 'clients are let in without certificate',
    docs: 'AllowInsecureFallback: a client without a valid certificate is let in all the same.',
    hint: 'use mode: AllowValidOnly once every client has a certificate',
  },
  WEFT1615: {
    severity: 'warning',
    fate: 'applied',
    title: 'certificate has expired',
    docs: 'Clients refuse the connection.',
    hint: 'apply a renewed certificate under the same name; no connection notices',
  },
  WEFT1616: {
    severity: 'warning',
    title: 'TLS policy without effect',
    docs: 'A BackendTLSPolicy names something that does not exist, that another, older policy is for, or whose instances are part of the mesh, where mutual TLS holds anyway.',
    hint: 'see the message',
  },
  WEFT1620: {
    severity: 'warning',
    title: 'no such listener',
    docs: 'A route names a Gateway, a ListenerSet or a listener that does not exist; it takes no requests there.',
    hint: 'correct parentRefs, or apply the Gateway',
  },
  WEFT1621: {
    severity: 'warning',
    title: 'not allowed by the listeners',
    docs: 'The listeners that a route names do not take routes of its kind or namespace (allowedRoutes), so it takes no requests there.',
    hint: 'set allowedRoutes in the Gateway, or move the route',
  },
  WEFT1622: {
    severity: 'warning',
    title: 'no common host name',
    docs: 'The host names of a route and of the listeners it names have nothing in common, so no request could reach it.',
    hint: 'correct hostnames in the route or hostname in the listener',
  },
} as const satisfies Record<string, DiagnosticKind>;
