// The floor: two stock Envoys with nothing but a connection manager, a router and mutual TLS between them, written by hand.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const type = (name: string): string => `type.googleapis.com/envoy.${name}`;
const at = (port: number): unknown => ({ socket_address: { address: '127.0.0.1', port_value: port } });
const openssl = (args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });

/** Makes a root and two P-256 leaves (`client`, `server`) as PEM files in `folder`, with openssl. */
export function makeCertificates(folder: string): void {
  const file = (name: string): string => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(['req', '-x509', ...key, '-days', '2', '-subj', '/CN=bench', '-keyout', file('root.key'), '-out', file('root.pem')]);
  for (const name of ['client', 'server']) {
    openssl([
      'req',
      '-new',
      ...key,
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=URI:spiffe://bench/ns/a/sa/${name}`,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.csr`),
    ]);
    openssl([
      'x509',
      '-req',
      '-in',
      file(`${name}.csr`),
      '-CA',
      file('root.pem'),
      '-CAkey',
      file('root.key'),
      '-CAcreateserial',
      '-days',
      '2',
      '-copy_extensions',
      'copy',
      '-out',
      file(`${name}.pem`),
    ]);
  }
}

function tls(folder: string, name: string, peer: string): Record<string, unknown> {
  return {
    tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
    alpn_protocols: ['h2'],
    tls_certificates: [{ certificate_chain: { filename: join(folder, `${name}.pem`) }, private_key: { filename: join(folder, `${name}.key`) } }],
    validation_context: {
      trusted_ca: { filename: join(folder, 'root.pem') },
      match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: `spiffe://bench/ns/a/sa/${peer}` } }],
    },
  };
}

function connectionManager(cluster: string): unknown {
  const router = { name: 'envoy.filters.http.router', typed_config: { '@type': type('extensions.filters.http.router.v3.Router') } };
  const route = { match: { prefix: '/' }, route: { cluster, timeout: '0s' } };
  return {
    name: 'hcm',
    typed_config: {
      '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
      stat_prefix: 'bench',
      generate_request_id: false,
      http_filters: [router],
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route] }] },
    },
  };
}

function cluster(name: string, port: number, extra: Record<string, unknown> = {}): unknown {
  const limits = { max_connections: 100_000, max_pending_requests: 100_000, max_requests: 100_000 };
  const load_assignment = { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: at(port) } }] }] };
  return { name, type: 'STATIC', connect_timeout: '2s', circuit_breakers: { thresholds: [limits] }, load_assignment, ...extra };
}

const H2 = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const h2 = {
  [H2]: {
    '@type': type('extensions.upstreams.http.v3.HttpProtocolOptions'),
    explicit_http_config: { http2_protocol_options: {} },
  },
};

export interface MinimalTls {
  /** Requests on a connection between the two; without it connections are kept. */
  readonly requestsPerConnection?: number;
  /** False: every handshake is a whole one. Envoy's default is true. */
  readonly resumes?: boolean;
}

/** Bootstraps (JSON) of the client-side and the server-side Envoy: plain HTTP on `ports.client`, mutual TLS on `ports.server`, application on `ports.app`. */
export function minimalPair(
  folder: string,
  ports: { readonly client: number; readonly server: number; readonly app: number },
  { requestsPerConnection, resumes = true }: MinimalTls = {},
): readonly [unknown, unknown] {
  const limit = requestsPerConnection === undefined ? {} : { common_http_protocol_options: { max_requests_per_connection: requestsPerConnection } };
  const http = { [H2]: { ...h2[H2], ...limit } };
  const upstreamTls = {
    name: 'tls',
    typed_config: {
      '@type': type('extensions.transport_sockets.tls.v3.UpstreamTlsContext'),
      common_tls_context: tls(folder, 'client', 'server'),
      ...(resumes ? {} : { max_session_keys: 0 }),
    },
  };
  const downstreamTls = {
    name: 'tls',
    typed_config: {
      '@type': type('extensions.transport_sockets.tls.v3.DownstreamTlsContext'),
      require_client_certificate: true,
      ...(resumes ? {} : { disable_stateless_session_resumption: true }),
      common_tls_context: tls(folder, 'server', 'client'),
    },
  };
  const listener = (name: string, port: number, chain: Record<string, unknown>): unknown => ({ name, address: at(port), filter_chains: [chain] });
  const client = {
    listeners: [listener('client', ports.client, { filters: [connectionManager('peer')] })],
    clusters: [cluster('peer', ports.server, { transport_socket: upstreamTls, typed_extension_protocol_options: http })],
  };
  const server = {
    listeners: [listener('server', ports.server, { filters: [connectionManager('app')], transport_socket: downstreamTls })],
    clusters: [cluster('app', ports.app)],
  };
  return [{ static_resources: client }, { static_resources: server }];
}

/** Bootstrap (JSON) of the application of the benchmark: an Envoy that answers 1 KB itself, so that it costs little. */
export function directServer(port: number): unknown {
  const manager = connectionManager('none') as { typed_config: Record<string, unknown> };
  const routes = [{ match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: 'x'.repeat(1024) } } }];
  manager.typed_config['route_config'] = { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] };
  return { static_resources: { listeners: [{ name: 'app', address: at(port), filter_chains: [{ filters: [manager] }] }] } };
}
