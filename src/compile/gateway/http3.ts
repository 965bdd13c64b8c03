// HTTP/3 beside HTTPS: the same chains on a port of UDP, where TLS is part of QUIC (RFC 9114). Clients learn of it from `alt-svc` (RFC 7838).
import {
  adsSource,
  duration,
  encode,
  FilterChainSchema,
  HttpConnectionManager_CodecType,
  type ListenerSchema,
  type MessageInitShape,
  named,
  preencoded,
  QuicDownstreamTransportSchema,
  socketAddress,
  TlsParameters_TlsProtocol,
  TrafficDirection,
} from '../../envoy/index.ts';
import { edgeConnectionManager } from '../emit/connection-manager.ts';
import { BUFFER_BYTES, EDGE_HTTP2, EDGE_IDLE_MS } from '../emit/limits.ts';
import { quicListenerName } from './names.ts';
import type { GatewayChainPlan, GatewayPortPlan } from './plan.ts';
import type { GatewayState, ListenerState } from './state.ts';

const HANDSHAKE_MS = 10_000;

/** Why a listener of HTTPS cannot have HTTP/3, or undefined when it can. */
export function againstHttp3({ listeners }: Pick<GatewayState, 'listeners'>, { listener, clients }: ListenerState): string | undefined {
  if (clients !== undefined) return 'clients must show a certificate, which Envoy does not ask for over QUIC';
  const other = listeners.find((each) => each.served && each.listener.protocol === 'UDP' && each.listener.port === listener.port);
  return other === undefined ? undefined : `listener "${other.listener.name}" has port ${listener.port} of UDP`;
}

const HTTP3 = {
  codecType: HttpConnectionManager_CodecType.HTTP3,
  http3ProtocolOptions: {
    quicProtocolOptions: {
      maxConcurrentStreams: EDGE_HTTP2.maxConcurrentStreams,
      initialStreamWindowSize: EDGE_HTTP2.initialStreamWindowSize,
      initialConnectionWindowSize: EDGE_HTTP2.initialConnectionWindowSize,
    },
    overrideStreamErrorOnInvalidHttpMessage: false,
    // WebSocket is an extended CONNECT there (RFC 9220)
    allowExtendedConnect: true,
  },
};

function chainOf({ name, hostname, tls, end }: GatewayChainPlan): readonly Uint8Array[] {
  if (tls === undefined || end.kind !== 'requests') return [];
  const commonTlsContext = {
    tlsParams: { tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3, tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3 },
    tlsCertificateSdsSecretConfigs: tls.certificates.map((secret) => ({ name: secret, sdsConfig: adsSource() })),
    alpnProtocols: ['h3'],
  };
  return [
    encode(FilterChainSchema, {
      name,
      filterChainMatch: { transportProtocol: 'quic', serverNames: hostname === '' ? [] : [hostname] },
      transportSocket: named('envoy.transport_sockets.quic', QuicDownstreamTransportSchema, { downstreamTlsContext: { commonTlsContext } }),
      filters: [edgeConnectionManager('gateway', end.table.name, HTTP3)],
    }),
  ];
}

/** The port of UDP beside one of TCP; undefined when no chain of it has HTTP/3. */
export function quicListener({ port, chains }: GatewayPortPlan, addresses: readonly string[]): MessageInitShape<typeof ListenerSchema> | undefined {
  const [first, ...others] = addresses;
  const own = chains.filter(({ http3 }) => http3 === true).flatMap(chainOf);
  if (first === undefined || own.length === 0) return undefined;
  const at = (address: string) => socketAddress({ address, port, udp: true });
  return {
    name: quicListenerName(port),
    statPrefix: 'gateway',
    address: at(first),
    additionalAddresses: others.map((address) => ({ address: at(address) })),
    udpListenerConfig: {
      quicOptions: { idleTimeout: duration(EDGE_IDLE_MS), cryptoHandshakeTimeout: duration(HANDSHAKE_MS) },
      downstreamSocketConfig: { preferGro: true },
    },
    filterChains: own.map((chain) => preencoded<typeof FilterChainSchema>(chain)),
    trafficDirection: TrafficDirection.INBOUND,
    enableReusePort: true,
    perConnectionBufferLimitBytes: BUFFER_BYTES,
  };
}

/** How answers over TCP tell of it. */
export const altSvc = (port: number): string => `h3=":${port}"; ma=86400`;
