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
  WEFT1750: {
    severity: 'warning',
    title: 'UDPRoute of a Service',
    docs: 'UDPRoutes decide at Gateways. Sidecars carry no datagrams, so a UDPRoute has no effect on a Service.',
    hint: 'name a Gateway with a listener of protocol UDP in parentRefs',
  },
  WEFT1751: {
    severity: 'warning',
    fate: 'applied',
    title: 'sidecars carry no datagrams',
    docs: 'A port of a Service is for UDP. The name is answered as always, but datagrams that applications send to its address go nowhere: sidecars take TCP only. A Gateway with a UDP listener and a UDPRoute leads there. Policies about requests and connections do not hold for it.',
    hint: 'send datagrams to a Gateway with a listener of protocol UDP, or to the workload itself past the mesh',
  },
  WEFT1752: {
    severity: 'warning',
    title: 'workload takes no datagrams',
    docs: 'A workload behind a port for UDP stands in a network namespace of its own (capture netns or relay), where nothing but its proxy gets in. It gets none of the datagrams.',
    hint: 'run it with --capture explicit, or write its Workload by hand',
  },
  WEFT1753: {
    severity: 'warning',
    fate: 'applied',
    title: 'datagrams leave the machine in the clear',
    docs: 'A UDPRoute sends to a workload on another machine than the proxies of its Gateway. Nothing encrypts these datagrams, and nobody knows who sent them.',
    hint: 'run a proxy of the Gateway on the machine of the workload, or make sure that the protocol protects itself (DTLS, QUIC, WireGuard)',
  },
  WEFT1754: {
    severity: 'warning',
    fate: 'applied',
    title: 'a dry run switches limits of connections off',
    docs: 'A RateLimitPolicy with enforcement: DryRun is laid over another one that limits connections. These are not counted dry: they are neither limited nor counted there.',
    hint: 'give the connections a policy of their own that is enforced',
  },
} as const satisfies Record<string, DiagnosticKind>;
