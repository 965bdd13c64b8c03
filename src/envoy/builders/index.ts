// Small builders for shapes that Envoy's API repeats. They know Envoy and nothing of meshes.
export { cidr, pipeAddress, type SocketAddressOptions, socketAddress } from './addresses.ts';
export { allOf, always, anyOf, before, type Condition, choosing, chosen, headerIs, not, routeSays } from './conditions.ts';
export { extension, httpProtocolOptions, type NamedConfig, named, type UpstreamHttpOptions } from './extensions.ts';
export { SAMPLING_METADATA, SAMPLING_SCALE, samplerAmongPeers, samplerTowardsStrangers } from './sampling.ts';
export { adsSource, duration, headerChange, headerMatcher, inline, percent, queryMatcher, type StringMatchKind, stringMatcher } from './values.ts';
