import { duration, type Init, named, TcpProxySchema } from '../../envoy/index.ts';
import { contributionOf } from '../../policy/index.ts';
import { UNRESOLVED_CLUSTER } from '../plan/names.ts';
import type { ConnectionPlan, ServicePortPlan } from '../plan.ts';
import { IDLE_MS } from './limits.ts';
import { failedConnections, LIVING_CONNECTIONS } from './records.ts';

/** Where connections go: a cluster, or several, each with its share. */
export type TcpTarget = string | readonly { readonly name: string; readonly weight: number }[];

export interface TcpProxyOptions extends Pick<Init<typeof TcpProxySchema>, 'accessLog' | 'accessLogOptions'> {
  /** Host of a CONNECT request to the cluster. */
  readonly tunnel?: string;
  /** How long both sides may be silent; an hour unless said otherwise. */
  readonly idleMs?: number;
}

/** Where connections end, callers' proxies decide how long they may be silent. */
export const LONGEST_IDLE_MS = 24 * IDLE_MS;

/** Bytes to a cluster, for as long as both sides like, until they have been silent for long. */
export function tcpProxy(
  side: 'outbound' | 'inbound' | 'gateway',
  target: TcpTarget,
  { tunnel, idleMs = side === 'inbound' ? LONGEST_IDLE_MS : IDLE_MS, ...more }: TcpProxyOptions = {},
) {
  return named('envoy.filters.network.tcp_proxy', TcpProxySchema, {
    statPrefix: side,
    clusterSpecifier: specifierOf(target),
    idleTimeout: duration(idleMs),
    ...recordsOf(side),
    maxConnectAttempts: side !== 'inbound' && tunnel === undefined ? 3 : 1,
    ...more,
    ...(tunnel === undefined ? {} : { tunnelingConfig: { hostname: tunnel } }),
  });
}

function recordsOf(side: 'outbound' | 'inbound' | 'gateway') {
  if (side !== 'inbound') return { accessLog: [...failedConnections(side)] };
  return { ...LIVING_CONNECTIONS, accessLog: [...failedConnections(side), ...LIVING_CONNECTIONS.accessLog] };
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
