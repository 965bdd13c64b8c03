// Envoy's own validation rules (`validate.rules`, protoc-gen-validate), read from the descriptors. One message that breaks them makes
// Envoy drop the whole response it came in, often without naming the resource, so they are checked before anything leaves.
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { byCodeUnit } from '../../base/index.ts';
import { checkMessage } from './message-rules.ts';
import type { Found, Violation } from './violation.ts';

export type { Violation } from './violation.ts';

/** Everything in `init` that Envoy would refuse by rule, also inside `pack`ed messages, in the order of paths; empty when it is fine. */
export function violations<D extends DescMessage>(desc: D, init: MessageInitShape<D>): readonly Violation[] {
  const found: Found = [];
  checkMessage(desc, init, found);
  return found.length < 2 ? found : found.sort((a, b) => byCodeUnit(a.path, b.path));
}
