// A static Envoy configuration in the place of the control plane's: the same listeners at the same places, without mutual TLS. Only what
// capture needs to be proved: names, the way out, the way in, the way past.
import { join } from 'node:path';
import type { JoinRequest } from '../../../src/api/index.ts';

export interface Peer {
  readonly host: string;
  readonly vip: string;
  readonly address: string;
  readonly port: number;
}

type Json = Readonly<Record<string, unknown>>;

const any = (type: string, fields: Json = {}): Json => ({ '@type': `type.googleapis.com/${type}`, ...fields });
const named = (name: string, type: string, fields: Json = {}): Json => ({ name, typed_config: any(type, fields) });
const pipe = (path: string): Json => ({ pipe: { path, mode: 0o600 } });
const socket = (address: string, port: number, more: Json = {}): Json => ({ socket_address: { address, port_value: port, ...more } });
const ORIGINAL_DST = named('envoy.filters.listener.original_dst', 'envoy.extensions.filters.listener.original_dst.v3.OriginalDst');
const PROXY_PROTOCOL = named('envoy.filters.listener.proxy_protocol', 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol');

function http(prefix: string, hosts: readonly { readonly name: string; readonly domains: readonly string[]; readonly action: Json }[]): Json {
  return named('envoy.filters.network.http_connection_manager', 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: prefix,
    route_config: { virtual_hosts: hosts.map(({ name, domains, action }) => ({ name, domains, routes: [{ match: { prefix: '/' }, ...action }] })) },
    http_filters: [named('envoy.filters.http.router', 'envoy.extensions.filters.http.router.v3.Router')],
  });
}

function tcp(cluster: string, more: Json = {}): Json {
  return named('envoy.filters.network.tcp_proxy', 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: cluster, cluster, ...more });
}

function cluster(name: string, address: Json, more: Json = {}): Json {
  return { name, connect_timeout: '2s', load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] }, ...more };
}

/** Where a capture's own listeners stand: in the application's namespace, or simply here. */
function inside(request: JoinRequest): Json {
  return request.capture.mode === 'netns' ? { network_namespace_filepath: request.capture.netns } : {};
}

function peerClusters({ hostLoopback }: JoinRequest, peers: readonly Peer[]): readonly Json[] {
  return peers.map((peer) =>
    cluster(`outbound|${peer.host}`, socket(hostLoopback !== '' && peer.address === '127.0.0.1' ? hostLoopback : peer.address, peer.port)),
  );
}

function inbound(request: JoinRequest): { readonly listeners: readonly Json[]; readonly clusters: readonly Json[] } {
  const { capture, ports, bind } = request;
  const netns = inside(request);
  const source = capture.mode === 'netns' ? { upstream_bind_config: { source_address: { address: '127.0.0.6', port_value: 0, ...netns } } } : {};
  const clusters = ports.map(({ port }) => cluster(`inbound|${port}||`, socket('127.0.0.1', port), source));
  const chains = ports.map(({ port, proxyPort }) => ({
    filter_chain_match: { destination_port: proxyPort },
    filters: [http(`inbound.${port}`, [{ name: 'in', domains: ['*'], action: { route: { cluster: `inbound|${port}||`, timeout: '0s' } } }])],
  }));
  const [first, ...rest] = ports;
  if (first === undefined) return { listeners: [], clusters };
  const address =
    capture.mode === 'relay'
      ? { address: pipe(join(capture.directory, 'in.sock')), listener_filters: [PROXY_PROTOCOL] }
      : { address: socket(bind, first.proxyPort), additional_addresses: rest.map(({ proxyPort }) => ({ address: socket(bind, proxyPort) })) };
  return { listeners: [{ name: 'inbound', ...address, filter_chains: chains }], clusters };
}

