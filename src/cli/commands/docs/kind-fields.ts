// The fields of a kind, read from its schema: for `weft docs` and the reference page.
import type { KindDefinition } from '../../../model/index.ts';
import { tableText } from '../../text/table.ts';

export interface Field {
  /** Below `spec`: `rules[].matches[].path.type`. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  /** Allowed values, limits, default. */
  readonly notes: string;
}

type Schema = Readonly<Record<string, unknown>>;

/** Every field of `spec`, in the order of the schema. */
export async function fieldsOf(kind: KindDefinition): Promise<readonly Field[]> {
  const { jsonSchemaOf } = await import('../../../policy/index.ts');
  const found: Field[] = [];
  collect(jsonSchemaOf(kind), '', found);
  return found;
}

export function fieldText(fields: readonly Field[]): string {
  return tableText(
    ['field', 'type', 'notes'],
    fields.map(({ path, type, required, notes }) => [path, type, [required ? 'required' : '', notes].filter((each) => each !== '').join('; ') || '-']),
  );
}

const isSchema = (value: unknown): value is Schema => value !== null && typeof value === 'object' && !Array.isArray(value);
const schemas = (value: unknown): readonly Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);

function collect(schema: Schema, path: string, found: Field[]): void {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as readonly unknown[]) : []);
  for (const [name, member] of Object.entries(properties)) {
    if (!isSchema(member)) continue;
    const at = path === '' ? name : `${path}.${name}`;
    found.push({ path: at, type: typeOf(member), required: required.has(name) && member['default'] === undefined, notes: notesOf(member) });
    inner(member, at, found);
  }
}

function inner(schema: Schema, at: string, found: Field[]): void {
  const items = schema['items'];
  if (isSchema(items)) inner(items, `${at}[]`, found);
  else collect(schema, at, found);
  if (isSchema(items)) return;
  for (const option of [...schemas(schema['anyOf']), ...schemas(schema['oneOf'])]) inner(option, at, found);
}

function typeOf(schema: Schema): string {
  const options = [...schemas(schema['anyOf']), ...schemas(schema['oneOf'])];
  if (options.length > 0) return [...new Set(options.map(typeOf))].join(' or ');
  const { type, items } = schema;
  if (type === 'array') return isSchema(items) ? `list of ${typeOf(items)}` : 'list';
  if (type === 'object') return isSchema(schema['additionalProperties']) ? `map of ${typeOf(schema['additionalProperties'])}` : 'map';
  return type === 'string' ? 'text' : type === 'integer' ? 'whole number' : type === 'boolean' ? 'true or false' : typeof type === 'string' ? type : 'any';
}

function notesOf(schema: Schema): string {
  const target = isSchema(schema['items']) ? schema['items'] : schema;
  const values = Array.isArray(target['enum']) ? `one of ${target['enum'].map((each) => (each === '' ? '""' : String(each))).join(', ')}` : '';
  const { minimum, maximum, maxItems } = { ...target, ...schema };
  const bounded = typeof minimum === 'number' && typeof maximum === 'number' && Math.abs(minimum) < 1e15 && Math.abs(maximum) < 1e15;
  const range = bounded ? `${minimum} to ${maximum}` : typeof minimum === 'number' && Math.abs(minimum) < 1e15 ? `at least ${minimum}` : '';
  const most = typeof maxItems === 'number' ? `at most ${maxItems} entries` : '';
  const given = schema['default'];
  const simple = given !== undefined && (typeof given !== 'object' || given === null);
  return [values, range, most, simple ? `default ${given === '' ? '""' : String(given)}` : ''].filter((each) => each !== '').join('; ');
}
