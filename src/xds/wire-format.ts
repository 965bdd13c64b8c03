// The little of protobuf's wire format that the two messages of the delta protocol need: a reader that walks fields without
// building messages, and sizes for writing into an array of exactly the right length. Text is envoy room's UTF-8.
import { WeftError } from '../base/index.ts';
import { decodeUtf8, encodeUtf8 } from '../envoy/index.ts';

/** gRPC INVALID_ARGUMENT: the client sent something that is no DeltaDiscoveryRequest. */
const MALFORMED = { retryable: false, grpc: 3, http: 400 } as const;

function malformed(why: string): WeftError {
  return new WeftError('malformed-request', MALFORMED, `not a protobuf message: ${why}`);
}

export interface Field {
  readonly number: number;
  /** Contents of a length-delimited field; empty for others. */
  readonly bytes: Uint8Array;
  /** Value of a varint field, low 53 bits; 0 for others. */
  readonly value: number;
}

/** Calls back for every field of a message, in order. Throws WeftError `malformed-request` when it is cut off or nonsense. */
export function eachField(message: Uint8Array, take: (field: Field) => void): void {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1, count = 0; count < 10; factor *= 128, count++) {
      const byte = message[at++];
      if (byte === undefined) throw malformed('cut off in a number');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw malformed('a number of more than ten bytes');
  };
  const bytes = (length: number): Uint8Array => {
    if (at + length > message.length) throw malformed('cut off in a field');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (number === 0) throw malformed('field number 0');
    if (wire === 0) take({ number, bytes: NO_BYTES, value: varint() });
    else if (wire === 2) take({ number, bytes: bytes(varint()), value: 0 });
    else if (wire === 1 || wire === 5) bytes(wire === 1 ? 8 : 4);
    else throw malformed(`wire type ${wire}`);
  }
}

const NO_BYTES = new Uint8Array(0);

export function textOf(field: Field): string {
  return decodeUtf8(field.bytes);
}

/** Collects a message as pieces in order; `finish` copies each of them once into one array. */
export class Pieces {
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Tag and length of a length-delimited field whose `size` bytes follow. */
  open(field: number, size: number): void {
    const head: number[] = [field * 8 + 2];
    for (let rest = size; ; rest = Math.floor(rest / 128)) {
      head.push(rest > 127 ? (rest % 128) | 128 : rest);
      if (rest < 128) break;
    }
    this.add(Uint8Array.from(head));
  }

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
  }

  text(field: number, value: string): void {
    const bytes = encodeUtf8(value);
    this.open(field, bytes.length);
    this.add(bytes);
  }

  append(other: Pieces): void {
    for (const piece of other.#pieces) this.add(piece);
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}

/** Bytes of tag and length in front of `size` bytes, for field numbers below 16. */
export function headSize(size: number): number {
  let length = 2;
  for (let rest = Math.floor(size / 128); rest > 0; rest = Math.floor(rest / 128)) length++;
  return length;
}
