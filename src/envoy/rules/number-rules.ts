// validate.rules for numbers and enums, and what a field's own type can hold: a value out of range cannot even be encoded.
import { type DescEnum, ScalarType } from '@bufbuild/protobuf';
import type { EnumRules } from '#gen/validate/validate_pb.js';
import { all, type Check, must } from './violation.ts';

type Numeric = number | bigint;

/** The rules that all numeric kinds of validate.proto share; 64-bit kinds hold bigints, which compare with numbers. */
export interface NumericRules {
  readonly const: Numeric;
  readonly lt: Numeric;
  readonly lte: Numeric;
  readonly gt: Numeric;
  readonly gte: Numeric;
  readonly in: readonly Numeric[];
  readonly notIn: readonly Numeric[];
  readonly ignoreEmpty: boolean;
}

export function numericRules(rules: NumericRules): Check | undefined {
  const has = (name: keyof NumericRules): boolean => Object.hasOwn(rules, name);
  const equal = (a: Numeric, b: Numeric): boolean => a === b || BigInt(a) === BigInt(b);
  const check = all([
    has('const') ? must<Numeric>(`must be ${rules.const}`, (value) => equal(value, rules.const)) : undefined,
    has('gt') ? must<Numeric>(`must be greater than ${rules.gt}`, (value) => value > rules.gt) : undefined,
    has('gte') ? must<Numeric>(`must be at least ${rules.gte}`, (value) => value >= rules.gte) : undefined,
    has('lt') ? must<Numeric>(`must be less than ${rules.lt}`, (value) => value < rules.lt) : undefined,
    has('lte') ? must<Numeric>(`must be at most ${rules.lte}`, (value) => value <= rules.lte) : undefined,
    rules.in.length > 0 ? must<Numeric>(`must be one of ${rules.in.join(', ')}`, (value) => rules.in.some((item) => equal(item, value))) : undefined,
    rules.notIn.length > 0
      ? must<Numeric>(`must not be one of ${rules.notIn.join(', ')}`, (value) => !rules.notIn.some((item) => equal(item, value)))
      : undefined,
  ]);
  if (check === undefined || !rules.ignoreEmpty) return check;
  return (value, found) => {
    if (!equal(value as Numeric, 0)) check(value, found);
  };
}

export function enumRules(rules: EnumRules | undefined, desc: DescEnum): Check | undefined {
  if (rules === undefined) return undefined;
  const defined = new Set(desc.values.map((value) => value.number));
  return all([
    Object.hasOwn(rules, 'const') ? must<number>(`must be ${rules.const}`, (value) => value === rules.const) : undefined,
    rules.definedOnly ? must<number>(`must be a value of ${desc.typeName}`, (value) => defined.has(value)) : undefined,
    rules.in.length > 0 ? must<number>(`must be one of ${rules.in.join(', ')}`, (value) => rules.in.includes(value)) : undefined,
    rules.notIn.length > 0 ? must<number>(`must not be one of ${rules.notIn.join(', ')}`, (value) => !rules.notIn.includes(value)) : undefined,
  ]);
}

const integerWithin = (low: number, high: number) => (value: number) => Number.isInteger(value) && value >= low && value <= high;
const wideWithin = (low: bigint, high: bigint) => (value: bigint) => value >= low && value <= high;
const INT32 = must('must be a 32-bit integer', integerWithin(-(2 ** 31), 2 ** 31 - 1));
const UINT32 = must('must be an unsigned 32-bit integer', integerWithin(0, 2 ** 32 - 1));
const INT64 = must('must be a 64-bit integer', wideWithin(-(2n ** 63n), 2n ** 63n - 1n));
const UINT64 = must('must be an unsigned 64-bit integer', wideWithin(0n, 2n ** 64n - 1n));

/** What the wire can carry for a scalar type; undefined where everything goes. */
export const RANGES: Partial<Readonly<Record<ScalarType, Check>>> = {
  [ScalarType.INT32]: INT32,
  [ScalarType.SINT32]: INT32,
  [ScalarType.SFIXED32]: INT32,
  [ScalarType.UINT32]: UINT32,
  [ScalarType.FIXED32]: UINT32,
  [ScalarType.INT64]: INT64,
  [ScalarType.SINT64]: INT64,
  [ScalarType.SFIXED64]: INT64,
  [ScalarType.UINT64]: UINT64,
  [ScalarType.FIXED64]: UINT64,
};
