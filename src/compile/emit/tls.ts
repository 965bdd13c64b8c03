// Mutual TLS between sidecars: TLS 1.3 only, certificates and trust anchors by SDS on the stream, identities by SPIFFE ID, no session
// resumption (a resumed session is not checked against the trust anchors again).
import {
  adsSource,
  DownstreamTlsContextSchema,
  type NamedConfig,
  named,
  ProxyProtocolConfig_Version,
  ProxyProtocolUpstreamTransportSchema,
  type StringMatchKind,
  SubjectAltNameMatcher_SanType,
  stringMatcher,
  TlsParameters_TlsProtocol,
  UpstreamTlsContextSchema,
} from '../../envoy/index.ts';
import { BUNDLE_SECRET } from '../plan/names.ts';

/** Between proxies: a key exchange that a quantum computer of later does not break, and for a peer without it the usual one. */
export const KEY_EXCHANGES = ['X25519MLKEM768', 'X25519', 'P-256'] as const;

const TLS_SOCKET = 'envoy.transport_sockets.tls';
/** Matches no certificate: for a service that nobody serves, so that nobody can answer for it. `.invalid` is reserved (RFC 2606). */
const NOBODY = 'spiffe://nobody.invalid/';

/** Compared as a text. */
export interface Identity {
  readonly kind: Exclude<StringMatchKind, 'regex'>;
  readonly value: string;
}

function commonContext(secret: string, identities: readonly Identity[], alpn: readonly string[]) {
  return {
    tlsParams: {
      tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
      tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
      ecdhCurves: [...KEY_EXCHANGES],
    },
    tlsCertificateSdsSecretConfigs: [{ name: secret, sdsConfig: adsSource() }],
    alpnProtocols: [...alpn],
    validationContextType: {
      case: 'combinedValidationContext' as const,
      value: {
        defaultValidationContext: {
          matchTypedSubjectAltNames: identities.map(({ kind, value }) => ({ sanType: SubjectAltNameMatcher_SanType.URI, matcher: stringMatcher(kind, value) })),
        },
        validationContextSdsSecretConfig: { name: BUNDLE_SECRET, sdsConfig: adsSource() },
      },
    },
  };
}

export interface ClientTls {
  /** Name of the client's own certificate. */
  readonly secret: string;
  /** Who may answer; nobody when empty. */
  readonly serverIds: readonly string[];
  readonly sni: string;
  readonly alpn: readonly string[];
}

export function clientTls({ secret, serverIds, sni, alpn }: ClientTls) {
  const values = serverIds.length === 0 ? [NOBODY] : serverIds;
  return named(TLS_SOCKET, UpstreamTlsContextSchema, {
    commonTlsContext: commonContext(
      secret,
      values.map((value) => ({ kind: 'exact', value })),
      alpn,
    ),
    sni,
    allowRenegotiation: false,
    maxSessionKeys: 0,
  });
}

/**
 * `trustDomain`: everybody in it may connect; what he may do is for policies. A client without certificate is refused in the handshake.
 * `callers`: only these may, of whatever trust domain.
 */
export function serverTls(secret: string, trustDomain: string, alpn: readonly string[], callers?: readonly Identity[]) {
  const everybody: readonly Identity[] = [{ kind: 'prefix', value: `spiffe://${trustDomain}/` }];
  return named(TLS_SOCKET, DownstreamTlsContextSchema, {
    commonTlsContext: commonContext(secret, callers === undefined ? everybody : callers.length === 0 ? [{ kind: 'exact', value: NOBODY }] : callers, alpn),
    requireClientCertificate: true,
    sessionTicketKeysType: { case: 'disableStatelessSessionResumption', value: true },
    disableStatefulSessionResumption: true,
  });
}

/** Before its TLS handshake, the connection says from whom and to whom it is. */
export function sayingWhereTo(tls: NamedConfig) {
  return named('envoy.transport_sockets.upstream_proxy_protocol', ProxyProtocolUpstreamTransportSchema, {
    config: { version: ProxyProtocolConfig_Version.V2 },
    transportSocket: tls,
  });
}
