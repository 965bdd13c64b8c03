// Envoy's common parts (envoy.config.core, envoy.type) and protobuf's own.
export { AnySchema, type Duration, DurationSchema } from '@bufbuild/protobuf/wkt';
export {
  AddressSchema,
  BindConfigSchema,
  CidrRangeSchema,
  PipeSchema,
  SocketAddress_Protocol,
  SocketAddressSchema,
} from '#gen/envoy/config/core/v3/address_pb.js';
export {
  DataSourceSchema,
  HeaderValueOption_HeaderAppendAction,
  HeaderValueOptionSchema,
  HeaderValueSchema,
  LocalitySchema,
  MetadataSchema,
  NodeSchema,
  RequestMethod,
  RoutingPriority,
  RuntimeFractionalPercentSchema,
  TrafficDirection,
  TransportSocketSchema,
} from '#gen/envoy/config/core/v3/base_pb.js';
export { ApiConfigSource_ApiType, ApiVersion, ConfigSourceSchema, ExtensionConfigSourceSchema } from '#gen/envoy/config/core/v3/config_source_pb.js';
export { TypedExtensionConfigSchema } from '#gen/envoy/config/core/v3/extension_pb.js';
export { GrpcServiceSchema } from '#gen/envoy/config/core/v3/grpc_service_pb.js';
export { HealthCheckSchema, HealthStatus } from '#gen/envoy/config/core/v3/health_check_pb.js';
export {
  Http1ProtocolOptionsSchema,
  Http2ProtocolOptionsSchema,
  HttpProtocolOptions_HeadersWithUnderscoresAction,
  HttpProtocolOptionsSchema,
  TcpProtocolOptionsSchema,
} from '#gen/envoy/config/core/v3/protocol_pb.js';
export { ProxyProtocolConfig_Version, ProxyProtocolConfigSchema } from '#gen/envoy/config/core/v3/proxy_protocol_pb.js';
export { SocketOption_SocketState, SocketOptionSchema } from '#gen/envoy/config/core/v3/socket_option_pb.js';
export { SubstitutionFormatStringSchema } from '#gen/envoy/config/core/v3/substitution_format_string_pb.js';
export { MetadataMatcherSchema } from '#gen/envoy/type/matcher/v3/metadata_pb.js';
export { RegexMatchAndSubstituteSchema, RegexMatcherSchema } from '#gen/envoy/type/matcher/v3/regex_pb.js';
export { StringMatcherSchema } from '#gen/envoy/type/matcher/v3/string_pb.js';
export { CodecClientType } from '#gen/envoy/type/v3/http_pb.js';
export { StatusCode } from '#gen/envoy/type/v3/http_status_pb.js';
export { FractionalPercent_DenominatorType, FractionalPercentSchema, PercentSchema } from '#gen/envoy/type/v3/percent_pb.js';
export { Int64RangeSchema } from '#gen/envoy/type/v3/range_pb.js';
export { TokenBucketSchema } from '#gen/envoy/type/v3/token_bucket_pb.js';
