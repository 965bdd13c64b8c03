// Probes of the application, answered at the proxy's own port: the kubelet has no certificate of the mesh, and under strict mutual TLS it would find every
// pod ill. HTTP goes on to the application; whether a port takes connections, or gRPC says that it serves, Envoy asks itself and tells what it heard.
import type { PodProbe } from '../../model/index.ts';
import { typed } from '../bootstrap-parts.ts';
import { TO_APPLICATION } from './ports.ts';

export type { PodProbe };

const seconds = (ms: number): string => `${ms / 1000}s`;

/** Who answers, and from where. */
export interface ProbePlace {
  /** Of the pod. */
  readonly address: string;
  /** How a text is written so that it stays what it is. */
  readonly verbatim: (text: string) => string;
  /** Ends the names of clusters where one proxy answers for several pods. */
  readonly suffix: string;
  /** The pod's network namespace, where the proxy stands in another one. */
  readonly netns?: string | undefined;
}

/** The pod's own proxy, whose arguments these are: Kubernetes puts variables in for `$(NAME)` there, and writes `$(` for `$$(`. */
export const inArguments = (address: string): ProbePlace => ({ address, verbatim: (text) => text.replaceAll('$(', '$$$$('), suffix: '' });

const clusterOf = (probe: PodProbe, { verbatim, suffix }: ProbePlace): string => `probe:${verbatim(probe.path)}${suffix}`;

const isHttp = ({ kind }: PodProbe): boolean => kind === 'http' || kind === 'https';

/** Routes for the probes that are passed on. */
export function probeRoutes(probes: readonly PodProbe[], place: ProbePlace): readonly object[] {
  const { verbatim, address } = place;
  return probes.filter(isHttp).map((probe) => ({
    match: { path: verbatim(probe.path) },
    route: {
      cluster: clusterOf(probe, place),
      timeout: seconds(probe.timeoutMs),
      prefix_rewrite: verbatim(probe.targetPath === undefined || probe.targetPath === '' ? '/' : probe.targetPath),
      host_rewrite_literal: probe.host === undefined ? `${address}:${probe.port}` : verbatim(probe.host),
    },
    ...(probe.headers === undefined || probe.headers.length === 0 ? {} : { request_headers_to_add: probe.headers.map((header) => headerOf(header, verbatim)) }),
    // The kubelet would follow it to the proxy. Without a place to go to a redirection is an answer, and so a success.
    response_headers_to_remove: ['location'],
  }));
}

function headerOf({ name, value }: { readonly name: string; readonly value: string }, verbatim: ProbePlace['verbatim']) {
  return { header: { key: verbatim(name), value: verbatim(value).replaceAll('%', '%%') }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' };
}

/** Filters that answer the others by what Envoy has found. */
export function probeFilters(probes: readonly PodProbe[], place: ProbePlace): readonly object[] {
  return probes
    .filter((probe) => !isHttp(probe))
    .map((probe, at) =>
      typed(`weft.probe.${at}`, 'extensions.filters.http.health_check.v3.HealthCheck', {
        pass_through_mode: false,
        headers: [{ name: ':path', string_match: { exact: place.verbatim(probe.path) } }],
        cluster_min_healthy_percentages: { [clusterOf(probe, place)]: { value: 100 } },
      }),
    );
}

/** The ways to the application, one for each probe: the kubelet's patience differs. */
export function probeClusters(probes: readonly PodProbe[], place: ProbePlace) {
  const { address, netns } = place;
  const inside = netns === undefined ? {} : { network_namespace_filepath: netns };
  return probes.map((probe) => {
    const name = clusterOf(probe, place);
    const endpoint = { address: { socket_address: { address, port_value: probe.port } } };
    return {
      name,
      type: 'STATIC',
      connect_timeout: seconds(probe.timeoutMs),
      upstream_bind_config: { source_address: { address: TO_APPLICATION, port_value: 0, ...inside } },
      load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] },
      ...(probe.kind === 'https'
        ? { transport_socket: typed('envoy.transport_sockets.tls', 'extensions.transport_sockets.tls.v3.UpstreamTlsContext', {}) }
        : {}),
      typed_extension_protocol_options: { [HTTP]: protocolOf(probe) },
      ...(isHttp(probe) ? {} : { health_checks: [healthCheck(probe, place)], common_lb_config: { healthy_panic_threshold: { value: 0 } } }),
    };
  });
}

const HTTP = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** A probe is a question of now: no connection of an earlier answer. */
function protocolOf({ kind }: PodProbe) {
  return {
    '@type': `type.googleapis.com/${HTTP}`,
    common_http_protocol_options: { max_requests_per_connection: 1 },
    explicit_http_config: kind === 'grpc' ? { http2_protocol_options: {} } : { http_protocol_options: {} },
  };
}

/** As often as the kubelet asks; how often in a row it must hear the same is for the kubelet to count. */
function healthCheck({ kind, service, host, timeoutMs, periodMs }: PodProbe, { verbatim }: ProbePlace) {
  const question = {
    ...(service === undefined || service === '' ? {} : { service_name: verbatim(service) }),
    ...(host === undefined ? {} : { authority: verbatim(host) }),
  };
  return {
    timeout: seconds(timeoutMs),
    interval: seconds(periodMs),
    no_traffic_interval: seconds(periodMs),
    no_traffic_healthy_interval: seconds(periodMs),
    // An application that has just begun to answer is not kept waiting for a period more.
    unhealthy_interval: seconds(Math.min(periodMs, 1000)),
    unhealthy_threshold: 1,
    healthy_threshold: 1,
    reuse_connection: false,
    ...(kind === 'grpc' ? { grpc_health_check: question } : { tcp_health_check: {} }),
  };
}
