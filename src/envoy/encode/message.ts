// One writer per message type, made from its descriptor at first use: a list of slots in descending field order.
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence, isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { type Put, putString, SCALARS, type Wire } from './scalars.ts';
import { Packed, Preencoded } from './spliced.ts';
import { descendingEntries, putStruct } from './struct.ts';
import { delimited, splice, spliceField, tagged } from './writer.ts';

type Element = { readonly scalar?: ScalarType | undefined; readonly message?: DescMessage | undefined };
type Singular = Exclude<DescField, { fieldKind: 'list' | 'map' }>;
type Slot = { readonly name: string; readonly put: Put; readonly cases?: Map<string, Put> };

const WRITERS = new WeakMap<DescMessage, Put>();

/** Writes `init` as a message of type `desc`, without a length before it. */
export function putMessage(desc: DescMessage, init: unknown): void {
  if (init instanceof Preencoded) putPieces(init);
  else writerOf(desc)(init as never);
}

function putPieces({ pieces }: Preencoded): void {
  for (let i = pieces.length - 1; i >= 0; i--) splice(pieces[i] as Uint8Array);
}

const putPackedBody = delimited((packed: Packed) => putMessage(packed.desc, packed.init));

/** google.protobuf.Any: field 1 type_url, field 2 value. Unlike protobuf-es, an empty value is written too; Envoy reads both alike. */
function putPacked(packed: Packed): void {
  tagged(18, putPackedBody, packed);
  tagged(10, putString, packed.typeUrl);
}

function writerOf(desc: DescMessage): Put {
  const known = WRITERS.get(desc);
  if (known !== undefined) return known;
  const slots = slotsOf(desc);
  const places = new Map(slots.map((slot, place) => [slot.name, place]));
  const put = (value: Readonly<Record<string, unknown>>): void => {
    for (const place of placesOf(value, places)) putSlot(desc, slots[place] as Slot, value);
  };
  WRITERS.set(desc, put as Put);
  return put as Put;
}

/**
 * Places of the slots that have a value, in order. Init objects have few of a message's many members, so looking at what is there
 * and sorting it is quicker than asking for every member.
 */
function placesOf(value: Readonly<Record<string, unknown>>, places: ReadonlyMap<string, number>): readonly number[] {
  const found: number[] = [];
  for (const name in value) {
    const place = value[name] === undefined ? undefined : places.get(name);
    if (place === undefined) continue;
    let at = found.length;
    for (; at > 0 && (found[at - 1] as number) > place; at--) found[at] = found[at - 1] as number;
    found[at] = place;
  }
  return found;
}

function putSlot(desc: DescMessage, slot: Slot, value: Readonly<Record<string, unknown>>): void {
  const part = value[slot.name];
  if (slot.cases === undefined) slot.put(part as never);
  else putCase(desc, slot.cases, part as { readonly case?: string; readonly value: unknown });
}

function putCase(desc: DescMessage, cases: Map<string, Put>, part: { readonly case?: string; readonly value: unknown }): void {
  if (part.case === undefined || part.value === undefined) return;
  const put = cases.get(part.case);
  if (put === undefined) throw new TypeError(`${desc.typeName} has no case '${part.case}'`);
  put(part.value as never);
}

function slotsOf(desc: DescMessage): readonly Slot[] {
  const slots: Slot[] = [];
  const oneofs = new Map<string, Map<string, Put>>();
  for (const field of desc.fields.toSorted((a, b) => b.number - a.number)) {
    const put = fieldWriter(field);
    if (field.oneof === undefined) {
      slots.push({ name: field.localName, put });
      continue;
    }
    const cases = oneofs.get(field.oneof.localName) ?? new Map<string, Put>();
    if (cases.size === 0) slots.push({ name: field.oneof.localName, put, cases });
    oneofs.set(field.oneof.localName, cases.set(field.localName, put));
  }
  return slots;
}

function fieldWriter(field: DescField): Put {
  if (field.fieldKind === 'list') return listWriter(field);
  return field.fieldKind === 'map' ? mapWriter(field) : singularWriter(field);
}

