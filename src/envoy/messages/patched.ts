// Messages that only come in through a user's own words (ProxyPatch).
export { TypedStructSchema } from '#gen/xds/type/v3/typed_struct_pb.js';
