// The one way messages become bytes. It takes the plain objects that protobuf-es calls init objects, without creating messages;
// map and Struct keys are sorted, so equal content has equal bytes whatever its insertion order, on any machine. A value
// for a message field may be the init object, `pack(desc, init)` for google.protobuf.Any, or `preencoded(bytes)`.
// Proto3 only: no groups, no extensions, no unknown fields.
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { putMessage } from './message.ts';
import { capture } from './writer.ts';

export { Packed, Preencoded, pack, preencoded } from './spliced.ts';

const NOTHING = new Uint8Array(0);

/**
 * Bytes of a message, deterministic. Throws RangeError or TypeError on a value that its field cannot hold (a negative uint32, an
 * unknown oneof case): a mistake of the program, not of a user.
 */
export function encode<D extends DescMessage>(desc: D, init: MessageInitShape<D>): Uint8Array {
  return capture(() => putMessage(desc, init), false)[0] ?? NOTHING;
}

/** Like `encode`, as pieces whose concatenation is the message: larger `preencoded` parts are shared, not copied. */
export function encodePieces<D extends DescMessage>(desc: D, init: MessageInitShape<D>): readonly Uint8Array[] {
  return capture(() => putMessage(desc, init), true);
}
