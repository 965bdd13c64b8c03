// Ports whose server is known only when the application has said its name: those of a wildcard outside, and those with TLSRoutes.
import type { Origin } from '../../base/index.ts';
import { type ClusterSchema, type ListenerSchema, type MessageInitShape, type NamedConfig, named, SniDynamicForwardProxySchema } from '../../envoy/index.ts';
import { RELAY_CLUSTER } from '../plan/names.ts';
import type { ExternalPlan, NamedConnections, OutboundPlan, ServicePortPlan } from '../plan.ts';
import { callerOfConnection } from './caller.ts';
import { connectionManager, type ManagerOptions } from './connection-manager.ts';
import { insideCluster, insideListener, insideName } from './inside.ts';
import { cacheOf, isByName, portCalled } from './lookups.ts';
import { REQUEST_RECORDS } from './records.ts';
import { idleOf, type TcpProxyOptions, type TcpTarget, targetOfConnections, tcpProxy, tcpTargetOf } from './tcp-proxy.ts';
import { type Whose, whoseIs } from './whose.ts';

/** A listener inside and the cluster that leads to it. */
export interface Inside {
  readonly listener: MessageInitShape<typeof ListenerSchema>;
  readonly cluster: MessageInitShape<typeof ClusterSchema>;
  /** Routes behind it. */
  readonly origins?: readonly Origin[];
}

/** Where connections to a TCP port go first: past a look at the name they are for, where that decides. */
export function targetOfChain(chain: ServicePortPlan, suffix: string): TcpTarget {
  return isByName(chain) || chain.byServerName !== undefined ? insideName(chain.id, suffix) : tcpTargetOf(chain);
}

/** Filters of a chain that reads requests; `more` for its connection manager. */
export function requestFilters(chain: ServicePortPlan, more: ManagerOptions = {}): NamedConfig[] {
  const { external } = chain.cluster;
  if (!isByName(chain) || external === undefined) return [connectionManager('outbound', chain.routesName, more)];
  const lookups = { cache: cacheOf(external), otherPort: external.port !== chain.port };
  return [portCalled(external), connectionManager('outbound', chain.routesName, { ...more, lookups })];
}

/** The proxy in front has counted its requests already. */
const UNCOUNTED = { accessLog: [...REQUEST_RECORDS.token.outbound] };

/** Filters of a chain that passes bytes. */
export function byteFilters(chain: ServicePortPlan, suffix: string): NamedConfig[] {
  return [callerOfConnection(), tcpProxy('outbound', targetOfChain(chain, suffix), { ...idleOf(chain), whose: whoseIs(suffix) })];
}

/** What of a chain's filters does not go by name, for whoever keeps its bytes. */
export function lookupKey(chain: ServicePortPlan): string {
  const { external } = chain.cluster;
  const idle = String(idleOf(chain).idleMs ?? '');
  return external?.resolution === 'dynamic' ? `${cacheOf(external).name} ${external.port} ${idle}` : idle;
}

/** The listeners inside that the chains of a workload need. */
export function insidesOf({ chains, suffix, workload }: OutboundPlan): readonly Inside[] {
  const mode = workload.proxy?.capture.mode;
  const whose = whoseIs(suffix);
  return chains.flatMap((chain): readonly Inside[] => {
    const { external } = chain.cluster;
    const name = insideName(chain.id, suffix);
    if (chain.byServerName !== undefined && mode !== undefined && mode !== 'none') return [routed(name, chain.byServerName, { ...idleOf(chain), whose })];
    if (!isByName(chain) || external === undefined) return [];
    if (chain.protocol === 'tcp') {
      const filters = mode === 'relay' ? [byRelay(external, idleOf(chain))] : byServerName(external, chain, whose);
      const match = { serverNames: [chain.host], transportProtocol: 'tls' };
      return [
        {
          listener: insideListener(name, { byServerName: true, chains: [{ name: chain.id, filterChainMatch: match, filters }] }),
          cluster: insideCluster(name),
        },
      ];
    }
    // An HTTP proxy has one list of filters for all hosts; a wildcard's own stands behind it.
    if (mode !== 'explicit') return [];
    const inner = insideListener(name, { byServerName: false, chains: [{ name: chain.id, filters: requestFilters(chain, UNCOUNTED) }] });
    return [{ listener: inner, cluster: insideCluster(name, chain) }];
  });
}

/** What TLSRoutes say; their backends are clusters like any other. */
function routed(name: string, all: readonly NamedConnections[], idle: TcpProxyOptions): Inside {
  const chains = all.map(({ hostname, connections }) => ({
    name: hostname,
    filterChainMatch: { serverNames: [hostname], transportProtocol: 'tls' },
    filters: [callerOfConnection(), tcpProxy('outbound', targetOfConnections(connections), idle)],
  }));
  const origins = all.map(({ connections }) => connections.origin);
  return { listener: insideListener(name, { byServerName: true, chains }), cluster: insideCluster(name), origins };
}

function byServerName(external: ExternalPlan, chain: ServicePortPlan, whose: Whose) {
  const lookUp = named('envoy.filters.network.sni_dynamic_forward_proxy', SniDynamicForwardProxySchema, {
    portSpecifier: { case: 'portValue', value: external.port },
    dnsCacheConfig: cacheOf(external),
  });
  return [lookUp, tcpProxy('outbound', chain.cluster.name, { ...idleOf(chain), whose })];
}

/** The relay looks the name up itself. */
function byRelay({ port }: ExternalPlan, idle: ReturnType<typeof idleOf>) {
  return tcpProxy('outbound', RELAY_CLUSTER, { tunnel: `%REQUESTED_SERVER_NAME%:${port}`, ...idle });
}
