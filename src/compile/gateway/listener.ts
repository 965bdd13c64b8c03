import {
  adsSource,
  CertificateValidationContext_TrustChainVerification,
  DownstreamTlsContextSchema,
  duration,
  encode,
  FilterChainSchema,
  Listener_DrainType,
  type ListenerSchema,
  type MessageInitShape,
  named,
  preencoded,
  socketAddress,
  TlsInspectorSchema,
  TlsParameters_TlsProtocol,
  TrafficDirection,
} from '../../envoy/index.ts';
import { edgeConnectionManager } from '../emit/connection-manager.ts';
import { discoveredFilter, NETWORK_FILTERS } from '../emit/discovered.ts';
import { BUFFER_BYTES } from '../emit/limits.ts';
import { authorizers } from '../emit/tcp-authorization.ts';
import { targetOfConnections, tcpProxy } from '../emit/tcp-proxy.ts';
import { KEY_EXCHANGES } from '../emit/tls.ts';
import { UNRESOLVED_CLUSTER } from '../plan/names.ts';
import { gatewayListenerName } from './names.ts';
import type { GatewayChainPlan, GatewayPortPlan, GatewayTlsPlan } from './plan.ts';

/** From the connection to the end of the TLS handshake: who is slower keeps a socket for nothing. */
const HANDSHAKE_MS = 10_000;

/** Where clients from outside connect to one port of a Gateway. Its fields never change: routes of requests and certificates come by other ways, and a route of connections changes its own chain alone. */
export function gatewayListener({ port, chains }: GatewayPortPlan, addresses: readonly string[]): MessageInitShape<typeof ListenerSchema> | undefined {
  const [first, ...others] = addresses;
  if (first === undefined) return undefined;
  const secured = chains.some((chain) => chain.byName);
  const at = (address: string) => socketAddress({ address, port });
  return {
    name: gatewayListenerName(port),
    statPrefix: 'gateway',
    address: at(first),
    additionalAddresses: others.map((address) => ({ address: at(address) })),
    ...(secured ? { listenerFilters: [named('envoy.filters.listener.tls_inspector', TlsInspectorSchema, {})] } : {}),
    listenerFiltersTimeout: duration(secured ? HANDSHAKE_MS : 0),
    continueOnListenerFiltersTimeout: false,
    filterChains: chains.map((chain) => preencoded<typeof FilterChainSchema>(encodedChain(chain))),
    trafficDirection: TrafficDirection.INBOUND,
    drainType: Listener_DrainType.DEFAULT,
    // two gateways of one user on one machine share a port, and the kernel shares out the connections
    enableReusePort: true,
    perConnectionBufferLimitBytes: BUFFER_BYTES,
    maxConnectionsToAcceptPerSocketEvent: 10,
    tcpBacklogSize: 4096,
  };
}

/** Chains by everything they are made of: routes and certificates go by name, so a chain changes only with what its listener says. */
const CHAINS = new Map<string, Uint8Array>();
const MOST_CHAINS = 20_000;

function encodedChain(plan: GatewayChainPlan): Uint8Array {
  const { name, hostname, byName, tls, end } = plan;
  const target = end.kind === 'requests' ? end.table.name : end.connections === undefined ? UNRESOLVED_CLUSTER : targetOfConnections(end.connections);
  const place = end.kind === 'connections' ? end.place : '';
  const deciding = end.kind === 'connections' ? authorizers(end.acting.contributions) : [];
  const key = JSON.stringify([name, hostname, byName, tls, end.kind, target, place]);
  // Rules of policies are as long as somebody writes them: they are no key, and few chains have any.
  const known = deciding.length > 0 ? undefined : CHAINS.get(key);
  if (known !== undefined) return known;
  const bytes = encode(FilterChainSchema, {
    name,
    ...(byName ? { filterChainMatch: { transportProtocol: 'tls', serverNames: hostname === '' ? [] : [hostname] } } : {}),
    ...(tls === undefined
      ? {}
      : { transportSocket: edgeTls(tls, end.kind === 'requests' ? ['h2', 'http/1.1'] : []), transportSocketConnectTimeout: duration(HANDSHAKE_MS) }),
    filters:
      end.kind === 'requests'
        ? [edgeConnectionManager(tls?.clients === undefined ? 'gateway' : 'gatewayClients', end.table.name)]
        : [...deciding, ...NETWORK_FILTERS.map((filter) => discoveredFilter(filter, end.place)), tcpProxy('gateway', target)],
  });
  if (CHAINS.size >= MOST_CHAINS) CHAINS.clear();
  if (deciding.length === 0) CHAINS.set(key, bytes);
  return bytes;
}

/** Of TLS 1.2: with forward secrecy and authenticated encryption only. Those of 1.3 are all like that, and not chosen by anybody. */
const CIPHERS = ['AES128-GCM-SHA256', 'CHACHA20-POLY1305', 'AES256-GCM-SHA384'].flatMap((each) => [`ECDHE-ECDSA-${each}`, `ECDHE-RSA-${each}`]);

/**
 * TLS towards clients of any kind: 1.2 and 1.3, HTTP/2 preferred where requests are read. A resumed session is not checked against the authorities again, so there
 * is none where clients have certificates.
 */
function edgeTls({ certificates, clients }: GatewayTlsPlan, alpn: readonly string[]) {
  const mutual = clients === undefined ? {} : { validationContextType: clientValidation(clients) };
  return named('envoy.transport_sockets.tls', DownstreamTlsContextSchema, {
    commonTlsContext: {
      tlsParams: {
        tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2,
        tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
        cipherSuites: [...CIPHERS],
        ecdhCurves: [...KEY_EXCHANGES],
      },
      tlsCertificateSdsSecretConfigs: certificates.map((name) => ({ name, sdsConfig: adsSource() })),
      alpnProtocols: [...alpn],
      ...mutual,
    },
    requireClientCertificate: clients !== undefined && !clients.insecure,
    ...(clients === undefined
      ? {}
      : { sessionTicketKeysType: { case: 'disableStatelessSessionResumption' as const, value: true }, disableStatefulSessionResumption: true }),
  });
}

function clientValidation({ name, insecure }: NonNullable<GatewayTlsPlan['clients']>) {
  const { ACCEPT_UNTRUSTED, VERIFY_TRUST_CHAIN } = CertificateValidationContext_TrustChainVerification;
  return {
    case: 'combinedValidationContext' as const,
    value: {
      defaultValidationContext: { trustChainVerification: insecure ? ACCEPT_UNTRUSTED : VERIFY_TRUST_CHAIN },
      validationContextSdsSecretConfig: { name, sdsConfig: adsSource() },
    },
  };
}
