// The messages of the delta protocol itself.
export { DeltaDiscoveryRequestSchema, DeltaDiscoveryResponseSchema } from '#gen/envoy/service/discovery/v3/discovery_pb.js';
