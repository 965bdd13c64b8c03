import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';

/** A message that will travel inside google.protobuf.Any. It keeps its descriptor and value, so rules can be checked in it. */
export class Packed {
  readonly typeUrl: string;
  readonly desc: DescMessage;
  readonly init: unknown;

  constructor(desc: DescMessage, init: unknown) {
    this.typeUrl = `type.googleapis.com/${desc.typeName}`;
    this.desc = desc;
    this.init = init;
  }
}

/** The bytes of a message that was encoded (and checked) before. */
export class Preencoded {
  readonly pieces: readonly Uint8Array[];

  constructor(pieces: readonly Uint8Array[]) {
    this.pieces = pieces;
  }
}

/**
 * A message as the value of a google.protobuf.Any field: `typedConfig: pack(RouterSchema, {…})`. It is written in place when the
 * outer message is encoded. `init` may itself be `preencoded` bytes.
 */
export function pack<D extends DescMessage>(desc: D, init: MessageInitShape<D>): Packed {
  return new Packed(desc, init);
}

/**
 * Bytes (or pieces of bytes) of a message, usable wherever a message of that type is expected; they are spliced in as they are.
 * The type argument is optional: without it the value fits every message field, and it is the caller who knows that the
 * bytes are of the right type. Not for wrapper fields (UInt32Value …) or Struct, which protobuf-es holds as plain values.
 */
export function preencoded<D extends DescMessage = never>(bytes: Uint8Array | readonly Uint8Array[]): MessageInitShape<D> {
  return new Preencoded(bytes instanceof Uint8Array ? [bytes] : bytes) as unknown as MessageInitShape<D>;
}
