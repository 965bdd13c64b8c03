// google.protobuf.Struct, which protobuf-es holds as a plain JSON object. Numbers are field tags of google/protobuf/struct.proto.
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { putDouble, putString } from './scalars.ts';
import { delimited, tagged, varint } from './writer.ts';

/** Entries in descending order of their keys' code units: written back to front they come out ascending. */
export function descendingEntries<T>(object: Readonly<Record<string, T>>): [string, T][] {
  const entries = Object.entries(object);
  return entries.length < 2 ? entries : entries.sort(([a], [b]) => (a < b ? 1 : -1));
}

function json(value: JsonValue): void {
  if (value === null) tagged(8, varint, 0);
  else if (typeof value === 'number') tagged(17, putDouble, value);
  else if (typeof value === 'string') tagged(26, putString, value);
  else if (typeof value === 'boolean') tagged(32, varint, value ? 1 : 0);
  else if (Array.isArray(value)) tagged(50, putList, value);
  else tagged(42, putStruct, value);
}

const putJson = delimited(json);

const putList = delimited((list: readonly JsonValue[]) => {
  for (let i = list.length - 1; i >= 0; i--) tagged(10, putJson, list[i] ?? null);
});

const putEntry = delimited(([key, value]: readonly [string, JsonValue]) => {
  tagged(18, putJson, value);
  tagged(10, putString, key);
});

/** Writes a JSON object as google.protobuf.Struct, keys sorted. */
export const putStruct = delimited((object: JsonObject) => {
  for (const entry of descendingEntries(object)) tagged(10, putEntry, entry);
});
