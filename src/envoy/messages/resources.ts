// The message types of what Weft sends, with the parts that builders name in their signatures, and the enums in them.

export { AccessLogFilterSchema, AccessLogSchema, ComparisonFilter_Op, GrpcStatusFilter_Status } from '#gen/envoy/config/accesslog/v3/accesslog_pb.js';
export { BootstrapSchema } from '#gen/envoy/config/bootstrap/v3/bootstrap_pb.js';
export { CircuitBreakersSchema } from '#gen/envoy/config/cluster/v3/circuit_breaker_pb.js';
export {
  Cluster_ClusterProtocolSelection,
  Cluster_DiscoveryType,
  Cluster_DnsLookupFamily,
  Cluster_LbPolicy,
  ClusterSchema,
  LoadBalancingPolicySchema,
} from '#gen/envoy/config/cluster/v3/cluster_pb.js';
export { OutlierDetectionSchema } from '#gen/envoy/config/cluster/v3/outlier_detection_pb.js';
export { EndpointSchema, LbEndpointSchema, LocalityLbEndpointsSchema } from '#gen/envoy/config/endpoint/v3/endpoint_components_pb.js';
export { ClusterLoadAssignmentSchema } from '#gen/envoy/config/endpoint/v3/endpoint_pb.js';
export {
  FilterChainMatch_ConnectionSourceType,
  FilterChainMatchSchema,
  FilterChainSchema,
  FilterSchema,
  ListenerFilterSchema,
} from '#gen/envoy/config/listener/v3/listener_components_pb.js';
export { Listener_DrainType, ListenerSchema } from '#gen/envoy/config/listener/v3/listener_pb.js';
export { UdpListenerConfigSchema } from '#gen/envoy/config/listener/v3/udp_listener_config_pb.js';
export {
  ActionSchema as RbacMatcherActionSchema,
  type PermissionSchema as RbacPermissionSchema,
  type PrincipalSchema as RbacPrincipalSchema,
  RBAC_Action,
  RBACSchema as RbacSchema,
} from '#gen/envoy/config/rbac/v3/rbac_pb.js';
export {
  DirectResponseActionSchema,
  FilterConfigSchema,
  HeaderMatcherSchema,
  QueryParameterMatcherSchema,
  RedirectAction_RedirectResponseCode,
  RedirectActionSchema,
  RetryPolicySchema,
  RouteAction_ClusterNotFoundResponseCode,
  RouteAction_HashPolicySchema,
  RouteAction_InternalRedirectAction,
  RouteActionSchema,
  RouteMatchSchema,
  RouteSchema,
  VirtualHostSchema,
  WeightedCluster_ClusterWeightSchema,
  WeightedClusterSchema,
} from '#gen/envoy/config/route/v3/route_components_pb.js';
export { RouteConfigurationSchema } from '#gen/envoy/config/route/v3/route_pb.js';
export { AccessLogType } from '#gen/envoy/data/accesslog/v3/accesslog_pb.js';
export { GenericSecretSchema, SdsSecretConfigSchema, SecretSchema } from '#gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
