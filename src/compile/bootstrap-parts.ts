// Envoy's bootstrap: everything a proxy needs to reach the control plane, and nothing else. JSON with Envoy's own field names, since
// it is a file that people read. Shared by plain machines (bootstrap.ts) and pods (pod/bootstrap.ts).
import { RUNTIME_LAYER } from '../envoy/index.ts';
import { metricsSink } from './metrics-sink.ts';
import { ALLOCATED, overloadManager } from './overload.ts';
import { XDS_CLUSTER } from './plan/names.ts';

/** An SDS file, and the folder whose change says that what it points to is another. */
export interface SecretFile {
  readonly resource: string;
  readonly watched: string;
}

export interface BootstrapParts {
  /** Absent where Envoy's arguments say who it is. */
  readonly node?: object;
  readonly adminSocket: string;
  /** `host:port`, or `unix:/path`, as Envoy reaches the control plane. */
  readonly xdsAddress: string;
  /** DNS name in the control plane's certificate. */
  readonly controlPlaneName?: string | undefined;
  readonly token: SecretFile;
  /** How the control plane is recognised: trust anchors as PEM for good, or a file that changes when its root does. */
  readonly trust: string | SecretFile;
  /** How much Envoy may allocate, in bytes, or a variable of Kubernetes that will be that. */
  readonly heapBytes?: number | string | undefined;
  readonly listeners: readonly object[];
  readonly clusters: readonly object[];
}

/** Name of the token in the SDS file that the machine writes. */
const TOKEN_SECRET = 'token';
/** Name of the control plane's trust anchors in theirs. */
const TRUST_SECRET = 'control-plane';
const V3 = 'V3';
const T = 'type.googleapis.com/envoy.';

/** Few messages with many spans, instead of one for every five. */
const SPANS_LAYER = { name: 'spans', static_layer: { 'tracing.opentelemetry.min_flush_spans': 100, 'tracing.opentelemetry.flush_interval_ms': 1000 } };

/** The whole bootstrap, as JSON's value. */
export function bootstrapOf(parts: BootstrapParts): object {
  return {
    ...(parts.node === undefined ? {} : { node: parts.node }),
    admin: { address: { pipe: { path: parts.adminSocket, mode: 0o600 } } },
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
    static_resources: { listeners: parts.listeners, clusters: [xdsCluster(parts), ...parts.clusters] },
    ...metricsSink(),
    layered_runtime: { layers: [SPANS_LAYER, SEALING, ALLOCATED, runtimeLayer()] },
    // Tags are for telemetry that names them itself; the default ones cost regular expressions per statistic.
    stats_config: { use_all_default_tags: false },
    deferred_stat_options: { enable_deferred_creation_stats: true },
    overload_manager: overloadManager(parts.heapBytes),
  };
}

/** What browsers keep of a sign-in is sealed so that it cannot be changed (AES-GCM), as it is not unless it is said. */
const SEALING = { name: 'sealing', static_layer: { 'envoy.reloadable_features.oauth2_use_gcm_encryption': true } };

/** Values that are lent to a proxy while somebody looks on (control/tuning.ts). A control plane that has none to give holds no proxy up. */
function runtimeLayer() {
  const source = { ads: {}, resource_api_version: V3, initial_fetch_timeout: '1s' };
  return { name: RUNTIME_LAYER, rtds_layer: { name: RUNTIME_LAYER, rtds_config: source } };
}

/** An extension with its configuration; `type` without Envoy's prefix. */
export function typed(name: string, type: string, fields: Readonly<Record<string, unknown>>) {
  return { name, typed_config: { '@type': T + type, ...fields } };
}

/** Answers `GET /ready` with 200, and nothing else unless `routes` do. */
export function readyHttp(filters: readonly object[] = [], routes: readonly object[] = []) {
  const health = typed('envoy.filters.http.health_check', 'extensions.filters.http.health_check.v3.HealthCheck', {
    pass_through_mode: false,
    headers: [{ name: ':path', string_match: { exact: '/ready' } }],
  });
  const router = typed('envoy.filters.http.router', 'extensions.filters.http.router.v3.Router', {});
  const nothing = { match: { prefix: '/' }, direct_response: { status: 404 } };
  return typed('envoy.filters.network.http_connection_manager', 'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: 'ready',
    route_config: { virtual_hosts: [{ name: 'ready', domains: ['*'], routes: [...routes, nothing] }] },
    http_filters: [health, ...filters, router],
    generate_request_id: false,
    stream_idle_timeout: '60s',
    request_headers_timeout: '10s',
  });
}

/** `unix:/path`, `/path`, `host:port` or `[v6]:port`. */
export function addressOf(place: string, mode?: number) {
  const path = place.startsWith('unix:') ? place.slice('unix:'.length) : place;
  if (path.startsWith('/')) return { pipe: { path, ...(mode === undefined ? {} : { mode }) } };
  const at = place.lastIndexOf(':');
  return { socket_address: { address: place.slice(0, at).replace(/^\[|\]$/g, ''), port_value: Number(place.slice(at + 1)) } };
}

const IP = /^(\d+\.\d+\.\d+\.\d+|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]*\]?)$/;

/** Endpoints given as a name are looked up again and again, so the control plane may move. */
function xdsCluster({ xdsAddress, token, trust, controlPlaneName = 'control-plane.weft' }: BootstrapParts) {
  const host = xdsAddress.slice(0, xdsAddress.lastIndexOf(':'));
  const named = !xdsAddress.startsWith('unix:') && !IP.test(host);
  return {
    name: XDS_CLUSTER,
    type: named ? 'STRICT_DNS' : 'STATIC',
    ...(named ? { dns_lookup_family: 'V4_PREFERRED' } : {}),
    connect_timeout: '5s',
    load_assignment: { cluster_name: XDS_CLUSTER, endpoints: [{ lb_endpoints: [{ endpoint: { address: addressOf(xdsAddress) } }] }] },
    typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': xdsHttp(token) },
    transport_socket: typed('envoy.transport_sockets.tls', 'extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      sni: controlPlaneName,
      common_tls_context: {
        tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
        alpn_protocols: ['h2'],
        ...recognised(trust, [{ san_type: 'DNS', matcher: { exact: controlPlaneName } }]),
      },
    }),
  };
}

/** How the control plane is recognised: by a file that changes when its root does, or for good. */
function recognised(trust: string | SecretFile, names: readonly object[]) {
  if (typeof trust === 'string') return { validation_context: { trusted_ca: { inline_string: trust }, match_typed_subject_alt_names: names } };
  const file = { path: trust.resource, watched_directory: { path: trust.watched } };
  return {
    combined_validation_context: {
      default_validation_context: { match_typed_subject_alt_names: names },
      validation_context_sds_secret_config: { name: TRUST_SECRET, sds_config: { path_config_source: file, resource_api_version: V3 } },
    },
  };
}

/** A lost control plane is noticed after 15 s of silence; the token is read anew from its file for every stream. */
function xdsHttp({ resource, watched }: SecretFile) {
  const credential = {
    name: TOKEN_SECRET,
    sds_config: { path_config_source: { path: resource, watched_directory: { path: watched } }, resource_api_version: V3 },
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