function elementWire(field: DescField, of: Element): Wire {
  if (of.message !== undefined) return messageWire(field, of.message);
  return SCALARS[of.scalar ?? ScalarType.INT32]; // an enum travels as int32
}

function messageWire(field: DescField, desc: DescMessage): Wire {
  // Inside google.protobuf.Value a Struct is an ordinary message; everywhere else protobuf-es holds a JSON object.
  if (desc.typeName === 'google.protobuf.Struct' && field.parent?.typeName !== 'google.protobuf.Value') return { wire: 2, put: putStruct };
  if (field.fieldKind === 'message' && field.oneof === undefined && isWrapperDesc(desc)) return wrapperWire(desc.fields[0].scalar);
  let write: Put | undefined; // resolved at first use: messages may contain themselves
  const body = (value: unknown): void => {
    if (value instanceof Preencoded) putPieces(value);
    else if (value instanceof Packed) putPacked(value);
    else {
      write ??= writerOf(desc);
      write(value as never);
    }
  };
  return { wire: 2, put: delimited(body) };
}

/** google.protobuf.UInt32Value and friends: protobuf-es holds the bare value, undefined when absent. */
function wrapperWire(scalar: ScalarType): Wire {
  const { wire, put, isDefault } = SCALARS[scalar];
  const body = (value: never): void => {
    if (!isDefault?.(value)) tagged(8 | wire, put, value);
  };
  return { wire: 2, put: delimited(body) };
}

function listWriter(field: DescField & { fieldKind: 'list' }): Put {
  const { wire, put } = elementWire(field, field);
  const items = (list: readonly never[], each: (item: never) => void): void => {
    for (let i = list.length - 1; i >= 0; i--) each(list[i] as never);
  };
  const tag = field.number * 8 + (field.packed ? 2 : wire);
  if (field.listKind === 'message') return (list: readonly never[]) => items(list, (item) => putElement(tag, put, item));
  if (!field.packed) return (list: readonly never[]) => items(list, (item) => tagged(tag, put, item));
  const packed = delimited((list: readonly never[]) => items(list, put));
  return (list: readonly never[]) => {
    if (list.length > 0) tagged(tag, packed, list);
  };
}

/** Preencoded elements of a list are what resources share: each becomes one piece together with its head. */
function putElement(tag: number, put: Put, item: never): void {
  const whole: unknown = item;
  const [bytes, ...more] = whole instanceof Preencoded ? whole.pieces : [];
  if (bytes === undefined || more.length > 0 || !spliceField(tag, bytes)) tagged(tag, put, item);
}

function mapWriter(field: DescField & { fieldKind: 'map' }): Put {
  const key = SCALARS[field.mapKey];
  const value = elementWire(field, field);
  const entry = delimited(([name, item]: readonly [string, never]) => {
    tagged(16 | value.wire, value.put, item);
    tagged(8 | key.wire, key.put, mapKey(field.mapKey, name) as never);
  });
  return (map: Readonly<Record<string, never>>) => {
    for (const pair of descendingEntries(map)) tagged(field.number * 8 + 2, entry, pair);
  };
}

/** Keys of a JavaScript object are text whatever the map's key type is. */
function mapKey(type: ScalarType, name: string): string | number | boolean | bigint {
  if (type === ScalarType.STRING) return name;
  if (type === ScalarType.BOOL) return name === 'true';
  return Number.isSafeInteger(Number(name)) ? Number(name) : BigInt(name);
}

function singularWriter(field: Singular): Put {
  const { wire, put, isDefault } = elementWire(field, field);
  const tag = field.number * 8 + wire;
  const implicit = field.presence === FeatureSet_FieldPresence.IMPLICIT && field.oneof === undefined;
  if (!implicit || isDefault === undefined) return (value: never) => tagged(tag, put, value);
  return (value: never) => {
    if (!isDefault(value)) tagged(tag, put, value);
  };
}
