// Tracing: what a connection manager and a route say of it, and who decides.
export { OpenTelemetryConfigSchema } from '#gen/envoy/config/trace/v3/opentelemetry_pb.js';
export type { HttpConnectionManager_TracingSchema } from '#gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
export { UuidRequestIdConfigSchema as UuidRequestIdSchema } from '#gen/envoy/extensions/request_id/uuid/v3/uuid_pb.js';
export { CELSamplerConfigSchema as CelSamplerSchema } from '#gen/envoy/extensions/tracers/opentelemetry/samplers/v3/cel_sampler_pb.js';
export { ParentBasedSamplerConfigSchema as ParentBasedSamplerSchema } from '#gen/envoy/extensions/tracers/opentelemetry/samplers/v3/parent_based_sampler_pb.js';
export type { CustomTagSchema } from '#gen/envoy/type/tracing/v3/custom_tag_pb.js';