function dns(request: JoinRequest, peers: readonly Peer[]): readonly Json[] {
  const { capture } = request;
  if (capture.mode !== 'netns' && capture.mode !== 'relay') return [];
  const domains = peers.map(({ host, vip }) => ({ name: host, endpoint: { address_list: { address: [vip, `::ffff:${vip}`] } }, answer_ttl: '30s' }));
  const resolver = { resolvers: capture.resolvers.map((address) => socket(address, 53)), dns_resolver_options: { no_default_search_domain: true } };
  const config = {
    stat_prefix: 'dns',
    server_config: { inline_dns_table: { virtual_domains: domains } },
    client_config: {
      resolver_timeout: '3s',
      max_pending_lookups: 256,
      typed_dns_resolver_config: named('cares', 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig', resolver),
    },
  };
  return [
    {
      name: 'dns',
      address: socket('127.0.0.1', 15053, { protocol: 'UDP', ...inside(request) }),
      listener_filters: [named('envoy.filters.udp.dns_filter', 'envoy.extensions.filters.udp.dns_filter.v3.DnsFilterConfig', config)],
    },
  ];
}

function outbound(request: JoinRequest, peers: readonly Peer[]): { readonly listeners: readonly Json[]; readonly clusters: readonly Json[] } {
  const { capture } = request;
  const hosts = peers.map(({ host, vip }) => ({
    name: host,
    domains: [host, `${host}:*`, vip],
    action: { route: { cluster: `outbound|${host}`, timeout: '0s' } },
  }));
  if (capture.mode === 'none') return { listeners: [], clusters: [] };
  if (capture.mode === 'explicit')
    return {
      listeners: [{ name: 'explicit', address: socket('127.0.0.1', capture.httpPort), filter_chains: [{ filters: [http('explicit', hosts)] }] }],
      clusters: [],
    };
  const relay = capture.mode === 'relay';
  const past = relay ? tcp('passthrough', { tunneling_config: { hostname: '%DOWNSTREAM_LOCAL_ADDRESS%' } }) : tcp('passthrough');
  const passthrough = relay
    ? cluster('passthrough', pipe(join(capture.directory, 'out.sock')))
    : { name: 'passthrough', type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED', connect_timeout: '2s' };
  const match = (some: readonly Peer[]): Json => ({ prefix_ranges: some.map(({ vip }) => ({ address_prefix: vip, prefix_len: 32 })) });
  // without TLS in it, Envoy's CONNECT transport socket does not ask for a CONNECT: so the relay's peers are tunnelled as TCP here
  const tunnel = (peer: Peer): Json => tcp('passthrough', { tunneling_config: { hostname: `${peer.address}:${peer.port}` } });
  const tunnels = peers.map((peer) => ({ name: peer.host, filter_chain_match: match([peer]), filters: [tunnel(peer)] }));
  const chains = relay ? tunnels : [{ filter_chain_match: match(peers), filters: [http('outbound', hosts)] }];
  const listener = {
    name: 'outbound',
    address: socket('127.0.0.1', 15001, inside(request)),
    listener_filters: [ORIGINAL_DST],
    filter_chains: peers.length === 0 ? [] : chains,
    default_filter_chain: { filters: [past] },
  };
  return { listeners: [listener], clusters: [passthrough] };
}

/** The whole bootstrap for what a workload said when it joined. */
export function staticBootstrap(request: JoinRequest, peers: readonly Peer[]): string {
  const ready = {
    name: 'ready',
    address: pipe(request.envoy.readySocket),
    filter_chains: [{ filters: [http('ready', [{ name: 'r', domains: ['*'], action: { direct_response: { status: 200 } } }])] }],
  };
  const ways = [inbound(request), outbound(request, peers)];
  return JSON.stringify({
    node: { id: request.instance, cluster: request.service },
    admin: { address: pipe(request.envoy.adminSocket) },
    static_resources: {
      listeners: [ready, ...dns(request, peers), ...ways.flatMap((way) => way.listeners)],
      clusters: [...peerClusters(request, peers), ...ways.flatMap((way) => way.clusters)],
    },
  });
}
