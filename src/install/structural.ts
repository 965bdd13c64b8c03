// A JSON schema (draft or OpenAPI 3.0, of zod) as a structural schema, which a CustomResourceDefinition must have (Kubernetes documentation:
// "Specifying a structural schema"): every node has one type, and what alternatives say is said of the node itself.
//
// It is wider than the kind's own schema where structural schemas cannot say a thing; the validating webhook says the rest, with places and
// hints. What a schema does not know is kept, not cut off in silence: the webhook, or the document's status, names it.

type Schema = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, Schema>>;

const ANYTHING: Schema = { 'x-kubernetes-preserve-unknown-fields': true };
const KEPT = [
  'description',
  'enum',
  'format',
  'items',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minProperties',
  'minimum',
];
const ALSO = ['exclusiveMaximum', 'exclusiveMinimum', 'nullable', 'pattern', 'required', 'type', 'uniqueItems', 'x-kubernetes-validations'];
const WORDS: ReadonlySet<string> = new Set([...KEPT, ...ALSO]);

/** Of others an API server warns whoever applies the definition (k8s.io/kube-openapi, "formats"). */
const FORMATS: ReadonlySet<unknown> = new Set(['date-time', 'int32', 'int64']);

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const schemas = (value: unknown): readonly Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);
const fieldsOf = (schema: Schema): Fields => (isSchema(schema['properties']) ? (schema['properties'] as Fields) : {});
const requiredOf = (schema: Schema): readonly string[] => (Array.isArray(schema['required']) ? schema['required'].map(String) : []);

/** The structural schema of what `schema` describes. */
export function structural(schema: Schema): Schema {
  if ('$ref' in schema) return ANYTHING;
  const alternatives = [...schemas(schema['anyOf']), ...schemas(schema['oneOf'])];
  if (alternatives.length > 0) return oneOf(alternatives.map(structural));
  const all = schemas(schema['allOf']);
  if (all.some((each) => '$ref' in each)) return ANYTHING;
  return node(Object.assign({}, ...all.toReversed(), schema) as Schema);
}

function node(schema: Schema): Schema {
  if (typeof schema['type'] !== 'string') return ANYTHING;
  const kept = Object.fromEntries(
    Object.entries(schema).filter(
      ([word, value]) => WORDS.has(word) && !(word === 'pattern' && isBeyondRe2(value)) && !(word === 'format' && !FORMATS.has(value)),
    ),
  );
  const bounded = withoutSafeBounds(kept);
  if (schema['type'] === 'array') return { ...bounded, items: isSchema(schema['items']) ? structural(schema['items']) : ANYTHING };
  if (schema['type'] !== 'object') return bounded;
  if (isSchema(schema['additionalProperties'])) return { ...bounded, additionalProperties: structural(schema['additionalProperties']) };
  const properties = Object.fromEntries(Object.entries(fieldsOf(schema)).map(([name, field]) => [name, structural(field)]));
  return { ...bounded, ...(Object.keys(properties).length === 0 ? {} : { properties }), ...ANYTHING };
}

/** Look-around and back references: Go's regular expressions have none. */
function isBeyondRe2(pattern: unknown): boolean {
  return typeof pattern !== 'string' || /\(\?[=!<]|\\[1-9]/.test(pattern);
}

/** What zod says of any whole number is no bound of ours. */
function withoutSafeBounds(schema: Schema): Schema {
  if (schema['type'] !== 'integer') return schema;
  const bound = (word: 'maximum' | 'minimum'): boolean => Math.abs(Number(schema[word])) >= Number.MAX_SAFE_INTEGER;
  return {
    ...Object.fromEntries(Object.entries(schema).filter(([word]) => !((word === 'maximum' || word === 'minimum') && bound(word)))),
    format: 'int64',
  };
}

/** One node for several alternatives: as wide as all of them. */
function oneOf(alternatives: readonly Schema[]): Schema {
  const [first] = alternatives;
  if (first !== undefined && alternatives.every((each) => JSON.stringify(each) === JSON.stringify(first))) return first;
  const types = new Set(alternatives.map((each) => each['type']));
  if (types.has(undefined)) return ANYTHING;
  if (types.size === 2 && types.has('string') && (types.has('integer') || types.has('number'))) return { 'x-kubernetes-int-or-string': true };
  if (types.size > 1) return ANYTHING;
  if (types.has('object')) return union(alternatives);
  if (types.has('array')) return { type: 'array', items: oneOf(alternatives.map((each) => schemas([each['items']])[0] ?? ANYTHING)) };
  if (!types.has('string')) return { type: [...types][0] };
  const enums = alternatives.map((each) => each['enum']);
  return enums.every(Array.isArray) ? { type: 'string', enum: [...new Set(enums.flat())] } : { type: 'string' };
}

/** Alternatives of objects: the fields of all; required what all require; what one of them requires, by a rule on the field that chooses. */
function union(alternatives: readonly Schema[]): Schema {
  const names = new Set(alternatives.flatMap((each) => Object.keys(fieldsOf(each))));
  const properties = Object.fromEntries(
    [...names].map((name) => {
      const of = alternatives.flatMap((each) => schemas([fieldsOf(each)[name]]));
      return [name, oneOf(of)];
    }),
  );
  const required = [...names].filter((name) => alternatives.every((each) => requiredOf(each).includes(name)));
  const rules = rulesOf(alternatives, required);
  return {
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
    ...ANYTHING,
  };
}

/** Rules in CEL: where the choosing field has this value, these fields must be there. */
function rulesOf(alternatives: readonly Schema[], common: readonly string[]): readonly Schema[] {
  const chooser = common.find((name) => alternatives.every((each) => Array.isArray(fieldsOf(each)[name]?.['enum'])));
  if (chooser === undefined) return [];
  return alternatives.flatMap((each) => {
    const chosen = fieldsOf(each)[chooser]?.['enum'];
    const values = (Array.isArray(chosen) ? chosen : []).map((value) => `'${String(value)}'`);
    return requiredOf(each)
      .filter((name) => name !== chooser)
      .map((name) => ({
        rule: `!(self.${chooser} in [${values.join(', ')}]) || has(self.${name})`,
        message: `${name} is required where ${chooser} is ${values.join(' or ')}`,
      }));
  });
}
