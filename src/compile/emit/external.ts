// Clusters whose servers stand outside the mesh: no certificate of ours is shown to them, and none of ours expected.
import {
  adsSource,
  Cluster_DiscoveryType,
  Common_DnsLookupFamily,
  DnsClusterSchema,
  duration,
  extension,
  Http11ProxyUpstreamTransportSchema,
  HttpProtocolOptions_HeadersWithUnderscoresAction,
  inline,
  named,
  pack,
  pipeAddress,
  RawBufferSchema,
  SubjectAltNameMatcher_SanType,
  socketAddress,
  stringMatcher,
  TlsParameters_TlsProtocol,
  UpstreamHttpProtocolOptionsSchema,
  UpstreamTlsContextSchema,
} from '../../envoy/index.ts';
import type { ExternalTls, Protocol } from '../../model/index.ts';
import { SYSTEM_BUNDLE_SECRET, secretName } from '../plan/names.ts';
import type { ExternalPlan, ServicePortPlan, View } from '../plan.ts';
import { outPipe } from './cluster.ts';
import { limitsOf, upstreamHttp } from './contributions.ts';
import { BUFFER_BYTES, HEADERS_COUNT, HEADERS_KB, HTTP2 } from './limits.ts';
import { byNameCalled, namesCalled, resolver } from './lookups.ts';
import { clientTls as meshTls } from './tls.ts';
import { isTunnelled, tunnelParts } from './tunnel.ts';

const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** Everything of such a cluster but its balancing, which is the same as that of any cluster. */
export function externalParts(plan: ServicePortPlan, external: ExternalPlan, view: View) {
  const { cluster } = plan;
  return {
    ...(isTunnelled(external, view) ? tunnelParts(plan, external) : directParts(plan, external, view)),
    perConnectionBufferLimitBytes: BUFFER_BYTES,
    circuitBreakers: limitsOf(cluster.contributions, cluster.retryBudget),
    ...(plan.protocol === 'tcp' ? {} : { typedExtensionProtocolOptions: httpOptions(plan, external.tls !== undefined && external.egress === undefined) }),
  };
}

function directParts(plan: ServicePortPlan, external: ExternalPlan, view: View) {
  return { ...(external.egress === undefined ? discovery(plan.cluster.name, external) : BY_EDS), ...transport(plan, external, view) };
}

const BY_EDS = { clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS } as const, edsClusterConfig: { edsConfig: adsSource() } };

function discovery(name: string, external: ExternalPlan) {
  if (external.resolution === 'static') return BY_EDS;
  if (external.resolution === 'dynamic') return byNameCalled(external);
  const endpoint = { address: socketAddress({ address: external.host, port: external.port }), hostname: external.host };
  return {
    clusterDiscoveryType: {
      case: 'clusterType',
      value: extension('envoy.cluster.dns', DnsClusterSchema, {
        dnsRefreshRate: duration(external.refreshMs),
        dnsFailureRefreshRate: { baseInterval: duration(1_000), maxInterval: duration(10_000) },
        respectDnsTtl: false,
        dnsLookupFamily: Common_DnsLookupFamily.V4_PREFERRED,
        allAddressesInSingleEndpoint: external.resolution === 'logical',
        ...resolver(external.asks),
      }),
    } as const,
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ hostIdentifier: { case: 'endpoint' as const, value: endpoint } }] }] },
  };
}

/** What a gateway needs to connect to the server itself. Whatever the application speaks passes through it as bytes, so ALPN says just that. */
export function leavingParts(name: string, protocol: Protocol, external: ExternalPlan) {
  const { tls, host, clientCertificate } = external;
  const alpn = protocol === 'http' ? ['http/1.1'] : ALPN[protocol];
  const shown = { host, certificate: clientCertificate };
  return { ...discovery(name, external), ...(tls === undefined ? {} : { transportSocket: outsideTls(alpn, tls, shown) }) };
}

