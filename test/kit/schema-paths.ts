// Every optional field of a zod schema, with values to try: so that no field can be added without a test noticing it.
import { z } from 'zod';

type Schema = z.core.$ZodType;

/** `rules[].timeouts.request`, its schema, and whether it may be left out. */
export interface FieldPath {
  readonly path: string;
  readonly schema: Schema;
}

interface Def {
  readonly type: string;
  readonly innerType?: Schema;
  readonly element?: Schema;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly options?: readonly Schema[];
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

const defOf = (schema: Schema): Def => schema._zod.def as unknown as Def;
const WRAPPERS: ReadonlySet<string> = new Set(['optional', 'default', 'prefault', 'nullable', 'readonly', 'nonoptional']);

function bare(schema: Schema): Schema {
  const { type, innerType } = defOf(schema);
  return WRAPPERS.has(type) && innerType !== undefined ? bare(innerType) : schema;
}

/** All optional fields, the outer before the inner. */
export function optionalPaths(schema: Schema, prefix = ''): readonly FieldPath[] {
  const { type, shape = {}, element } = defOf(bare(schema));
  if (type === 'array' && element !== undefined) return optionalPaths(element, `${prefix}[]`);
  if (type !== 'object') return [];
  return Object.entries(shape).flatMap(([key, child]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const own = WRAPPERS.has(defOf(child).type) ? [{ path, schema: child }] : [];
    return [...own, ...optionalPaths(child, path)];
  });
}

const TEXTS = [
  'web',
  'a',
  'x-a',
  '7s',
  '3m',
  '900ms',
  '/p',
  'http',
  'other.example.com',
  '10.9.8.7',
  '127.0.0.53',
  'a.example.com',
  '200-204',
  'Y2NjY2NjY2M=',
  'GET',
  'uri:a',
  '2031-01-01T00:00:00Z',
];
const NUMBERS = [1, 2, 3, 7, 11, 80, 81, 101, 301, 404, 502, 1000, 65_536, 131_072, 0, 8080, 0.5];

/** Values that the schema takes, at most `most`. */
export function valuesFor(schema: Schema, most = 12): readonly unknown[] {
  return all(bare(schema))
    .filter((value) => value !== '' && z.safeParse(schema, value).success)
    .slice(0, most);
}

function all(schema: Schema): readonly unknown[] {
  const { type, shape = {}, element, options = [], entries = {}, values = [] } = defOf(schema);
  switch (type) {
    case 'object':
      return objects(shape);
    case 'array':
      return element === undefined ? [] : valuesFor(element).map((value) => [value]);
    case 'union':
      return options.flatMap((each) => valuesFor(each, 3));
    case 'enum':
      return Object.values(entries);
    case 'literal':
      return values;
    case 'boolean':
      return [true, false];
    case 'number':
    case 'int':
      return NUMBERS;
    case 'record':
      return [{ app: 'web' }, { a: 'b' }];
    default:
      return TEXTS;
  }
}

/** With what is required only, and each optional field in turn. */
function objects(shape: Readonly<Record<string, Schema>>): readonly unknown[] {
  const required = Object.entries(shape).flatMap(([key, child]) => {
    const [value] = WRAPPERS.has(defOf(child).type) ? [] : valuesFor(child, 1);
    return value === undefined ? [] : [[key, value] as const];
  });
  const least = Object.fromEntries(required);
  const more = Object.entries(shape).flatMap(([key, child]) =>
    WRAPPERS.has(defOf(child).type) ? valuesFor(child, 2).map((value) => ({ ...least, [key]: value })) : [],
  );
  return [least, ...more];
}
