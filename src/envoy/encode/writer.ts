// The one output buffer of the encoder. It is filled from its end towards its start: when the length of something is due, the
// something is already written, so there is no sizing pass. Encoding is synchronous, so one buffer serves every call;
// `capture` nests.
import { getTextEncoding } from '@bufbuild/protobuf/wire';

/** Spliced bytes from this size on stay a piece of their own when pieces are asked for; smaller ones are cheaper copied. */
export const MIN_PIECE_BYTES = 256;

let bytes = new Uint8Array(1 << 16);
let view = new DataView(bytes.buffer);
/** Everything from here to the end of `bytes` is written. */
let at = bytes.length;
/** Distance from the end of `bytes` at which the current capture began. */
let base = 0;
/** Finished pieces of the current capture, last one first; undefined when one array is wanted. */
let pieces: Uint8Array[] | undefined;
let piecesBytes = 0;

const { encodeUtf8 } = getTextEncoding();

function reserve(count: number): void {
  if (at >= count) return;
  const used = bytes.length - at;
  const larger = new Uint8Array(Math.max(bytes.length * 2, used + count));
  larger.set(bytes.subarray(at), larger.length - used);
  at = larger.length - used;
  bytes = larger;
  view = new DataView(bytes.buffer);
}

/** Bytes written so far; only differences within one capture mean anything. */
export function written(): number {
  return bytes.length - at + piecesBytes;
}

/** Writes an unsigned integer up to 2^53 - 1. Throws RangeError on anything else: silently wrong bytes would be worse. */
export function varint(value: number): void {
  reserve(10);
  if (value >= 0 && value < 128) {
    bytes[--at] = value;
    return;
  }
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) throw new RangeError(`not an unsigned integer: ${value}`);
  let count = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 128)) count++;
  at -= count;
  for (let i = 0, rest = value; i < count; i++, rest = Math.floor(rest / 128)) bytes[at + i] = (rest % 128) | (i < count - 1 ? 128 : 0);
}

/** Writes 64 bits as protobuf does: negative numbers as their two's complement in ten bytes. Takes what protobuf-es takes. */
export function varint64(value: bigint | number | string): void {
  const small = Number(value);
  if (small >= 0 && small <= Number.MAX_SAFE_INTEGER) {
    varint(small);
    return;
  }
  reserve(10);
  const out: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    const more = rest > 127n;
    out.push(Number(rest & 127n) | (more ? 128 : 0));
    if (!more) break;
  }
  at -= out.length;
  bytes.set(out, at);
}

/** Makes room for a fixed-size value and hands out where to put it. */
export function fixed(size: 4 | 8, set: (view: DataView, offset: number) => void): void {
  reserve(size);
  at -= size;
  set(view, at);
}

/** Writes text as UTF-8. Names and hosts are ASCII: those are copied unit by unit without an encoder. */
export function text(value: string): void {
  reserve(value.length);
  const start = at - value.length;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 127) {
      raw(encodeUtf8(value));
      return;
    }
    bytes[start + i] = code;
  }
  at = start;
}

export function raw(value: Uint8Array): void {
  reserve(value.length);
  at -= value.length;
  bytes.set(value, at);
}

/** Writes bytes that exist already; they become a piece of their own, shared and not copied, when pieces are wanted. */
export function splice(value: Uint8Array): void {
  if (pieces === undefined || value.length < MIN_PIECE_BYTES) {
    raw(value);
    return;
  }
  setAside(pieces);
  pieces.push(value);
  piecesBytes += value.length;
}

/** Whole fields (tag, length, bytes) by the bytes in them: as shared as those, and they leave no piece of a few bytes between two others. */
const FIELDS = new WeakMap<Uint8Array, { readonly tag: number; readonly field: Uint8Array }>();

/** Writes a length-delimited field of bytes that exist already, as one shared piece; false (and nothing) when they are to be copied. */
export function spliceField(tag: number, value: Uint8Array): boolean {
  if (pieces === undefined || value.length < MIN_PIECE_BYTES) return false;
  const known = FIELDS.get(value);
  const field = known?.tag === tag ? known.field : wholeField(tag, value);
  splice(field);
  return true;
}

function wholeField(tag: number, value: Uint8Array): Uint8Array {
  const [field = value] = capture(() => tagged(tag, delimited(raw), value), false);
  FIELDS.set(value, { tag, field });
  return field;
}

/** Runs `put` and then writes the length of what it wrote. */
export function delimited<T>(put: (value: T) => void): (value: T) => void {
  return (value) => {
    const before = written();
    put(value);
    varint(written() - before);
  };
}

/** Writes a value and then its tag, which therefore stands before it. */
export function tagged<T>(tag: number, put: (value: T) => void, value: T): void {
  put(value);
  varint(tag);
}

function setAside(into: Uint8Array[]): void {
  const end = bytes.length - base;
  if (at === end) return;
  into.push(bytes.slice(at, end));
  piecesBytes += end - at;
  at = end;
}

/**
 * What `body` writes, as pieces whose concatenation is the message (one piece unless `split`). Nests: a capture inside a
 * capture leaves the outer one untouched, also when `body` throws.
 */
export function capture(body: () => void, split: boolean): Uint8Array[] {
  const outer = { base, pieces, piecesBytes };
  const collected: Uint8Array[] = [];
  base = bytes.length - at;
  pieces = split ? collected : undefined;
  piecesBytes = 0;
  try {
    body();
    setAside(collected);
    return collected.toReversed(); // exactly as long as it is: these lists are kept
  } finally {
    at = bytes.length - base;
    ({ base, pieces, piecesBytes } = outer);
  }
}
