// A whole configuration out of resources that would come over the stream, for `envoy --mode validate`: what a proxy would say of them,
// without a proxy. Everything that can stand in a file does; what comes over the stream elsewhere is named and left open.
import { FilterSchema, type JsonValue, type Resource, resourceJson, toEnvoyJson } from '../envoy/index.ts';
import { connectionManager, type Side } from './emit/connection-manager.ts';

type Json = { readonly [key: string]: JsonValue };

const V3 = 'V3';
const FIRST_PORT = 20_000;

const INSIDES = {
  name: 'envoy.bootstrap.internal_listener',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener' },
};

/** Envoy's own JSON of a configuration with these resources in it. Any secrets among them are left out. */
export function checkConfig(resources: readonly Resource[]): Json {
  const of = (type: Resource['type']): readonly JsonValue[] => resources.filter((resource) => resource.type === type).map(resourceJson);
  const tables = resources.filter((resource) => resource.type === 'routes').map(tableListener);
  return {
    node: { id: 'check', cluster: 'check' },
    dynamic_resources: { ads_config: { api_type: 'DELTA_GRPC', transport_api_version: V3, grpc_services: [{ envoy_grpc: { cluster_name: 'xds' } }] } },
    bootstrap_extensions: [INSIDES],
    static_resources: {
      clusters: [{ name: 'xds', type: 'STATIC' }, ...of('cluster').map(withoutSecrets), ...of('endpoints').map(endpointsCluster)],
      listeners: [...of('listener'), ...tables],
    },
  };
}

const LOOKED_UP = '"name":"envoy.clusters.dynamic_forward_proxy"';

/**
 * Envoy 1.40 ends with a fault when it only validates a cluster that looks names up and trusts what comes over the stream (it does
 * not when it runs). Such a cluster is shown without what it checks of a certificate.
 */
export function withoutSecrets(cluster: JsonValue): JsonValue {
  const text = JSON.stringify(cluster);
  if (!text.includes(LOOKED_UP)) return cluster;
  return JSON.parse(text, (_, value) => {
    const { combined_validation_context: combined, ...rest } = (value ?? {}) as { readonly combined_validation_context?: unknown };
    return combined === undefined ? value : { ...rest, validation_context: {} };
  }) as JsonValue;
}

function endpointsCluster(assignment: JsonValue, at: number): Json {
  return { name: `endpoints-${at}`, type: 'STATIC', load_assignment: assignment };
}

function sideOf(name: string): Side {
  if (name.startsWith('inbound:')) return 'inbound';
  return name === 'explicit' ? 'explicit' : 'outbound';
}

/** Route tables stand inside a connection manager with the filters they may switch on. */
function tableListener(resource: Resource, at: number): Json {
  return {
    name: `table-${at}`,
    address: { socket_address: { address: '127.0.0.1', port_value: FIRST_PORT + at } },
    filter_chains: [{ filters: [inlined(connectionManager(sideOf(resource.name), resource.name), resourceJson(resource))] }],
  };
}

function inlined(manager: ReturnType<typeof connectionManager>, table: JsonValue): Json {
  const filter = toEnvoyJson(FilterSchema, manager) as { readonly name: string; readonly typed_config: Json };
  const { rds: _, ...rest } = filter.typed_config;
  return { name: filter.name, typed_config: { ...rest, route_config: table } };
}
