// xds: the delta protocol as a state machine over values. A snapshot is what one proxy should hold; a subscription is what one
// stream knows of what its proxy holds; `step` takes one thing that happened and says what to send. No clock, no network: waiting
// is an output (`wake`) and an input (`elapsed`). The rules of the protocol and what Envoy was seen to do are tests, one each, in
// rules.test.ts; their reasons stand beside the code. The two messages of the protocol are read and written here as bytes, too.
export { checkReferences, type DanglingReference } from './check-references.ts';
export { decodeRequest } from './decode-request.ts';
export { encodeResponse } from './encode-response.ts';
export type { DeltaRequest, DeltaResponse, Input, Output, ResourceRef } from './protocol.ts';
export { EMPTY_SET, EMPTY_SNAPSHOT, type ResourceSet, resourceSet, type Snapshot, type Touched } from './snapshot.ts';
export { step } from './step.ts';
export { openSubscription, type Standing, type Subscription, standing } from './subscription.ts';
