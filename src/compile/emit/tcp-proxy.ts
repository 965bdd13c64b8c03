import { duration, type Init, named, TcpProxySchema, UpstreamConnectMode } from '../../envoy/index.ts';
import { contributionOf } from '../../policy/index.ts';
import { INSIDE, UNRESOLVED_CLUSTER } from '../plan/names.ts';
import type { ConnectionPlan, ServicePortPlan } from '../plan.ts';
import { CONNECTION_METRICS } from './golden.ts';
import { BUFFER_BYTES, IDLE_MS } from './limits.ts';
import { failedConnections, LIVING_CONNECTIONS } from './records.ts';
import type { Whose } from './whose.ts';

/** Where connections go: a cluster, or several, each with its share. */
export type TcpTarget = string | readonly { readonly name: string; readonly weight: number }[];

export interface TcpProxyOptions extends Pick<Init<typeof TcpProxySchema>, 'accessLog' | 'accessLogOptions'> {
  /** Host of a CONNECT request to the cluster. */
  readonly tunnel?: string;
  /** How long both sides may be silent; an hour unless said otherwise. */
  readonly idleMs?: number;
  /** Clients show who they are: the connection goes on when they have. */
  readonly afterHandshake?: true;
  /** Who says whose the connections are. */
  readonly whose?: Whose;
  /** What is counted elsewhere in the same proxy. */
  readonly counted?: boolean;
}

/** Where connections end, callers' proxies decide how long they may be silent. */
export const LONGEST_IDLE_MS = 24 * IDLE_MS;

/** Bytes to a cluster, for as long as both sides like, until they have been silent for long. */
export function tcpProxy(
  side: 'outbound' | 'inbound' | 'gateway',
  target: TcpTarget,
  {
    tunnel,
    idleMs = side === 'inbound' ? LONGEST_IDLE_MS : IDLE_MS,
    afterHandshake,
    whose = 'token',
    counted = !leadsInside(target),
    ...more
  }: TcpProxyOptions = {},
) {
  return named('envoy.filters.network.tcp_proxy', TcpProxySchema, {
    statPrefix: side,
    clusterSpecifier: specifierOf(target),
    idleTimeout: duration(idleMs),
    ...recordsOf(side, counted, whose),
    ...(afterHandshake === true ? AFTER_HANDSHAKE : {}),
    maxConnectAttempts: side !== 'inbound' && tunnel === undefined ? 3 : 1,
    ...more,
    ...(tunnel === undefined ? {} : { tunnelingConfig: { hostname: tunnel } }),
  });
}

/** Then who the client is can be told of the connection as it begins, too; and nobody is dialled for one who is not let in. */
const AFTER_HANDSHAKE = { upstreamConnectMode: UpstreamConnectMode.ON_DOWNSTREAM_TLS_HANDSHAKE, maxEarlyDataBytes: BUFFER_BYTES };
const CONNECTED = { flushAccessLogOnConnected: true };

/** A listener inside the proxy has a proxy of its own, which knows where the connection goes in the end. */
const leadsInside = (target: TcpTarget): boolean => typeof target === 'string' && target.startsWith(INSIDE);

function recordsOf(side: 'outbound' | 'inbound' | 'gateway', counted: boolean, whose: Whose) {
  const metrics = counted ? CONNECTION_METRICS[whose][side === 'inbound' ? 'destination' : 'source'] : [];
  if (side !== 'inbound') return { accessLogOptions: CONNECTED, accessLog: [...failedConnections(side, whose), ...metrics] };
  return {
    accessLogOptions: { ...LIVING_CONNECTIONS[whose].accessLogOptions, ...CONNECTED },
    accessLog: [...failedConnections(side, whose), ...LIVING_CONNECTIONS[whose].accessLog, ...metrics],
  };
}

function specifierOf(target: TcpTarget) {
  if (typeof target === 'string') return { case: 'cluster' as const, value: target };
  return { case: 'weightedClusters' as const, value: { clusters: target.map(({ name, weight }) => ({ name, weight })) } };
}

/** The shares of a route of connections. What nobody can take, or nobody is there for, is closed. */
export function targetOfConnections({ backends }: ConnectionPlan): TcpTarget {
  const shares = backends.filter(({ weight }) => weight > 0).map(({ cluster, weight }) => ({ name: cluster, weight }));
  const [only, ...others] = shares;
  if (only === undefined) return UNRESOLVED_CLUSTER;
  return others.length === 0 ? only.name : shares;
}

/** Where the connections to a TCP port go. */
export function tcpTargetOf({ connections, cluster }: Pick<ServicePortPlan, 'connections' | 'cluster'>): TcpTarget {
  return connections === undefined ? cluster.name : targetOfConnections(connections);
}

/** What policies say of silence on a TCP port. */
export function idleOf({ cluster }: Pick<ServicePortPlan, 'cluster'>): { readonly idleMs?: number } {
  const idle = contributionOf(cluster.contributions, 'tcp-idle');
  return idle === undefined ? {} : { idleMs: idle.ms };
}
