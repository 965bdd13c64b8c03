// What is wrong with policies at Gateways, and at callers of routes and of servers outside: 1640–1659.
import type { DiagnosticKind } from './diagnostics.ts';

export const GATEWAY_POLICIES = {
  WEFT1640: {
    severity: 'error',
    title: 'nobody counts there',
    docs: 'A RateLimitPolicy counts where requests arrive, and in front of a server outside of the mesh no proxy stands: each caller would count for itself.',
    hint: 'limit what each caller has open at once with a CircuitBreakerPolicy for the ExternalService',
  },
  WEFT1641: {
    severity: 'warning',
    title: 'route of a Service',
    docs: 'A RateLimitPolicy names a route that is attached to Services. Their requests are counted where they arrive, where nobody can tell by which rule they came; callers would each count for themselves.',
    hint: 'name the Service instead, and say with match which of its requests are meant',
  },
  WEFT1642: {
    severity: 'info',
    title: 'at the Gateway alone',
    docs: 'A RateLimitPolicy names a route that is attached to a Gateway and to Services: it counts what comes by the Gateway, and not what workloads of the mesh call.',
    hint: 'for the other requests add a RateLimitPolicy that names the Service',
  },
  WEFT1643: {
    severity: 'warning',
    title: 'callers unknown',
    docs: 'At a Gateway clients have no identity of the mesh, and at callers a route or a server outside is not told who calls: what is for some callers only does nothing there.',
    hint: 'at a Gateway use by: [{ kind: ClientAddress }], Header or Query, or name the Service that the requests go to',
  },
  WEFT1644: {
    severity: 'warning',
    title: 'connections are not counted there',
    docs: 'spec.tcp of a RateLimitPolicy limits connections where bytes are passed on: at listeners of TCP and TLS. Where a Gateway reads requests, these are counted.',
    hint: 'use limits there, or name a listener of TCP or TLS',
  },
  WEFT1645: {
    severity: 'warning',
    title: 'listeners share connections',
    docs: 'How a Gateway connects to what is behind it is the same for all its listeners and routes, which share the connections. A policy about that cannot be for one of them.',
    hint: 'name the Gateway as a whole, or the Service',
  },
  WEFT1646: {
    severity: 'warning',
    title: 'HTTP/3 needs TLS',
    docs: 'QUIC, under HTTP/3, is always encrypted, so only listeners of protocol HTTPS can have it.',
    hint: 'name a listener of protocol HTTPS, or a Gateway that has one',
  },
  WEFT1647: {
    severity: 'warning',
    title: 'no HTTP/3 at a listener',
    docs: 'A ConnectionPolicy asks for HTTP/3 where something stands against it: clients must show certificates, which Envoy does not ask for over QUIC, or a listener has the same port of UDP. Clients use HTTP/2 and HTTP/1.1 there.',
    hint: 'name the other listeners with sectionName',
  },
} as const satisfies Record<string, DiagnosticKind>;
