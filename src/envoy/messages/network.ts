// Messages that travel inside google.protobuf.Any on listeners and clusters. Names that Envoy gives to several messages carry a
// word more here: `HttpRbacSchema` and `NetworkRbacSchema`, `UpstreamHttpProtocolOptionsSchema` for a cluster's.
export { FileAccessLogSchema } from '#gen/envoy/extensions/access_loggers/file/v3/file_pb.js';
export { ExpressionFilterSchema as CelFilterSchema } from '#gen/envoy/extensions/access_loggers/filters/cel/v3/cel_pb.js';
export { HttpGrpcAccessLogConfigSchema, TcpGrpcAccessLogConfigSchema } from '#gen/envoy/extensions/access_loggers/grpc/v3/als_pb.js';
export {
  Config_Histogram_Unit as StatHistogramUnit,
  type Config_TagSchema as StatTagSchema,
  ConfigSchema as StatsAccessLogSchema,
} from '#gen/envoy/extensions/access_loggers/stats/v3/stats_pb.js';
export { StderrAccessLogSchema, StdoutAccessLogSchema } from '#gen/envoy/extensions/access_loggers/stream/v3/stream_pb.js';
export { InternalListenerSchema } from '#gen/envoy/extensions/bootstrap/internal_listener/v3/internal_listener_pb.js';
export { DnsLookupFamily as Common_DnsLookupFamily } from '#gen/envoy/extensions/clusters/common/dns/v3/dns_pb.js';
export { DnsClusterSchema } from '#gen/envoy/extensions/clusters/dns/v3/dns_cluster_pb.js';
export { ClusterConfigSchema as DynamicForwardProxyClusterSchema } from '#gen/envoy/extensions/clusters/dynamic_forward_proxy/v3/cluster_pb.js';
export { DnsCacheConfigSchema } from '#gen/envoy/extensions/common/dynamic_forward_proxy/v3/dns_cache_pb.js';
export { FilterStateValue_SharedWithUpstream, FilterStateValueSchema } from '#gen/envoy/extensions/filters/common/set_filter_state/v3/value_pb.js';
export { HttpInspectorSchema } from '#gen/envoy/extensions/filters/listener/http_inspector/v3/http_inspector_pb.js';
export { OriginalDstSchema } from '#gen/envoy/extensions/filters/listener/original_dst/v3/original_dst_pb.js';
export { ProxyProtocolSchema } from '#gen/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb.js';
export { TlsInspectorSchema } from '#gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.js';
export { ConnectionLimitSchema } from '#gen/envoy/extensions/filters/network/connection_limit/v3/connection_limit_pb.js';
export { ConfigSchema as NetworkDirectResponseSchema } from '#gen/envoy/extensions/filters/network/direct_response/v3/config_pb.js';
export {
  HttpConnectionManager_CodecType,
  HttpConnectionManager_ForwardClientCertDetails,
  HttpConnectionManager_PathWithEscapedSlashesAction,
  HttpConnectionManager_ServerHeaderTransformation,
  HttpConnectionManagerSchema,
  HttpFilterSchema,
  LocalReplyConfigSchema,
  RdsSchema,
  ResponseMapperSchema,
} from '#gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
export { LocalRateLimitSchema as NetworkLocalRateLimitSchema } from '#gen/envoy/extensions/filters/network/local_ratelimit/v3/local_rate_limit_pb.js';
export { RBAC_EnforcementType as NetworkRBAC_EnforcementType, RBACSchema as NetworkRbacSchema } from '#gen/envoy/extensions/filters/network/rbac/v3/rbac_pb.js';
export { ConfigSchema as NetworkSetFilterStateSchema } from '#gen/envoy/extensions/filters/network/set_filter_state/v3/set_filter_state_pb.js';
export { FilterConfigSchema as SniDynamicForwardProxySchema } from '#gen/envoy/extensions/filters/network/sni_dynamic_forward_proxy/v3/sni_dynamic_forward_proxy_pb.js';
export { TcpProxySchema, UpstreamConnectMode } from '#gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
export { DnsFilterConfigSchema } from '#gen/envoy/extensions/filters/udp/dns_filter/v3/dns_filter_pb.js';
export { RouteSchema as UdpRouteSchema } from '#gen/envoy/extensions/filters/udp/udp_proxy/v3/route_pb.js';
export { UdpProxyConfigSchema } from '#gen/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.js';
export { ClientSideWeightedRoundRobinSchema } from '#gen/envoy/extensions/load_balancing_policies/client_side_weighted_round_robin/v3/client_side_weighted_round_robin_pb.js';
export { LeastRequest_SelectionMethod, LeastRequestSchema } from '#gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb.js';
export { MaglevSchema } from '#gen/envoy/extensions/load_balancing_policies/maglev/v3/maglev_pb.js';
export { RandomSchema } from '#gen/envoy/extensions/load_balancing_policies/random/v3/random_pb.js';
export { RingHash_HashFunction, RingHashSchema } from '#gen/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb.js';
export { RoundRobinSchema } from '#gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin_pb.js';
export { WrrLocalitySchema } from '#gen/envoy/extensions/load_balancing_policies/wrr_locality/v3/wrr_locality_pb.js';
export { TransformStatSchema } from '#gen/envoy/extensions/matching/actions/transform_stat/v3/transform_stat_pb.js';
export { UriSanInputSchema } from '#gen/envoy/extensions/matching/common_inputs/ssl/v3/ssl_inputs_pb.js';
export { StatTagValueInputSchema } from '#gen/envoy/extensions/matching/common_inputs/stats/v3/stats_pb.js';
export { CaresDnsResolverConfigSchema } from '#gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.js';
export { ConfigSchema as MtlsAuthenticatedSchema } from '#gen/envoy/extensions/rbac/principals/mtls_authenticated/v3/mtls_authenticated_pb.js';
export { PreviousHostsPredicateSchema } from '#gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js';
export { Http11ProxyUpstreamTransportSchema } from '#gen/envoy/extensions/transport_sockets/http_11_proxy/v3/upstream_http_11_connect_pb.js';
export { InternalUpstreamTransportSchema } from '#gen/envoy/extensions/transport_sockets/internal_upstream/v3/internal_upstream_pb.js';
export { ProxyProtocolUpstreamTransportSchema } from '#gen/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol_pb.js';
export { QuicDownstreamTransportSchema } from '#gen/envoy/extensions/transport_sockets/quic/v3/quic_transport_pb.js';
export { RawBufferSchema } from '#gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb.js';
export {
  CertificateValidationContext_TrustChainVerification,
  CertificateValidationContextSchema,
  SubjectAltNameMatcher_SanType,
  SubjectAltNameMatcherSchema,
  TlsCertificateSchema,
  TlsParameters_TlsProtocol,
  TlsParametersSchema,
} from '#gen/envoy/extensions/transport_sockets/tls/v3/common_pb.js';
export { CommonTlsContextSchema, DownstreamTlsContextSchema, UpstreamTlsContextSchema } from '#gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js';
export { SPIFFECertValidatorConfigSchema as SpiffeCertValidatorConfigSchema } from '#gen/envoy/extensions/transport_sockets/tls/v3/tls_spiffe_validator_config_pb.js';
export { HttpProtocolOptionsSchema as UpstreamHttpProtocolOptionsSchema } from '#gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
export { TcpProtocolOptionsSchema as UpstreamTcpProtocolOptionsSchema } from '#gen/envoy/extensions/upstreams/tcp/v3/tcp_protocol_options_pb.js';
