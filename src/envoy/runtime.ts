// Values of Envoy's runtime, told by RTDS on the stream that has the configuration (envoy.service.runtime.v3): the one thing that changes what a
// proxy does without a change of any listener, cluster or route.
import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { DeltaDiscoveryResponseSchema } from '#gen/envoy/service/discovery/v3/discovery_pb.js';
import { RuntimeSchema } from '#gen/envoy/service/runtime/v3/rtds_pb.js';

export const RUNTIME_TYPE_URL = 'type.googleapis.com/envoy.service.runtime.v3.Runtime';
/** Name of the layer in the bootstrap, and of its resource. */
export const RUNTIME_LAYER = 'weft';

/** Whole numbers by key. */
export type RuntimeValues = Readonly<Record<string, number>>;

export interface RuntimePush {
  readonly values: RuntimeValues;
  readonly version: string;
  readonly nonce: string;
  /** Envoy forgets the values by itself after so long, unless they come again. */
  readonly ttlMs?: number;
}

/** Bytes of the DeltaDiscoveryResponse that gives a proxy these values, and no others. */
export function encodeRuntime({ values, version, nonce, ttlMs }: RuntimePush): Uint8Array {
  const layer = create(RuntimeSchema, { name: RUNTIME_LAYER, layer: values });
  const ttl = ttlMs === undefined ? {} : { ttl: { seconds: BigInt(Math.ceil(ttlMs / 1000)), nanos: 0 } };
  const resource = { name: RUNTIME_LAYER, version, resource: anyPack(RuntimeSchema, layer), ...ttl };
  return toBinary(DeltaDiscoveryResponseSchema, create(DeltaDiscoveryResponseSchema, { typeUrl: RUNTIME_TYPE_URL, nonce, resources: [resource] }));
}
