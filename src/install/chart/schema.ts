// The schema of the chart's values: what `weft install` takes (values.ts), as JSON Schema of the draft that every Helm 3 and 4 knows.
import { z } from 'zod';
import { kindOf } from '../../policy/index.ts';
import { valuesSchema } from '../values.ts';

export type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
export const propertiesOf = (schema: Schema): Readonly<Record<string, Schema>> =>
  isSchema(schema['properties']) ? (schema['properties'] as Record<string, Schema>) : {};

const jsonSchema = (of: z.ZodType, io: 'input' | 'output'): Schema =>
  z.toJSONSchema(of, { target: 'draft-7', io, reused: 'inline', unrepresentable: 'any' }) as Schema;

const takesNull = (schema: Schema | undefined): boolean => Array.isArray(schema?.['anyOf']) && schema['anyOf'].some((each: Schema) => each['type'] === 'null');

/** What may be taken away (`null`) need not be there, for Helm takes it away before it looks. */
function withoutNullable(schema: Schema): Schema {
  const properties = propertiesOf(schema);
  if (Object.keys(properties).length === 0) return schema;
  const required = (Array.isArray(schema['required']) ? schema['required'].map(String) : []).filter((name) => !takesNull(properties[name]));
  const { required: _, ...rest } = schema;
  const inner = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, withoutNullable(each)]));
  return { ...rest, ...(required.length === 0 ? {} : { required }), properties: inner };
}

/** Without what a schema says by itself, for reading. */
export const inputSchema = (): Schema => jsonSchema(valuesSchema, 'input');

/** Helm gives a chart within another one the values of all, in `global`: nothing here reads them. */
const GLOBAL: Schema = { type: 'object', description: 'Of the chart that this one is part of; nothing here reads it.' };

/** values.schema.json. What has a default in values.yaml is required: a default that was taken away is a mistake. */
export function chartSchema(): Schema {
  const { $schema, ...schema } = withoutNullable(jsonSchema(valuesSchema, 'output'));
  const mesh = kindOf('weft.dev/v1alpha1', 'Mesh');
  const { namespace, mesh: own, ...properties } = propertiesOf(schema);
  const { $schema: _, ...meshSchema } = mesh === undefined ? { $schema: '' } : jsonSchema(mesh.schema, 'input');
  return {
    $schema,
    title: 'Values of the chart weft',
    ...schema,
    required: (schema['required'] as readonly string[]).filter((name) => name !== 'namespace'),
    properties: { namespace: namespace ?? {}, ...properties, mesh: { ...own, ...meshSchema }, global: GLOBAL },
  };
}
