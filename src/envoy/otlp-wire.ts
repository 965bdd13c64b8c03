// Reading protobuf's wire format without making objects of it, for messages that come by the thousand. https://protobuf.dev/programming-guides/encoding/
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
const TWO_32 = 4_294_967_296;

/** A place in a message. Every method throws RangeError where the bytes end too early or are none of protobuf's. */
export class WireCursor {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;
  end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.byteLength;
  }

  /** A whole number; above 2^53 it is not exact. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      if (this.at >= this.end) throw new RangeError('a number ends too early');
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new RangeError('a number is too long');
  }

  #skip(count: number): number {
    const from = this.at;
    if (count > this.end - from) throw new RangeError('a field ends too early');
    this.at = from + count;
    return from;
  }

  /** fixed64 and sfixed64, not negative; above 2^53 it is not exact. */
  fixed64(): number {
    const from = this.#skip(8);
    return this.#view.getUint32(from + 4, true) * TWO_32 + this.#view.getUint32(from, true);
  }

  /** A thousandth of a fixed64, rounded down and exact: µs of ns. */
  fixed64Thousandth(): number {
    const from = this.#skip(8);
    const high = this.#view.getUint32(from + 4, true);
    return high * 4_294_967 + Math.floor((high * 296 + this.#view.getUint32(from, true)) / 1000);
  }

  double(): number {
    return this.#view.getFloat64(this.#skip(8), true);
  }

  /** Calls `field` with number and wire type of each field up to `end`; what it does not read is skipped. Returns behind it. */
  fields(end: number, field: (number: number, wire: number) => void): void {
    const outer = this.end;
    if (end > outer) throw new RangeError('a message ends too early');
    this.end = end;
    while (this.at < end) {
      const tag = this.varint();
      const wire = tag & 7;
      const start = this.at;
      const next = this.#behind(wire);
      this.at = start;
      this.end = next;
      field(Math.floor(tag / 8), wire);
      this.at = next;
      this.end = end;
    }
    this.end = outer;
  }

  /** Where a field of this wire type ends; for one with a length, `at` stands at its content afterwards. */
  #behind(wire: number): number {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED64) this.#skip(8);
    else if (wire === LENGTH) this.#skip(this.varint());
    else if (wire === FIXED32) this.#skip(4);
    else throw new RangeError(`wire type ${wire}`);
    return this.at;
  }

  /** Within a field with a length: steps over the length, so that `at` … `end` is the content. */
  enter(): number {
    this.varint();
    return this.end;
  }
}

export const WIRE = { varint: VARINT, fixed64: FIXED64, length: LENGTH } as const;
