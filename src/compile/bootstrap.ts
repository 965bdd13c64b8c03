// Envoy's bootstrap: everything a proxy needs to reach the control plane, and nothing else. JSON with Envoy's own field names, since
// it is a file that people read.
import { RUNTIME_LAYER } from '../envoy/index.ts';
import type { ProxyId } from '../model/index.ts';
import { metricsSink } from './metrics-sink.ts';
import { XDS_CLUSTER } from './plan/names.ts';

/** What only the machine knows of the proxy it will start (api's `JoinRequest.envoy`). */
export interface MachineEnvoy {
  readonly adminSocket: string;
  /** A pipe, or `host:port`: answers `GET /ready` with 200 once the configuration is complete; connection refused before. */
  readonly readySocket: string;
  /** Folder that changes when the token does, and the SDS file (which never changes) that points to the token. */
  readonly tokenDirectory: string;
  readonly tokenResource: string;
  /** SDS file in `tokenDirectory` with the control plane's trust anchors; without it they are fixed in the bootstrap. */
  readonly trustResource?: string | undefined;
  /** `host:port`, or `unix:/path`, as Envoy reaches the control plane. */
  readonly xdsAddress: string;
}

export interface BootstrapOptions {
  readonly proxy: ProxyId;
  readonly zone: string;
  /** Trust anchor of the control plane's certificate, PEM. */
  readonly rootPem: string;
  /** DNS name in the control plane's certificate. */
  readonly controlPlaneName?: string;
  readonly envoy: MachineEnvoy;
}

/** Name of the token in the SDS file that the machine writes. */
const TOKEN_SECRET = 'token';
/** Name of the control plane's trust anchors in theirs. */
const TRUST_SECRET = 'control-plane';
const V3 = 'V3';
const T = 'type.googleapis.com/envoy.';

/** Few messages with many spans, instead of one for every five. */
const SPANS_LAYER = { name: 'spans', static_layer: { 'tracing.opentelemetry.min_flush_spans': 100, 'tracing.opentelemetry.flush_interval_ms': 1000 } };

/** The bootstrap of a proxy, JSON. Without its first configuration the proxy does not become ready, however long that takes. */
export function bootstrap(options: BootstrapOptions): string {
  const { proxy, zone, envoy } = options;
  const config = {
    node: { id: proxy, cluster: proxy, ...(zone === '' ? {} : { locality: { zone } }) },
    admin: { address: { pipe: { path: envoy.adminSocket, mode: 0o600 } } },
    dynamic_resources: {
      lds_config: { ads: {}, resource_api_version: V3, initial_fetch_timeout: '0s' },
      cds_config: { ads: {}, resource_api_version: V3, initial_fetch_timeout: '0s' },
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: V3,
        set_node_on_first_message_only: true,
        // Without it Envoy waits up to 30 s between attempts.
        grpc_services: [{ envoy_grpc: { cluster_name: XDS_CLUSTER, retry_policy: { retry_back_off: { base_interval: '0.2s', max_interval: '3s' } } } }],
      },
    },
    // For listeners inside the proxy itself (emit/inside.ts).
    bootstrap_extensions: [typed('envoy.bootstrap.internal_listener', 'extensions.bootstrap.internal_listener.v3.InternalListener', {})],
    static_resources: { listeners: [readyListener(envoy.readySocket)], clusters: [xdsCluster(options)] },
    ...metricsSink(),
    layered_runtime: { layers: [SPANS_LAYER, SEALING, runtimeLayer()] },
    // Tags are for telemetry that names them itself; the default ones cost regular expressions per statistic.
    stats_config: { use_all_default_tags: false },
    deferred_stat_options: { enable_deferred_creation_stats: true },
    overload_manager: {
      resource_monitors: [
        {
          name: 'envoy.resource_monitors.global_downstream_max_connections',
          typed_config: {
            '@type': `${T}extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig`,
            max_active_downstream_connections: 100_000,
          },
        },
      ],
    },
  };
  return `${JSON.stringify(config, undefined, 1)}\n`;
}

/** What browsers keep of a sign-in is sealed so that it cannot be changed (AES-GCM), as it is not unless it is said. */
const SEALING = { name: 'sealing', static_layer: { 'envoy.reloadable_features.oauth2_use_gcm_encryption': true } };

/** Values that are lent to a proxy while somebody looks on (control/tuning.ts). A control plane that has none to give holds no proxy up. */
function runtimeLayer() {
  const source = { ads: {}, resource_api_version: V3, initial_fetch_timeout: '1s' };
  return { name: RUNTIME_LAYER, rtds_layer: { name: RUNTIME_LAYER, rtds_config: source } };
}

function typed(name: string, type: string, fields: Readonly<Record<string, unknown>>) {
  return { name, typed_config: { '@type': T + type, ...fields } };
}

