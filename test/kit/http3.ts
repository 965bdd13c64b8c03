// A client that speaks HTTP/3 and nothing else: Envoy, which passes plain requests on over QUIC.
import { RunningEnvoy } from './envoy.ts';
import { freePort } from './test-mesh.ts';

const type = (name: string): string => `type.googleapis.com/envoy.extensions.${name}`;
const at = (port: number, protocol = 'TCP') => ({ socket_address: { protocol, address: '127.0.0.1', port_value: port } });

export interface Http3Client extends AsyncDisposable {
  /** Where it takes plain requests. */
  readonly port: number;
}

/** Starts one for a server on a port of UDP, whose certificate for `host` is in `pem`. */
export async function http3Client(server: number, host: string, pem: string): Promise<Http3Client> {
  const port = await freePort();
  const tls = {
    common_tls_context: {
      validation_context: { trusted_ca: { inline_string: pem }, match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: host } }] },
    },
    sni: host,
  };
  const cluster = {
    name: 'server',
    type: 'STATIC',
    connect_timeout: '2s',
    load_assignment: { cluster_name: 'server', endpoints: [{ lb_endpoints: [{ endpoint: { address: at(server, 'UDP') } }] }] },
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': type('upstreams.http.v3.HttpProtocolOptions'),
        explicit_http_config: { http3_protocol_options: {} },
      },
    },
    transport_socket: {
      name: 'envoy.transport_sockets.quic',
      typed_config: { '@type': type('transport_sockets.quic.v3.QuicUpstreamTransport'), upstream_tls_context: tls },
    },
  };
  const manager = {
    '@type': type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'client',
    http_filters: [{ name: 'router', typed_config: { '@type': type('filters.http.router.v3.Router') } }],
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'server' } }] }] },
  };
  const listener = { name: 'plain', address: at(port), filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }] };
  const envoy = await RunningEnvoy.open({ static_resources: { listeners: [listener], clusters: [cluster] } }, port);
  return { port, [Symbol.asyncDispose]: () => envoy[Symbol.asyncDispose]() };
}
