// The fallback: where the connections of automatically scoped proxies go that are to services they were not told of. PROXY protocol says
// to which address a connection was, so the chains are those of an outbound listener, each behind mutual TLS; and each is told to
// the control plane as it begins, which is how it learns who uses what.
import {
  type AccessLogSchema,
  ApiVersion,
  cidr,
  duration,
  encode,
  FilterChainSchema,
  HttpGrpcAccessLogConfigSchema,
  type Init,
  Listener_DrainType,
  type ListenerSchema,
  type MessageInitShape,
  type NamedConfig,
  named,
  ProxyProtocolSchema,
  preencoded,
  socketAddress,
  TcpGrpcAccessLogConfigSchema,
  TrafficDirection,
} from '../../envoy/index.ts';
import { parseSpiffeId } from '../../model/index.ts';
import { XDS_CLUSTER } from '../plan/names.ts';
import type { InboundPlan, ServicePortPlan } from '../plan.ts';
import { WELCOME } from './banned.ts';
import { targetOfChain } from './by-name.ts';
import { connectionManager, refusingManager } from './connection-manager.ts';
import { CONNECTION_METRICS, REQUEST_METRICS } from './golden.ts';
import { BUFFER_BYTES } from './limits.ts';
import { isByName } from './lookups.ts';
import { NO_SERVICE_TABLE, NOWHERE } from './nowhere.ts';
import { failedConnections, REQUEST_RECORDS } from './records.ts';
import { idleOf, tcpProxy } from './tcp-proxy.ts';
import { serverTls } from './tls.ts';

/** Name of the log by which the control plane knows what the entries are. */
export const EDGES_LOG = 'weft.edges';

const COMMON = {
  logName: EDGES_LOG,
  grpcService: { targetSpecifier: { case: 'envoyGrpc' as const, value: { clusterName: XDS_CLUSTER } } },
  transportApiVersion: ApiVersion.V3,
  bufferFlushInterval: duration(100),
  bufferSizeBytes: 1,
};

/** Told when a request begins. */
export const HTTP_EDGES: Init<typeof AccessLogSchema> = named('envoy.access_loggers.http_grpc', HttpGrpcAccessLogConfigSchema, { commonConfig: COMMON });

/** Told when a connection begins. */
export const TCP_EDGES: Init<typeof AccessLogSchema> = named('envoy.access_loggers.tcp_grpc', TcpGrpcAccessLogConfigSchema, { commonConfig: COMMON });

/** Where a fallback listens, or undefined for a workload that is none. */
function placeOf({ capture, bind, ports }: InboundPlan) {
  const [port] = ports;
  return capture.mode === 'fallback' && bind !== '' && port !== undefined ? socketAddress({ address: bind, port: port.proxyPort }) : undefined;
}

/**
 * An HTTP connection is closed after one request: the next one, to the same address, takes the direct way that was learned meanwhile.
 */
const CHAINS = new Map<string, Uint8Array>();
const MOST_CHAINS = 50_000;

function encodedChain(plan: ServicePortPlan, tls: NamedConfig, { key, suffix }: { readonly key: string; readonly suffix: string }): Uint8Array {
  const target = plan.protocol === 'tcp' ? targetOfChain(plan, suffix) : '';
  const id = `${key} ${plan.protocol === 'tcp' ? 'tcp' : 'http'} ${plan.id} ${plan.vip} ${plan.port} ${target === '' ? plan.routesName : JSON.stringify(target)} ${idleOf(plan).idleMs ?? ''}`;
  const known = CHAINS.get(id);
  if (known !== undefined) return known;
  const filter =
    plan.protocol === 'tcp'
      ? tcpProxy('outbound', target, {
          ...idleOf(plan),
          accessLog: [TCP_EDGES, ...failedConnections('outbound', 'token'), ...CONNECTION_METRICS.token.source],
          accessLogOptions: { flushAccessLogOnStart: true, flushAccessLogOnConnected: true },
        })
      : connectionManager('outbound', plan.routesName, {
          once: true,
          accessLog: [HTTP_EDGES, ...REQUEST_RECORDS.token.outbound, ...REQUEST_METRICS.token.source],
          accessLogOptions: { flushAccessLogOnNewRequest: true },
        });
  const bytes = encode(FilterChainSchema, {
    name: plan.id,
    filterChainMatch: { destinationPort: plan.port, prefixRanges: [cidr(plan.vip, 32)] },
    transportSocket: tls,
    transportSocketConnectTimeout: duration(HANDSHAKE_MS),
    filters: [...WELCOME, filter],
  });
  if (CHAINS.size >= MOST_CHAINS) CHAINS.clear();
  CHAINS.set(id, bytes);
  return bytes;
}

const HANDSHAKE_MS = 10_000;

/** The listener of a fallback: every service's chain behind mutual TLS, found by the address that PROXY protocol names. */
export function fallbackListener(inbound: InboundPlan, chains: readonly ServicePortPlan[]): MessageInitShape<typeof ListenerSchema> | undefined {
  const address = placeOf(inbound);
  if (address === undefined) return undefined;
  const identity = parseSpiffeId(inbound.identity);
  const trustDomain = identity.ok ? identity.value.trustDomain : '';
  const tls = serverTls(inbound.secret, { kind: 'mesh', trustDomain }, []);
  const key = `${inbound.secret} ${trustDomain}`;
  // What is outside every proxy knows by itself.
  const distinct = [...new Map(chains.filter((chain) => !isByName(chain)).map((chain) => [`${chain.vip}:${chain.port}`, chain])).values()];
  return {
    name: `fallback${inbound.suffix}`,
    statPrefix: 'fallback',
    address,
    listenerFilters: [named('envoy.filters.listener.proxy_protocol', ProxyProtocolSchema, {})],
    listenerFiltersTimeout: duration(HANDSHAKE_MS),
    filterChains: [
      ...distinct.map((chain) => preencoded<typeof FilterChainSchema>(encodedChain(chain, tls, { key, suffix: inbound.suffix }))),
      ...refusals(new Set(distinct.map((chain) => chain.port)), tls),
    ],
    trafficDirection: TrafficDirection.INBOUND,
    drainType: Listener_DrainType.DEFAULT,
    perConnectionBufferLimitBytes: BUFFER_BYTES,
    maxConnectionsToAcceptPerSocketEvent: 1,
  };
}

/** An address that no service has is answered as it would be without a fallback. Envoy looks at the port first and does not go back. */
function refusals(ports: ReadonlySet<number>, tls: NamedConfig) {
  return [...ports]
    .sort((a, b) => a - b)
    .concat(0)
    .map((port) => ({
      name: port === 0 ? 'nowhere' : `nowhere:${port}`,
      filterChainMatch: { ...(port === 0 ? {} : { destinationPort: port }), prefixRanges: [cidr(NOWHERE, 4)] },
      transportSocket: tls,
      filters: [refusingManager(NO_SERVICE_TABLE)],
    }));
}
