// What is outside, who is called by which name, and what is spoken: 17xx.
import type { DiagnosticKind } from './diagnostics.ts';

export const DISCOVERY = {
  WEFT1701: {
    severity: 'error',
    title: 'host belongs to the mesh',
    docs: 'An ExternalService may only have names that are not answered by the mesh or the machine itself.',
    hint: 'names that end in .mesh are Services; use the name that the server has outside',
  },
  WEFT1702: {
    severity: 'error',
    title: 'host and resolution do not fit',
    docs: 'A wildcard has no address that could be written or looked up beforehand, so it needs resolution Dynamic; a host that is known can have any.',
    hint: 'write resolution: Dynamic for wildcards, and other hosts in an ExternalService of their own',
  },
  WEFT1703: {
    severity: 'error',
    title: 'addresses and resolution do not fit',
    docs: 'Addresses are for resolution Static, which needs at least one; dns is for the others.',
    hint: 'write resolution: Static with addresses, or resolution: DNS without',
  },
  WEFT1704: {
    severity: 'error',
    title: 'not a certificate',
    docs: 'Trust anchors are one or more CERTIFICATE blocks in PEM. A bad one would make Envoy refuse the service.',
    hint: 'paste the certificate with its BEGIN and END lines, or remove the field to trust what the system trusts',
  },
  WEFT1705: {
    severity: 'error',
    title: 'TLS inside TLS',
    docs: 'With tls.mode Originate the proxy encrypts, so the application must speak plain.',
    hint: 'write what the application speaks inside (appProtocol: http), or remove tls',
  },
  WEFT1706: {
    severity: 'warning',
    title: 'host already taken',
    docs: 'Two ExternalServices have the same host. Applications that see both are led to the older one, then to the first by name.',
    hint: 'remove the host from one of them, or join the two documents',
  },
  WEFT1707: {
    severity: 'info',
    title: 'wildcards overlap',
    docs: 'A name fits several hosts of ExternalServices. The more specific one (longer, exact before wildcard) is called.',
    hint: 'nothing needs to be done when that is meant',
  },
  WEFT1708: {
    severity: 'warning',
    fate: 'applied',
    title: 'backend has several hosts',
    docs: 'An ExternalService with several hosts stands as a backend: requests go to its first host.',
    hint: 'make an ExternalService with that one host for the route',
  },
  WEFT1709: {
    severity: 'warning',
    title: 'workloads speak differently',
    docs: 'Nobody declared the protocol of the port, and the workloads behind it were found to speak different ones, so it is treated as bytes.',
    hint: 'set appProtocol on the port of the Service',
  },
  WEFT1710: {
    severity: 'warning',
    title: 'route on a headless Service',
    docs: 'DNS leads callers of a headless Service to single instances, and such calls go straight there, past its routes. Applications that were told of the proxy (explicit capture) call the Service as a whole, and take them.',
    hint: 'remove clusterIP: None, or attach the route to another Service with the same selector',
  },
  WEFT1731: {
    severity: 'warning',
    title: 'egress gateway is not there',
    docs: 'An ExternalService names a Gateway that does not exist, is not Weft’s, or is in a namespace that does not allow it. Nobody gets to the server: proxies answer 503.',
    hint: 'apply the Gateway (and a ReferenceGrant in its namespace when that is another one), or remove spec.egress',
  },
  WEFT1732: {
    severity: 'warning',
    title: 'no proxy serves the egress gateway',
    docs: 'An ExternalService is reached by the proxies of a Gateway, and none of them is ready. Nobody gets to the server: proxies answer 503.',
    hint: 'start one: weft gateway --name NAME -n NAMESPACE',
  },
  WEFT1733: {
    severity: 'warning',
    title: 'port of the egress gateway is taken',
    docs: 'A listener of the Gateway has the port on which an ExternalService wants to be reached. The listener keeps it, and nobody gets to the server.',
    hint: 'write another port in spec.egress.gateway.port',
  },
  WEFT1734: {
    severity: 'error',
    title: 'names are too long for an egress gateway',
    docs: 'Port, name, namespace and host together tell connections apart at the gateway, as the server name of TLS, which has at most 255 characters.',
    hint: 'give the ExternalService a shorter name',
  },
  WEFT1711: {
    severity: 'warning',
    fate: 'applied',
    title: 'wildcard not reached by relay capture',
    docs: 'Workloads with capture mode relay leave through a tunnel. Plain HTTP to names of a wildcard does not get through it: which server is meant is known only when a request has been read.',
    hint: 'let the proxy encrypt (tls: {}, or a BackendTLSPolicy), or run these workloads with another capture mode',
  },
} as const satisfies Record<string, DiagnosticKind>;