function transport({ protocol, cluster }: ServicePortPlan, { tls, host, egress, clientCertificate }: ExternalPlan, { relayDirectory, identity }: View) {
  const shown = { host: host.startsWith('*.') ? '' : host, certificate: clientCertificate };
  const direct = tls === undefined ? undefined : outsideTls(ALPN[protocol], tls, shown);
  const inner =
    egress === undefined ? direct : meshTls({ secret: secretName(identity, identity !== ''), serverIds: cluster.serverIds, sni: egress.sni, alpn: [] });
  if (relayDirectory === '') return inner === undefined ? {} : { transportSocket: inner };
  return {
    transportSocket: named('envoy.transport_sockets.http_11_proxy', Http11ProxyUpstreamTransportSchema, {
      transportSocket: inner ?? named('envoy.transport_sockets.raw_buffer', RawBufferSchema, {}),
      defaultProxyAddress: pipeAddress(outPipe(relayDirectory)),
    }),
  };
}

interface Meeting {
  readonly host: string;
  /** Name of the secret with what the server is shown. */
  readonly certificate: string | undefined;
}

/** TLS towards a server that is no part of the mesh. */
export function outsideTls(alpn: readonly string[], tls: ExternalTls, { host, certificate }: Meeting) {
  const sni = tls.sni === '' ? host : tls.sni;
  // Of a wildcard, server name and certificate are those of the host that is called (see httpOptions).
  const names = tls.names.length === 0 && sni !== '' ? [sni] : tls.names;
  const kindOf = (name: string) => (name.includes(':') ? SubjectAltNameMatcher_SanType.URI : SubjectAltNameMatcher_SanType.DNS);
  const matchers = names.map((name) => ({ sanType: kindOf(name), matcher: stringMatcher('exact', name) }));
  const validationContextType =
    tls.caPem === ''
      ? {
          case: 'combinedValidationContext' as const,
          value: {
            defaultValidationContext: { matchTypedSubjectAltNames: matchers },
            validationContextSdsSecretConfig: { name: SYSTEM_BUNDLE_SECRET, sdsConfig: adsSource() },
          },
        }
      : { case: 'validationContext' as const, value: { trustedCa: inline(tls.caPem), matchTypedSubjectAltNames: matchers } };
  return named('envoy.transport_sockets.tls', UpstreamTlsContextSchema, {
    commonTlsContext: {
      tlsParams: { tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2, tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3 },
      alpnProtocols: [...alpn],
      ...(certificate === undefined ? {} : { tlsCertificateSdsSecretConfigs: [{ name: certificate, sdsConfig: adsSource() }] }),
      validationContextType,
    },
    sni,
    allowRenegotiation: false,
    maxSessionKeys: 1,
  });
}

const ALPN: Readonly<Record<Protocol, string[]>> = { http: ['h2', 'http/1.1'], h2c: ['h2'], grpc: ['h2'], tcp: [] };

/** Towards servers outside the version is negotiated where TLS can do that, and HTTP/1.1 otherwise. */
function httpOptions({ protocol, cluster }: ServicePortPlan, tls: boolean) {
  const http1 = { enableTrailers: true };
  const http2 = { ...HTTP2, allowConnect: true };
  const ofCalled = tls && cluster.external !== undefined ? namesCalled(cluster.external) : {};
  const upstreamProtocolOptions =
    protocol === 'http' && tls
      ? ({ case: 'autoConfig', value: { httpProtocolOptions: http1, http2ProtocolOptions: http2 } } as const)
      : protocol === 'http'
        ? ({ case: 'explicitHttpConfig', value: { protocolConfig: { case: 'httpProtocolOptions', value: http1 } } } as const)
        : ({ case: 'explicitHttpConfig', value: { protocolConfig: { case: 'http2ProtocolOptions', value: http2 } } } as const);
  const options = {
    commonHttpProtocolOptions: {
      maxHeadersCount: HEADERS_COUNT,
      maxResponseHeadersKb: HEADERS_KB,
      headersWithUnderscoresAction: HttpProtocolOptions_HeadersWithUnderscoresAction.ALLOW,
    },
    ...ofCalled,
    upstreamProtocolOptions,
  };
  return { [HTTP_OPTIONS]: pack(UpstreamHttpProtocolOptionsSchema, upstreamHttp(options, cluster.contributions)) };
}
