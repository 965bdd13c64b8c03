// HTTP filters of the fixed filter list, and what goes with them.

export { StringValueSchema } from '@bufbuild/protobuf/wkt';
export type { ExprSchema as CelExprSchema } from '#gen/cel/expr/syntax_pb.js';
export type { RateLimit_ActionSchema as RateLimitActionSchema, RateLimitSchema } from '#gen/envoy/config/route/v3/route_components_pb.js';
export { RetryPolicy_ResetHeaderFormat } from '#gen/envoy/config/route/v3/route_components_pb.js';
export { ExtensionWithMatcherSchema } from '#gen/envoy/extensions/common/matching/v3/extension_matcher_pb.js';
export type { LocalRateLimitDescriptorSchema } from '#gen/envoy/extensions/common/ratelimit/v3/ratelimit_pb.js';
export { XRateLimitHeadersRFCVersion } from '#gen/envoy/extensions/common/ratelimit/v3/ratelimit_pb.js';
export { SkipFilterSchema } from '#gen/envoy/extensions/filters/common/matcher/action/v3/skip_action_pb.js';
export { AdaptiveConcurrencySchema } from '#gen/envoy/extensions/filters/http/adaptive_concurrency/v3/adaptive_concurrency_pb.js';
export { AdmissionControlSchema } from '#gen/envoy/extensions/filters/http/admission_control/v3/admission_control_pb.js';
export { CompositePerRouteSchema, CompositeSchema, ExecuteFilterActionSchema } from '#gen/envoy/extensions/filters/http/composite/v3/composite_pb.js';
export { CorsPolicySchema, CorsSchema } from '#gen/envoy/extensions/filters/http/cors/v3/cors_pb.js';
export { CredentialInjectorSchema } from '#gen/envoy/extensions/filters/http/credential_injector/v3/credential_injector_pb.js';
export { FilterConfigSchema as DynamicForwardProxyFilterSchema } from '#gen/envoy/extensions/filters/http/dynamic_forward_proxy/v3/dynamic_forward_proxy_pb.js';
export { ExtAuthzSchema } from '#gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb.js';
export {
  ExternalProcessor_RouteCacheAction,
  ExternalProcessorSchema,
  ExtProcOverridesSchema,
  ExtProcPerRouteSchema,
} from '#gen/envoy/extensions/filters/http/ext_proc/v3/ext_proc_pb.js';
export { ProcessingMode_BodySendMode, ProcessingMode_HeaderSendMode } from '#gen/envoy/extensions/filters/http/ext_proc/v3/processing_mode_pb.js';
export { HTTPFaultSchema as HttpFaultSchema } from '#gen/envoy/extensions/filters/http/fault/v3/fault_pb.js';
export { FilterConfigSchema as GrpcStatsSchema } from '#gen/envoy/extensions/filters/http/grpc_stats/v3/config_pb.js';
export { GrpcWebSchema } from '#gen/envoy/extensions/filters/http/grpc_web/v3/grpc_web_pb.js';
export { HeaderMutationPerRouteSchema, HeaderMutationSchema } from '#gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb.js';
export { HealthCheckSchema as HealthCheckFilterSchema } from '#gen/envoy/extensions/filters/http/health_check/v3/health_check_pb.js';
export {
  JwtAuthenticationSchema,
  type JwtProviderSchema,
  type JwtRequirementSchema,
  PerRouteConfigSchema as JwtPerRouteSchema,
} from '#gen/envoy/extensions/filters/http/jwt_authn/v3/config_pb.js';
export { LocalRateLimitSchema as HttpLocalRateLimitSchema } from '#gen/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb.js';
export { LuaPerRouteSchema, LuaSchema } from '#gen/envoy/extensions/filters/http/lua/v3/lua_pb.js';
export {
  CookieConfig_SameSite,
  OAuth2Config_AuthType,
  type OAuth2ConfigSchema,
  OAuth2PerRouteSchema,
  OAuth2Schema,
} from '#gen/envoy/extensions/filters/http/oauth2/v3/oauth_pb.js';
export { RBACPerRouteSchema as HttpRbacPerRouteSchema, RBACSchema as HttpRbacSchema } from '#gen/envoy/extensions/filters/http/rbac/v3/rbac_pb.js';
export { RouterSchema } from '#gen/envoy/extensions/filters/http/router/v3/router_pb.js';
export { ConfigSchema as HttpSetFilterStateSchema } from '#gen/envoy/extensions/filters/http/set_filter_state/v3/set_filter_state_pb.js';
export { ConfigSchema as SetMetadataSchema } from '#gen/envoy/extensions/filters/http/set_metadata/v3/set_metadata_pb.js';
export { StatefulSessionPerRouteSchema, StatefulSessionSchema } from '#gen/envoy/extensions/filters/http/stateful_session/v3/stateful_session_pb.js';
export { UpstreamCodecSchema } from '#gen/envoy/extensions/filters/http/upstream_codec/v3/upstream_codec_pb.js';
export { WasmSchema } from '#gen/envoy/extensions/filters/http/wasm/v3/wasm_pb.js';
export { HeaderMutationSchema as EarlyHeaderMutationSchema } from '#gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb.js';
export { GenericSchema as GenericCredentialSchema } from '#gen/envoy/extensions/http/injected_credentials/generic/v3/generic_pb.js';
export { CookieBasedSessionStateSchema } from '#gen/envoy/extensions/http/stateful_session/cookie/v3/cookie_pb.js';
export { HeaderBasedSessionStateSchema } from '#gen/envoy/extensions/http/stateful_session/header/v3/header_pb.js';
export { DescriptorSchema as ExprDescriptorSchema } from '#gen/envoy/extensions/rate_limit_descriptors/expr/v3/expr_pb.js';
export { PreviousPrioritiesConfigSchema } from '#gen/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb.js';
export { FailurePolicy as WasmFailurePolicy } from '#gen/envoy/extensions/wasm/v3/wasm_pb.js';
export { HttpRequestHeaderMatchInputSchema } from '#gen/envoy/type/matcher/v3/http_inputs_pb.js';
export { StatusCode as HttpStatusCode } from '#gen/envoy/type/v3/http_status_pb.js';
export { CelMatcherSchema } from '#gen/xds/type/matcher/v3/cel_pb.js';
export { HttpAttributesCelMatchInputSchema } from '#gen/xds/type/matcher/v3/http_inputs_pb.js';
export type { Matcher_MatcherList_PredicateSchema, MatcherSchema } from '#gen/xds/type/matcher/v3/matcher_pb.js';