/** Opens only when the first configuration is complete, because listeners begin to accept only then. */
function readyListener(place: string) {
  const health = typed('envoy.filters.http.health_check', 'extensions.filters.http.health_check.v3.HealthCheck', {
    pass_through_mode: false,
    headers: [{ name: ':path', string_match: { exact: '/ready' } }],
  });
  const router = typed('envoy.filters.http.router', 'extensions.filters.http.router.v3.Router', {});
  const manager = typed('envoy.filters.network.http_connection_manager', 'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'ready',
    route_config: { virtual_hosts: [{ name: 'ready', domains: ['*'], routes: [{ match: { prefix: '/' }, direct_response: { status: 404 } }] }] },
    http_filters: [health, router],
    generate_request_id: false,
    stream_idle_timeout: '60s',
    request_headers_timeout: '10s',
  });
  // Readiness must be seen however full the proxy is.
  return {
    name: 'ready',
    address: addressOf(place, 0o600),
    filter_chains: [{ filters: [manager] }],
    ignore_global_conn_limit: true,
    bypass_overload_manager: true,
  };
}

/** `unix:/path`, `/path`, `host:port` or `[v6]:port`. */
function addressOf(place: string, mode?: number) {
  const path = place.startsWith('unix:') ? place.slice('unix:'.length) : place;
  if (path.startsWith('/')) return { pipe: { path, ...(mode === undefined ? {} : { mode }) } };
  const at = place.lastIndexOf(':');
  return { socket_address: { address: place.slice(0, at).replace(/^\[|\]$/g, ''), port_value: Number(place.slice(at + 1)) } };
}

const IP = /^(\d+\.\d+\.\d+\.\d+|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\]?)$/;

/** Endpoints given as a name are looked up again and again, so the control plane may move. */
function xdsCluster({ envoy, rootPem, controlPlaneName = 'control-plane.weft' }: BootstrapOptions) {
  const host = envoy.xdsAddress.slice(0, envoy.xdsAddress.lastIndexOf(':'));
  const named = !envoy.xdsAddress.startsWith('unix:') && !IP.test(host);
  return {
    name: XDS_CLUSTER,
    type: named ? 'STRICT_DNS' : 'STATIC',
    ...(named ? { dns_lookup_family: 'V4_PREFERRED' } : {}),
    connect_timeout: '5s',
    load_assignment: { cluster_name: XDS_CLUSTER, endpoints: [{ lb_endpoints: [{ endpoint: { address: addressOf(envoy.xdsAddress) } }] }] },
    typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': xdsHttp(envoy) },
    transport_socket: typed('envoy.transport_sockets.tls', 'extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      sni: controlPlaneName,
      common_tls_context: {
        tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
        alpn_protocols: ['h2'],
        ...recognised(envoy, rootPem, [{ san_type: 'DNS', matcher: { exact: controlPlaneName } }]),
      },
    }),
  };
}

/** How the control plane is recognised: by a file that changes when its root does, or for good. */
function recognised({ tokenDirectory, trustResource }: MachineEnvoy, rootPem: string, names: readonly object[]) {
  if (trustResource === undefined) return { validation_context: { trusted_ca: { inline_string: rootPem }, match_typed_subject_alt_names: names } };
  const file = { path: trustResource, watched_directory: { path: tokenDirectory } };
  return {
    combined_validation_context: {
      default_validation_context: { match_typed_subject_alt_names: names },
      validation_context_sds_secret_config: { name: TRUST_SECRET, sds_config: { path_config_source: file, resource_api_version: V3 } },
    },
  };
}

/** A lost control plane is noticed after 15 s of silence; the token is read anew from its file for every stream. */
function xdsHttp({ tokenDirectory, tokenResource }: MachineEnvoy) {
  const credential = {
    name: TOKEN_SECRET,
    sds_config: { path_config_source: { path: tokenResource, watched_directory: { path: tokenDirectory } }, resource_api_version: V3 },
  };
  return {
    '@type': `${T}extensions.upstreams.http.v3.HttpProtocolOptions`,
    explicit_http_config: { http2_protocol_options: { connection_keepalive: { interval: '10s', timeout: '5s' } } },
    http_filters: [
      typed('envoy.filters.http.credential_injector', 'extensions.filters.http.credential_injector.v3.CredentialInjector', {
        overwrite: true,
        credential: typed('envoy.http.injected_credentials.generic', 'extensions.http.injected_credentials.generic.v3.Generic', {
          header_value_prefix: 'Bearer ',
          credential,
        }),
      }),
      typed('envoy.filters.http.upstream_codec', 'extensions.filters.http.upstream_codec.v3.UpstreamCodec', {}),
    ],
  };
}
