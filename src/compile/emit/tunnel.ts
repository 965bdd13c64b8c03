// The way of a relay for what the proxy does not encrypt. Envoy's own tunnel (http_11_proxy) is opened for TLS only, so such a cluster leads to a listener
// inside the proxy, which asks the relay for what the endpoint says. Names are looked up by the relay, on the host.
import { Cluster_DiscoveryType, InternalUpstreamTransportSchema, named, RawBufferSchema } from '../../envoy/index.ts';
import { RELAY_CLUSTER } from '../plan/names.ts';
import type { ExternalPlan, ServicePortPlan, View } from '../plan.ts';
import { insideListener, insideName } from './inside.ts';
import { LONGEST_IDLE_MS, tcpProxy } from './tcp-proxy.ts';

const TUNNEL = insideName('relay', '');
const METADATA = 'weft.tunnel';

/** The listener of every proxy with a relay. */
export function tunnelListener() {
  const filter = tcpProxy('outbound', RELAY_CLUSTER, { tunnel: `%DYNAMIC_METADATA(${METADATA}:to)%`, idleMs: LONGEST_IDLE_MS, counted: false });
  return insideListener(TUNNEL, { byServerName: false, chains: [{ name: 'relay', filters: [filter] }] });
}

/** Whether connections to what is outside need that way. Names of a wildcard are known to the proxy alone, which cannot ask so. */
export function isTunnelled({ tls, egress, resolution }: ExternalPlan, { relayDirectory }: View): boolean {
  return relayDirectory !== '' && tls === undefined && egress === undefined && resolution !== 'dynamic';
}

function endpointTo(to: string) {
  const addressNameSpecifier = { case: 'serverListenerName' as const, value: TUNNEL };
  const endpointId = { endpointId: to, addressNameSpecifier };
  const endpoint = { address: { address: { case: 'envoyInternalAddress' as const, value: endpointId } } };
  return { hostIdentifier: { case: 'endpoint' as const, value: endpoint }, metadata: { filterMetadata: { [METADATA]: { to } } } };
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** How a cluster finds and reaches its servers by the relay. */
export function tunnelParts({ cluster, endpoints }: ServicePortPlan, { resolution, host, port }: ExternalPlan) {
  const targets = resolution === 'static' ? endpoints.map((each) => `${bracketed(each.address)}:${each.port}`) : [`${host}:${port}`];
  return {
    clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC } as const,
    loadAssignment: { clusterName: cluster.name, endpoints: [{ lbEndpoints: targets.map(endpointTo) }] },
    transportSocket: named('envoy.transport_sockets.internal_upstream', InternalUpstreamTransportSchema, {
      passthroughMetadata: [{ kind: { kind: { case: 'host', value: {} } }, name: METADATA }],
      transportSocket: named('envoy.transport_sockets.raw_buffer', RawBufferSchema, {}),
    }),
  };
}
