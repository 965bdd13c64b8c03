// The way out of the mesh by a Gateway: a listener for sidecars beside those for clients. The server name of their TLS says what a
// connection is for; inside are bytes, since routes and policies were applied where the request began.
import {
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  checkedResource,
  duration,
  type Hash,
  Listener_DrainType,
  ListenerSchema,
  type MessageInitShape,
  named,
  socketAddress,
  TlsInspectorSchema,
  TrafficDirection,
} from '../../envoy/index.ts';
import { externalsOfGateway, type GatewayKey, type Mesh } from '../../model/index.ts';
import { WELCOME } from '../emit/banned.ts';
import { clusterFields, limitsOf } from '../emit/contributions.ts';
import { emitEndpoints } from '../emit/endpoints.ts';
import { leavingParts } from '../emit/external.ts';
import { BUFFER_BYTES } from '../emit/limits.ts';
import { accepted, type Emitted } from '../emit/service.ts';
import { LONGEST_IDLE_MS, tcpProxy } from '../emit/tcp-proxy.ts';
import { serverTls } from '../emit/tls.ts';
import { egressGateway } from '../plan/egress.ts';
import { planLeaving } from '../plan/external.ts';
import { WORKLOAD_SECRET } from '../plan/names.ts';
import type { ServicePortPlan } from '../plan.ts';

/** One port on which the proxies of a Gateway take connections that leave the mesh. */
export interface GatewayEgressPlan {
  readonly port: number;
  readonly trustDomain: string;
  /** Sorted by service, as written within one. */
  readonly chains: readonly ServicePortPlan[];
}

/** Ports for the ExternalServices that name the Gateway and may. */
export function planEgress(mesh: Mesh, gateway: GatewayKey): readonly GatewayEgressPlan[] {
  const ports = new Map<number, ServicePortPlan[]>();
  for (const service of externalsOfGateway(mesh, gateway)) {
    const egress = service.external?.egress;
    if (egress === undefined || 'why' in egressGateway(mesh, service, egress)) continue;
    ports.set(egress.port, [...(ports.get(egress.port) ?? []), ...planLeaving(mesh, service, gateway)]);
  }
  const { trustDomain } = mesh.config;
  return [...ports].sort(([a], [b]) => a - b).map(([port, chains]) => ({ port, trustDomain, chains }));
}

export const egressListenerName = (port: number): string => `egress:${port}`;

const HANDSHAKE_MS = 10_000;

/** Everybody of the mesh may connect, with his certificate; a connection for anything that has no chain is closed. */
function egressListener({ port, trustDomain, chains }: GatewayEgressPlan, addresses: readonly string[]): MessageInitShape<typeof ListenerSchema> | undefined {
  const [first, ...others] = addresses;
  if (first === undefined) return undefined;
  const at = (address: string) => socketAddress({ address, port });
  const tls = serverTls(WORKLOAD_SECRET, { kind: 'mesh', trustDomain }, []);
  return {
    name: egressListenerName(port),
    statPrefix: 'egress',
    address: at(first),
    additionalAddresses: others.map((address) => ({ address: at(address) })),
    listenerFilters: [named('envoy.filters.listener.tls_inspector', TlsInspectorSchema, {})],
    listenerFiltersTimeout: duration(HANDSHAKE_MS),
    continueOnListenerFiltersTimeout: false,
    filterChains: chains.map(({ id, cluster }) => ({
      name: id,
      filterChainMatch: { serverNames: [cluster.external?.egress?.sni ?? ''], transportProtocol: 'tls' },
      transportSocket: tls,
      transportSocketConnectTimeout: duration(HANDSHAKE_MS),
      filters: [...WELCOME, tcpProxy('outbound', cluster.name, { idleMs: LONGEST_IDLE_MS })],
    })),
    trafficDirection: TrafficDirection.INBOUND,
    drainType: Listener_DrainType.DEFAULT,
    enableReusePort: true,
    perConnectionBufferLimitBytes: BUFFER_BYTES,
    maxConnectionsToAcceptPerSocketEvent: 10,
    tcpBacklogSize: 4096,
  };
}

/** The servers themselves. Who is asked whether they are well is decided by the sidecars, whose checks come through here. */
function egressCluster({ cluster, protocol, host }: ServicePortPlan): MessageInitShape<typeof ClusterSchema> | undefined {
  if (cluster.external === undefined) return undefined;
  const contributions = cluster.contributions.filter(({ kind }) => kind !== 'health-check');
  return {
    name: cluster.name,
    ignoreHealthOnHostRemoval: true,
    closeConnectionsOnHostHealthFailure: false,
    perConnectionBufferLimitBytes: BUFFER_BYTES,
    ...leavingParts(cluster.name, protocol, cluster.external),
    circuitBreakers: limitsOf(contributions, cluster.retryBudget),
    ...clusterFields(contributions, host),
    metadata: { filterMetadata: { weft: { service: cluster.service, port: cluster.port } } },
  };
}

/** Names of what it consists of, by type. */
export function egressNames(plans: readonly GatewayEgressPlan[]): readonly (readonly ['cluster' | 'endpoints', string])[] {
  return plans.flatMap(({ chains }) => chains.flatMap(({ cluster }) => [['cluster', cluster.name] as const, ['endpoints', cluster.name] as const]));
}

/** Listener, clusters and endpoints of one such port. */
export function emitEgress(plan: GatewayEgressPlan, addresses: readonly string[], hash: Hash): readonly Emitted[] {
  const init = egressListener(plan, addresses);
  const [first] = plan.chains;
  if (init === undefined || first === undefined) return [];
  const origins = [...new Map(plan.chains.map(({ service, origin }) => [service, origin])).values()];
  const listener = accepted(
    checkedResource({ type: 'listener', name: egressListenerName(plan.port), desc: ListenerSchema, init, origins, hash }),
    first.origin,
  );
  return [listener, ...plan.chains.flatMap((chain) => emitServers(chain, hash))];
}

function emitServers(chain: ServicePortPlan, hash: Hash): readonly Emitted[] {
  const init = egressCluster(chain);
  const { name, origins, external } = chain.cluster;
  if (init === undefined) return [];
  const fixed = external?.resolution === 'static';
  const cluster = checkedResource({ type: 'cluster', name, desc: ClusterSchema, init, origins, hash, slowToWarm: !fixed });
  if (!fixed) return [accepted(cluster, chain.origin)];
  const endpoints = { type: 'endpoints', name, desc: ClusterLoadAssignmentSchema, init: emitEndpoints(chain), origins: [chain.origin], hash } as const;
  return [accepted(cluster, chain.origin), accepted(checkedResource(endpoints), chain.origin)];
}
