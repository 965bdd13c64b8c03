// Resources as people read them: JSON with Envoy's own field names, google.protobuf.Any expanded, secrets blacked out.
import { type DescField, type DescMessage, fromBinary, getOption, type JsonValue, type MessageInitShape, toJson } from '@bufbuild/protobuf';
import { sensitive } from '#gen/udpa/annotations/sensitive_pb.js';
import { encode } from './encode/index.ts';
import { joined, messageType, registry } from './registry.ts';
import { type Resource, TYPE_URLS } from './resource.ts';

const REDACTED = '[redacted]';

/**
 * The content of a resource as JSON: proto field names, enums by name, defaults left out. Whatever Envoy's API marks as sensitive
 * (private keys, passwords) is `"[redacted]"`. Never throws: what cannot be decoded comes back as an object that says why.
 */
export function decodeResource(resource: Resource): unknown {
  const desc = messageType(TYPE_URLS[resource.type]);
  if (desc === undefined) return { undecoded: `no message type for ${resource.type}` };
  try {
    return redactMessage(desc, jsonOfBytes(desc, joined(resource.body)));
  } catch (error) {
    return { undecoded: error instanceof Error ? error.message : String(error) };
  }
}

/** A message as the JSON that Envoy reads from files (a bootstrap): complete, nothing blacked out. Throws on a packed type that is not in messages.ts. */
export function toEnvoyJson<D extends DescMessage>(desc: D, init: MessageInitShape<D>): JsonValue {
  return jsonOfBytes(desc, encode(desc, init));
}

function jsonOfBytes(desc: DescMessage, bytes: Uint8Array): JsonValue {
  return toJson(desc, fromBinary(desc, bytes), { registry: registry(), useProtoFieldName: true });
}

function redactMessage(desc: DescMessage, json: JsonValue): JsonValue {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return json;
  const packed = json['@type'];
  const shown = desc.typeName === 'google.protobuf.Any' && typeof packed === 'string' ? messageType(packed) : desc;
  if (shown === undefined) return json;
  const fields = new Map(shown.fields.map((field) => [field.name, field]));
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, redactField(fields.get(name), value)]));
}

function redactField(field: DescField | undefined, value: JsonValue): JsonValue {
  if (field === undefined) return value;
  if (getOption(field, sensitive)) return REDACTED;
  const desc = field.message;
  if (desc === undefined) return value;
  if (field.fieldKind === 'list' && Array.isArray(value)) return value.map((item) => redactMessage(desc, item));
  if (field.fieldKind === 'map' && value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactMessage(desc, item)]));
  }
  return redactMessage(desc, value);
}
