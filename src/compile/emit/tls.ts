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
import { BUNDLE_SECRET, CALLERS_SECRET } from '../plan/names.ts';

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

interface Accepted {
  readonly matchers: readonly ReturnType<typeof stringMatcher>[];
  /** Name of the trust anchors. */
  readonly bundle: string;
}

const texts = (identities: readonly Identity[]): Accepted['matchers'] => identities.map(({ kind, value }) => stringMatcher(kind, value));

function commonContext(secret: string, { matchers, bundle }: Accepted, alpn: readonly string[]) {
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
          matchTypedSubjectAltNames: matchers.map((matcher) => ({ sanType: SubjectAltNameMatcher_SanType.URI, matcher })),
        },
        validationContextSdsSecretConfig: { name: bundle, sdsConfig: adsSource() },
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
    commonTlsContext: commonContext(secret, { matchers: texts(values.map((value) => ({ kind: 'exact', value }))), bundle: BUNDLE_SECRET }, alpn),
    sni,
    allowRenegotiation: false,
    maxSessionKeys: 0,
  });
}

/** A segment of a path: not empty, and not `.` or `..` (SPIFFE-ID §2.2). */
const SEGMENT = '[.]*[a-zA-Z0-9_-][a-zA-Z0-9._-]*';

/**
 * Who may open a connection; what he may do is for policies. `mesh`: workloads of this mesh. `known`: also those of its peers, which the trust anchors
 * decide, domain by domain. `listed`: only these, of whatever trust domain.
 */
export type Callers =
  | { readonly kind: 'mesh'; readonly trustDomain: string }
  | { readonly kind: 'known' }
  | { readonly kind: 'listed'; readonly identities: readonly Identity[] };

function acceptedOf(callers: Callers): Accepted {
  // The whole name is compared with the standard's grammar: what goes on behind a NUL, or climbs, is no identity.
  if (callers.kind === 'known') return { matchers: [stringMatcher('regex', `spiffe://[a-z0-9._-]+(/${SEGMENT})+`)], bundle: CALLERS_SECRET };
  if (callers.kind === 'mesh') {
    const domain = callers.trustDomain.replaceAll('.', '[.]');
    return { matchers: [stringMatcher('regex', `spiffe://${domain}(/${SEGMENT})+`)], bundle: BUNDLE_SECRET };
  }
  const { identities } = callers;
  return { matchers: texts(identities.length === 0 ? [{ kind: 'exact', value: NOBODY }] : identities), bundle: CALLERS_SECRET };
}

/** A client without certificate is refused in the handshake. */
export function serverTls(secret: string, callers: Callers, alpn: readonly string[]) {
  return named(TLS_SOCKET, DownstreamTlsContextSchema, {
    commonTlsContext: commonContext(secret, acceptedOf(callers), alpn),
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
