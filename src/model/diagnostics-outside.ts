// What is wrong with wildcards outside, and with datagrams: 174x and 175x.
import type { DiagnosticKind } from './diagnostics.ts';

export const OUTSIDE = {
  WEFT1740: {
    severity: 'error',
    title: 'wildcard is too wide',
    docs: 'A wildcard needs at least two labels after its star, as in *.example.com: the name server of the proxies cannot tell wider ones apart (it finds entries by the last two labels of a name).',
    hint: 'write the domains that are meant, such as *.example.com',
  },
  WEFT1741: {
    severity: 'error',
    title: 'nothing says which name of a wildcard is meant',
    docs: 'All names of a wildcard have one virtual address, so the name that is called must be in what passes: the Host header of HTTP, or the server name of TLS. A server of any other protocol needs a host of its own.',
    hint: 'set appProtocol: http, grpc, https or tls, or write the hosts themselves',
  },
  WEFT1742: {
    severity: 'error',
    title: 'wildcard by an egress gateway',
    docs: 'What passes an egress gateway is bytes for a host that the caller names, and a wildcard is no host. Sending it past the gateway instead would not be what the document says.',
    hint: 'write the hosts themselves, or remove spec.egress',
  },
  WEFT1743: {
    severity: 'error',
    title: 'wildcard as a backend',
    docs: 'A route sends to an ExternalService whose first host is a wildcard, and nothing says which of its names is meant. Its share is answered with 500.',
    hint: 'make an ExternalService with the one host for the route',
  },
} as const satisfies Record<string, DiagnosticKind>;
