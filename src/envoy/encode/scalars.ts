import { ScalarType } from '@bufbuild/protobuf';
import { delimited, fixed, raw, text, varint, varint64 } from './writer.ts';

/** A writer whose value type is known only from the descriptor it was made for. */
export type Put = (value: never) => void;

/** How one element of a field travels: its wire type, its writer, and the value that proto3 leaves out. */
export interface Wire {
  readonly wire: 0 | 1 | 2 | 5;
  readonly put: Put;
  readonly isDefault?: (value: never) => boolean;
}

const zero = (value: number): boolean => value === 0;
const zero64 = (value: bigint | number | string): boolean => value === 0n || value === 0 || BigInt(value) === 0n;
/** -0 is not the default: protobuf compares bits. */
const zeroFloat = (value: number): boolean => Object.is(value, 0);

const uint32 = (value: number): void => {
  if (!(Number.isInteger(value) && value >= 0 && value <= 0xffffffff)) throw new RangeError(`not a uint32: ${value}`);
  varint(value);
};
const int32 = (value: number): void => {
  if ((value | 0) !== value) throw new RangeError(`not an int32: ${value}`);
  if (value < 0) varint64(value);
  else varint(value);
};
const zigzag64 = (value: bigint | number | string): void => {
  const wide = BigInt(value);
  varint64(BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n)));
};

export const putString = delimited(text);
export const putDouble = (value: number): void => fixed(8, (view, offset) => view.setFloat64(offset, value, true));

/** https://protobuf.dev/programming-guides/encoding/ */
export const SCALARS: Readonly<Record<ScalarType, Wire>> = {
  [ScalarType.STRING]: { wire: 2, put: putString, isDefault: (value: string) => value === '' },
  [ScalarType.BYTES]: { wire: 2, put: delimited(raw), isDefault: (value: Uint8Array) => value.length === 0 },
  [ScalarType.BOOL]: { wire: 0, put: (value: boolean) => varint(value ? 1 : 0), isDefault: (value: boolean) => !value },
  [ScalarType.UINT32]: { wire: 0, put: uint32, isDefault: zero },
  [ScalarType.INT32]: { wire: 0, put: int32, isDefault: zero },
  [ScalarType.SINT32]: { wire: 0, put: (value: number) => varint(((value << 1) ^ (value >> 31)) >>> 0), isDefault: zero },
  [ScalarType.UINT64]: { wire: 0, put: varint64, isDefault: zero64 },
  [ScalarType.INT64]: { wire: 0, put: varint64, isDefault: zero64 },
  [ScalarType.SINT64]: { wire: 0, put: zigzag64, isDefault: zero64 },
  [ScalarType.DOUBLE]: { wire: 1, put: putDouble, isDefault: zeroFloat },
  [ScalarType.FLOAT]: { wire: 5, put: (value: number) => fixed(4, (view, offset) => view.setFloat32(offset, value, true)), isDefault: zeroFloat },
  [ScalarType.FIXED32]: { wire: 5, put: (value: number) => fixed(4, (view, offset) => view.setUint32(offset, value, true)), isDefault: zero },
  [ScalarType.SFIXED32]: { wire: 5, put: (value: number) => fixed(4, (view, offset) => view.setInt32(offset, value, true)), isDefault: zero },
  [ScalarType.FIXED64]: { wire: 1, put: (value: bigint) => fixed(8, (view, offset) => view.setBigUint64(offset, BigInt(value), true)), isDefault: zero64 },
  [ScalarType.SFIXED64]: { wire: 1, put: (value: bigint) => fixed(8, (view, offset) => view.setBigInt64(offset, BigInt(value), true)), isDefault: zero64 },
};
