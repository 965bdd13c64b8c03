import { duration, type Init, named, TcpProxySchema } from '../../envoy/index.ts';
import { IDLE_MS } from './limits.ts';

export interface TcpProxyOptions extends Pick<Init<typeof TcpProxySchema>, 'accessLog' | 'accessLogOptions'> {
  /** Host of a CONNECT request to the cluster. */
  readonly tunnel?: string;
}

/** Bytes to a cluster, for as long as both sides like; an hour of silence ends it. */
export function tcpProxy(side: 'outbound' | 'inbound', cluster: string, { tunnel, ...more }: TcpProxyOptions = {}) {
  return named('envoy.filters.network.tcp_proxy', TcpProxySchema, {
    statPrefix: side,
    clusterSpecifier: { case: 'cluster', value: cluster },
    idleTimeout: duration(IDLE_MS),
    maxConnectAttempts: side === 'outbound' && tunnel === undefined ? 3 : 1,
    ...more,
    ...(tunnel === undefined ? {} : { tunnelingConfig: { hostname: tunnel } }),
  });
}
