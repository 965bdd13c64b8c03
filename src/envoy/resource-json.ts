// Resources as JSON that can be changed and made into resources again: complete, with Envoy's own field names, nothing blacked out.
import { type DescField, type DescMessage, fromBinary, fromJson, type JsonValue, type Message, toJson } from '@bufbuild/protobuf';
import { Packed } from './encode/index.ts';
import { checkedResource, type ResourceParts } from './make-resource.ts';
import { joined, messageType, registry } from './registry.ts';
import { type Resource, TYPE_URLS } from './resource.ts';

const ANY = 'google.protobuf.Any';
const TYPED_STRUCT = 'type.googleapis.com/xds.type.v3.TypedStruct';
const JSONS = new WeakMap<Resource, JsonValue>();

/**
 * The content of a resource, complete; the same value for the same resource, not to be changed. It may hold secrets: it is for changing
 * resources, not for showing them. Throws when the bytes are no message of its type.
 */
export function resourceJson(resource: Resource): JsonValue {
  const known = JSONS.get(resource);
  if (known !== undefined) return known;
  const desc = messageType(TYPE_URLS[resource.type]);
  if (desc === undefined) throw new Error(`no message type for ${resource.type}`);
  const json = toJson(desc, fromBinary(desc, joined(resource.body)), { registry: registry(), useProtoFieldName: true });
  JSONS.set(resource, json);
  return json;
}

export type ReadResource = { readonly resource: Resource } | { readonly problems: readonly string[] };

/**
 * A resource out of JSON that somebody wrote, or what is wrong with it: by protobuf's own reading, then by Envoy's rules, also inside
 * packed messages. Extensions that Weft has no message for travel as TypedStruct, which Envoy reads itself. Deterministic.
 */
export function resourceOfJson(json: JsonValue, parts: ResourceParts): ReadResource {
  const desc = messageType(TYPE_URLS[parts.type]);
  if (desc === undefined) return { problems: [`no message type for ${parts.type}`] };
  try {
    const message = fromJson(desc, withTypedStructs(json), { registry: registry() });
    const checked = checkedResource({ ...parts, desc, init: unpacked(desc, message) });
    return 'resource' in checked ? checked : { problems: checked.violations.map(({ path, rule }) => `${path}: ${rule}`) };
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
}

/** Types that Weft does not speak, as Envoy's own JSON form of any type. */
function withTypedStructs(json: JsonValue): JsonValue {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(withTypedStructs);
  const { '@type': type, ...rest } = json;
  if (typeof type === 'string' && messageType(type) === undefined) return { '@type': TYPED_STRUCT, type_url: type, value: rest };
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withTypedStructs(value)]));
}

type Fields = Record<string, unknown>;

/** The message with every Any as what is packed in it, so that rules see it and one encoder writes it. Changes the message, which is ours. */
function unpacked(desc: DescMessage, message: Message): Message {
  const fields = message as unknown as Fields;
  for (const field of desc.fields) {
    const inner = field.message;
    if (inner === undefined || (inner.typeName.startsWith('google.protobuf.') && inner.typeName !== ANY)) continue;
    replace(fields, field, (value) => (inner.typeName === ANY ? packedOf(value) : unpacked(inner, value as Message)));
  }
  return message;
}

function replace(fields: Fields, field: DescField, change: (value: unknown) => unknown): void {
  const chosen = field.oneof === undefined ? undefined : (fields[field.oneof.localName] as { readonly case?: string; value?: unknown } | undefined);
  if (chosen !== undefined) {
    if (chosen.case === field.localName) chosen.value = change(chosen.value);
    return;
  }
  const value = fields[field.localName];
  if (value === undefined || value === null) return;
  if (field.fieldKind === 'list') fields[field.localName] = (value as readonly unknown[]).map(change);
  else if (field.fieldKind === 'map') fields[field.localName] = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, change(each)]));
  else fields[field.localName] = change(value);
}

function packedOf(value: unknown): unknown {
  const { typeUrl, value: bytes } = value as { readonly typeUrl: string; readonly value: Uint8Array };
  const desc = messageType(typeUrl);
  return desc === undefined ? value : new Packed(desc, unpacked(desc, fromBinary(desc, bytes)));
}
