// One Envoy with a listener for each piece of telemetry and nothing else, so that pieces differ in nothing but themselves.
import { REQUEST_METRICS } from '../src/compile/emit/golden.ts';
import { REQUEST_RECORDS } from '../src/compile/emit/records.ts';
import { REQUEST_IDS, TRACING } from '../src/compile/emit/tracing.ts';
import { AccessLogSchema, HttpConnectionManagerSchema, toEnvoyJson } from '../src/envoy/index.ts';

export const SIDES = ['outbound', 'inbound'] as const;
export type Side = (typeof SIDES)[number];

/** What a connection manager has of telemetry, as JSON of Envoy. */
type Telemetry = Readonly<Record<string, unknown>>;

const type = (name: string): string => `type.googleapis.com/envoy.${name}`;
const NEVER = {
  name: 'envoy.tracers.opentelemetry.samplers.trace_id_ratio_based',
  typed_config: { '@type': type('extensions.tracers.opentelemetry.samplers.v3.TraceIdRatioBasedSamplerConfig'), sampling_percentage: { numerator: 0 } },
};

interface Tracing {
  readonly provider: { readonly typed_config: object };
}

const logsOf = (logs: readonly Parameters<typeof toEnvoyJson<typeof AccessLogSchema>>[1][]): readonly unknown[] =>
  logs.map((each) => toEnvoyJson(AccessLogSchema, each));

/** By what is switched on. */
export function pieces(side: Side): Readonly<Record<string, Telemetry>> {
  const metrics = logsOf(REQUEST_METRICS.token[side === 'inbound' ? 'destination' : 'source']);
  const records = logsOf(REQUEST_RECORDS.token[side]);
  const manager = toEnvoyJson(HttpConnectionManagerSchema, { tracing: TRACING.token[side] }) as unknown as { readonly tracing: Tracing };
  const { tracing } = manager;
  const { provider } = tracing;
  const never = { ...tracing, provider: { ...provider, typed_config: { ...provider.typed_config, sampler: NEVER } } };
  return {
    none: {},
    metrics: { access_log: metrics },
    records: { access_log: records.slice(0, 1) },
    'sleeping taps': { access_log: records.slice(1) },
    'tracing, and a span of none': { tracing },
    'tracing, never asked': { tracing: never },
    'tracing, never asked, no headers': { tracing: { ...never, no_context_propagation: true } },
    'all but tracing': { access_log: [...records, ...metrics] },
    all: { access_log: [...records, ...metrics], tracing },
  };
}

const endpoint = (port: number) => ({
  cluster_name: 'app',
  endpoints: [
    {
      lb_endpoints: [
        {
          endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } },
          metadata: { filter_metadata: { weft: { group: 'checkout' } } },
        },
      ],
    },
  ],
});

const HTTP2 = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': type('extensions.upstreams.http.v3.HttpProtocolOptions'),
    explicit_http_config: { http2_protocol_options: {} },
  },
};

/** The route has policies on it, as most have. */
const ROUTE = {
  name: 'shop/checkout/0',
  match: { prefix: '/' },
  metadata: { filter_metadata: { weft: { timeout: 'shop/one', retry: 'shop/two', authz: 'shop/three' } } },
  route: { cluster: 'app' },
};

function listener(side: Side, port: number, telemetry: Telemetry) {
  const manager = {
    '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: side,
    generate_request_id: true,
    preserve_external_request_id: true,
    ...(toEnvoyJson(HttpConnectionManagerSchema, { requestIdExtension: REQUEST_IDS }) as object),
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': type('extensions.filters.http.router.v3.Router') } }],
    route_config: { name: 'all', virtual_hosts: [{ name: 'all', domains: ['*'], routes: [ROUTE] }] },
    ...telemetry,
  };
  return {
    name: `${port}`,
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    traffic_direction: side.toUpperCase(),
    filter_chains: [{ name: 'checkout.shop.mesh:80', filters: [{ name: 'manager', typed_config: manager }] }],
  };
}

export interface Listening {
  readonly side: Side;
  readonly port: number;
  readonly telemetry: Telemetry;
}

/** The bootstrap. Nobody takes what is told, and no timer goes off while it is measured. */
export function instructedProxy(listening: readonly Listening[], upstream: number): string {
  const config = {
    node: { id: 'shop/x', cluster: 'shop/x' },
    static_resources: {
      listeners: listening.map(({ side, port, telemetry }) => listener(side, port, telemetry)),
      clusters: [
        { name: 'app', metadata: { filter_metadata: { weft: { service: 'shop/checkout' } } }, load_assignment: endpoint(upstream) },
        { name: 'xds', load_assignment: endpoint(1), typed_extension_protocol_options: HTTP2 },
      ],
    },
    stats_flush_interval: '250s',
    layered_runtime: { layers: [{ name: 'quiet', static_layer: { 'tracing.opentelemetry.flush_interval_ms': 600_000 } }] },
  };
  return JSON.stringify(config).replaceAll(/"buffer_flush_interval":"[^"]*"/g, '"buffer_flush_interval":"900s"');
}
