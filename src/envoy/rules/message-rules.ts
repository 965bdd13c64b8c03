// One checker per message type, made from its descriptor at first use. A message without any rule in it costs nothing after that.
import { type DescField, type DescMessage, type DescOneof, getOption, hasOption, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence, isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { disabled, type FieldRules, ignored, required, rules as rulesOption } from '#gen/validate/validate_pb.js';
import { Packed, Preencoded } from '../encode/index.ts';
import { durationRules } from './duration-rules.ts';
import { elementCheck } from './element-rules.ts';
import { all, type Check, type Found, must, within } from './violation.ts';

type Init = Readonly<Record<string, unknown>>;
type OneofInit = { readonly case?: string; readonly value?: unknown } | undefined;

const CHECKERS = new WeakMap<DescMessage, (value: Init, found: Found) => void>();

/** Reports what Envoy's validators would say of `init`, also inside packed messages. Preencoded bytes were checked when they were made. */
export function checkMessage(desc: DescMessage, init: unknown, found: Found): void {
  if (init instanceof Preencoded) return;
  checkerOf(desc)(init as Init, found);
}

function checkerOf(desc: DescMessage): (value: Init, found: Found) => void {
  const known = CHECKERS.get(desc);
  if (known !== undefined) return known;
  const members = hasOption(desc, disabled) || hasOption(desc, ignored) ? new Map<string, Check>() : membersOf(desc);
  const needed = [...members].filter(([, check]) => !acceptsAbsence(check));
  const checker = (value: Init, found: Found): void => {
    // An init object has few of a message's many fields: what is there is looked at, and what must be there is looked for.
    for (const name in value) if (value[name] !== undefined) members.get(name)?.(value[name], found);
    for (const [name, check] of needed) if (value[name] === undefined) check(undefined, found);
  };
  CHECKERS.set(desc, checker);
  return checker;
}

/** Checks by the names that members have in init objects: fields, and oneofs as a whole. */
function membersOf(desc: DescMessage): ReadonlyMap<string, Check> {
  const members = new Map<string, Check>();
  for (const field of desc.fields) {
    const check = field.oneof === undefined ? fieldCheck(field) : undefined;
    if (check !== undefined) members.set(field.localName, (value, found) => within(field.name, check, value, found));
  }
  for (const oneof of desc.oneofs) members.set(oneof.localName, oneofCheck(oneof));
  return members;
}

function acceptsAbsence(check: Check): boolean {
  const found: Found = [];
  check(undefined, found);
  return found.length === 0;
}

function oneofCheck(oneof: DescOneof): Check {
  const needed = getOption(oneof, required);
  const rule = `must be set: one of ${oneof.fields.map((field) => field.name).join(', ')}`;
  const cases = new Map(oneof.fields.map((field) => [field.localName, { name: field.name, check: presentCheck(field, rulesOf(field)) }]));
  return (value, found) => {
    const chosen = value as OneofInit;
    if (chosen?.case === undefined || chosen.value === undefined) {
      if (needed) found.push({ path: oneof.name, rule });
      return;
    }
    const one = cases.get(chosen.case);
    if (one?.check !== undefined) within(one.name, one.check, chosen.value, found);
  };
}

function rulesOf(field: DescField): FieldRules | undefined {
  return hasOption(field, rulesOption) ? getOption(field, rulesOption) : undefined;
}

/** The check of a field outside a oneof; absent values are its matter: they stand for the default, or are missing. */
function fieldCheck(field: DescField): Check | undefined {
  const rules = rulesOf(field);
  const check = presentCheck(field, rules);
  if (field.fieldKind === 'list' || field.fieldKind === 'map') return check === undefined ? undefined : orDefault(field.fieldKind === 'list' ? [] : {}, check);
  if (field.fieldKind !== 'message' && field.presence === FeatureSet_FieldPresence.IMPLICIT && rules !== undefined && check !== undefined) {
    return orDefault(zeroOf(field), check);
  }
  const needed = rules?.message?.required === true || ((rules?.type.case === 'duration' || rules?.type.case === 'any') && rules.type.value.required);
  if (check === undefined && !needed) return undefined;
  return (value, found) => {
    if (value !== undefined) check?.(value, found);
    else if (needed) found.push({ path: '', rule: 'is required' });
  };
}

function orDefault(fallback: unknown, check: Check): Check {
  return (value, found) => check(value ?? fallback, found);
}

function zeroOf(field: DescField & { fieldKind: 'scalar' | 'enum' }): unknown {
  if (field.fieldKind === 'enum') return 0;
  if (field.scalar === ScalarType.STRING) return '';
  if (field.scalar === ScalarType.BYTES) return new Uint8Array(0);
  return field.scalar === ScalarType.BOOL ? false : 0;
}

/** The check of a value that is there. */
function presentCheck(field: DescField, rules: FieldRules | undefined): Check | undefined {
  if (field.fieldKind === 'list') return listCheck(field, rules);
  if (field.fieldKind === 'map') return mapCheck(field, rules);
  return valueCheck(field, field, rules);
}

type Element = Parameters<typeof elementCheck>[0] & { readonly message?: DescMessage | undefined };

function valueCheck(field: DescField, of: Element, rules: FieldRules | undefined): Check | undefined {
  if (of.message === undefined) return elementCheck(of, rules);
  if (rules?.message?.skip === true) return undefined;
  const desc = of.message;
  if (desc.typeName === 'google.protobuf.Duration') return durationRules(rules?.type.case === 'duration' ? rules.type.value : undefined);
  if (desc.typeName === 'google.protobuf.Any') return anyCheck(rules);
  if (desc.typeName.startsWith('google.protobuf.Struct')) return undefined;
  if (field.fieldKind === 'message' && field.oneof === undefined && isWrapperDesc(desc)) return elementCheck({ scalar: desc.fields[0].scalar }, rules);
  let check: ((value: Init, found: Found) => void) | undefined; // resolved at first use: messages may contain themselves
  return (value, found) => {
    if (value instanceof Preencoded) return;
    check ??= checkerOf(desc);
    check(value as Init, found);
  };
}

function anyCheck(rules: FieldRules | undefined): Check {
  const any = rules?.type.case === 'any' ? rules.type.value : undefined;
  return (value, found) => {
    const typeUrl = (value as { readonly typeUrl?: string }).typeUrl ?? '';
    if (any !== undefined && any.in.length > 0 && !any.in.includes(typeUrl)) found.push({ path: '', rule: `must be one of ${any.in.join(', ')}` });
    if (any?.notIn.includes(typeUrl)) found.push({ path: '', rule: `must not be one of ${any.notIn.join(', ')}` });
    if (value instanceof Packed) checkMessage(value.desc, value.init, found);
  };
}

function listCheck(field: DescField & { fieldKind: 'list' }, rules: FieldRules | undefined): Check | undefined {
  const list = rules?.type.case === 'repeated' ? rules.type.value : undefined;
  const item = valueCheck(field, field, list?.items);
  const [min, max] = [Number(list?.minItems ?? 0), Number(list?.maxItems ?? 0)];
  const check = all([
    min > 0 ? must<readonly unknown[]>(`must have at least ${min} item${min === 1 ? '' : 's'}`, (value) => value.length >= min) : undefined,
    max > 0 ? must<readonly unknown[]>(`must have at most ${max} items`, (value) => value.length <= max) : undefined,
    list?.unique === true ? must<readonly unknown[]>('must have no item twice', (value) => new Set(value).size === value.length) : undefined,
    item === undefined ? undefined : (value, found) => (value as readonly unknown[]).forEach((one, i) => void within(`[${i}]`, item, one, found)),
  ]);
  if (check === undefined || list?.ignoreEmpty !== true) return check;
  return (value, found) => {
    if ((value as readonly unknown[]).length > 0) check(value, found);
  };
}

function mapCheck(field: DescField & { fieldKind: 'map' }, rules: FieldRules | undefined): Check | undefined {
  const map = rules?.type.case === 'map' ? rules.type.value : undefined;
  const key = field.mapKey === ScalarType.STRING ? elementCheck({ scalar: ScalarType.STRING }, map?.keys) : undefined;
  const item = valueCheck(field, field, map?.values);
  const [min, max] = [Number(map?.minPairs ?? 0), Number(map?.maxPairs ?? 0)];
  const entry = all([
    key === undefined ? undefined : (pair, found) => key((pair as [string, unknown])[0], found),
    item === undefined ? undefined : (pair, found) => item((pair as [string, unknown])[1], found),
  ]);
  return all([
    min > 0 ? must<object>(`must have at least ${min} entr${min === 1 ? 'y' : 'ies'}`, (value) => Object.keys(value).length >= min) : undefined,
    max > 0 ? must<object>(`must have at most ${max} entries`, (value) => Object.keys(value).length <= max) : undefined,
    entry === undefined ? undefined : (value, found) => Object.entries(value as object).forEach((pair) => void within(`["${pair[0]}"]`, entry, pair, found)),
  ]);
}
