// Writes DER (ITU-T X.690): just what X.509 needs. Lengths are definite and shortest, as DER demands.

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Tag, length, contents. */
export function tlv(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const content of contents) length += content.byteLength;
  const head = lengthBytes(length);
  const out = new Uint8Array(1 + head.length + length);
  out[0] = tag;
  out.set(head, 1);
  let at = 1 + head.length;
  for (const content of contents) {
    out.set(content, at);
    at += content.byteLength;
  }
  return out;
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

export const sequence = (...items: readonly Uint8Array[]): Uint8Array => tlv(TAG.sequence, ...items);
export const set = (...items: readonly Uint8Array[]): Uint8Array => tlv(TAG.set, ...items);
export const octets = (bytes: Uint8Array): Uint8Array => tlv(TAG.octets, bytes);
export const utf8 = (text: string): Uint8Array => tlv(TAG.utf8, Buffer.from(text, 'utf8'));
export const boolean = (value: boolean): Uint8Array => tlv(TAG.boolean, Uint8Array.of(value ? 0xff : 0));

/** `[n] EXPLICIT` around one value. */
export const explicit = (n: number, value: Uint8Array): Uint8Array => tlv(0xa0 | n, value);
/** `[n] IMPLICIT` of a primitive type. */
export const implicit = (n: number, contents: Uint8Array): Uint8Array => tlv(0x80 | n, contents);

/** A non-negative INTEGER from its big-endian bytes; a leading zero is put where the sign bit would be read, and only there. */
export function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const magnitude = bytes.subarray(start);
  return (magnitude[0] ?? 0) >= 0x80 ? tlv(TAG.integer, Uint8Array.of(0), magnitude) : tlv(TAG.integer, magnitude.length === 0 ? Uint8Array.of(0) : magnitude);
}

/** BIT STRING of whole bytes. */
export const bitString = (bytes: Uint8Array): Uint8Array => tlv(TAG.bits, Uint8Array.of(0), bytes);

/** BIT STRING of named bits (X.690 §11.2.2: trailing zero bits are left out). `bits`: numbers of the bits that are set, below 16. */
export function namedBits(bits: readonly number[]): Uint8Array {
  const highest = Math.max(...bits, -1);
  if (highest < 0) return tlv(TAG.bits, Uint8Array.of(0));
  const bytes = new Uint8Array(Math.floor(highest / 8) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return tlv(TAG.bits, Uint8Array.of(7 - (highest & 7)), bytes);
}

/** OBJECT IDENTIFIER from dotted text. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const septets = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) septets.unshift(0x80 | (left & 0x7f));
    bytes.push(...septets);
  }
  return tlv(TAG.oid, Uint8Array.from(bytes));
}

/** Time to the second (RFC 5280 §4.1.2.5): UTCTime through 2049, GeneralizedTime from 2050. `epochMs` is cut to whole seconds. */
export function time(epochMs: number): Uint8Array {
  const digits = new Date(epochMs)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/[-:T]/g, '');
  const long = Number(digits.slice(0, 4)) >= 2050;
  return tlv(long ? TAG.generalizedTime : TAG.utcTime, Buffer.from(`${long ? digits : digits.slice(2)}Z`, 'latin1'));
}
