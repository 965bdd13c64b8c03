// Reading JSON that somebody else wrote: whatever is not what it should be is as if it were not there.

export type Fields = Readonly<Record<string, unknown>>;

export const NO_FIELDS: Fields = {};

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fieldsAt(value: unknown, name: string): Fields {
  const found = isFields(value) ? value[name] : undefined;
  return isFields(found) ? found : NO_FIELDS;
}

/** The objects of a list, each where it stands; what is no object is an empty one, so that positions hold. */
export function listAt(value: unknown, name: string): readonly Fields[] {
  const found = isFields(value) ? value[name] : undefined;
  return Array.isArray(found) ? found.map((each: unknown) => (isFields(each) ? each : NO_FIELDS)) : [];
}

export function textAt(value: unknown, name: string): string {
  const found = isFields(value) ? value[name] : undefined;
  return typeof found === 'string' ? found : '';
}

export function numberAt(value: unknown, name: string): number | undefined {
  const found = isFields(value) ? value[name] : undefined;
  return typeof found === 'number' ? found : undefined;
}

/** Labels and annotations: texts by name. */
export function textsAt(value: unknown, name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fieldsAt(value, name)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** The object with a field set, or without it where the value is undefined; the same object where nothing changes. */
export function withField(object: Fields, name: string, value: unknown): Fields {
  if (object[name] === value) return object;
  if (value !== undefined) return { ...object, [name]: value };
  const { [name]: _, ...rest } = object;
  return rest;
}
