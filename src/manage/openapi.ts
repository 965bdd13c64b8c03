// OpenAPI v3, one document per group version, out of the kinds' schemas: enough for `kubectl explain`, for server-side
// validation and dry run to be recognised, and for editors.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { KindDefinition } from '../model/index.ts';
import { KINDS } from '../policy/index.ts';

type Schema = Readonly<Record<string, unknown>>;

const groupVersionPath = (kind: KindDefinition): string => (kind.group === '' ? `api/${kind.version}` : `apis/${kind.group}/${kind.version}`);
const schemaName = (kind: KindDefinition): string => `${kind.group === '' ? 'core' : kind.group.split('.').reverse().join('.')}.${kind.version}.${kind.kind}`;
const gvk = (kind: KindDefinition): Schema => ({ group: kind.group, version: kind.version, kind: kind.kind });

const META = 'meta.v1.ObjectMeta';
const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });
const texts = (description: string): Schema => ({ type: 'object', description, additionalProperties: { type: 'string' } });

const OBJECT_META: Schema = {
  type: 'object',
  description: 'What every document has beside its content.',
  properties: {
    name: text('Unique among the documents of its kind and namespace.'),
    generateName: text('Used instead of a name: the server adds five characters.'),
    namespace: text('The room for names it stands in; `default` when left out.'),
    labels: texts('Short values that selectors pick documents by.'),
    annotations: texts('Notes of people and programs; selectors do not see them.'),
    uid: text('Given by the server at creation. Another document of the same name has another one.'),
    resourceVersion: text('Revision of the last write. Sent back with an update, it makes the update fail when somebody else was faster.'),
    generation: { type: 'integer', format: 'int64', description: 'Grows by one with every change of spec.' },
    creationTimestamp: text('When it was made.', { format: 'date-time' }),
  },
};

/** Draft shapes that OpenAPI v3.0 or kubectl do not read. */
function simplified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplified);
  if (value === null || typeof value !== 'object') return value;
  const { $schema: _, '~standard': __, ...rest } = value as Record<string, unknown>;
  return Object.fromEntries(Object.entries(rest).map(([key, member]) => [key, simplified(member)]));
}

function specSchema(kind: KindDefinition): Schema {
  const schema = z.toJSONSchema(kind.schema, { target: 'openapi-3.0', io: 'input', reused: 'inline', unrepresentable: 'any' });
  return { description: `What the ${kind.kind} says.`, ...(simplified(schema) as Schema) };
}

function documentSchema(kind: KindDefinition): Schema {
  return {
    type: 'object',
    description: kind.summary,
    required: kind.specRequired ? ['spec'] : [],
    properties: {
      apiVersion: text(`Always ${kind.apiVersion}.`),
      kind: text(`Always ${kind.kind}.`),
      metadata: { description: 'Name, namespace, labels.', allOf: [{ $ref: `#/components/schemas/${META}` }], default: {} },
      ...(kind.topLevel ? (specSchema(kind)['properties'] as Schema) : { spec: specSchema(kind) }),
      status: {
        type: 'object',
        description: 'What the mesh says of it: conditions Accepted, ResolvedRefs, Programmed. Written by Weft.',
        'x-kubernetes-preserve-unknown-fields': true,
      },
    },
    'x-kubernetes-group-version-kind': [gvk(kind)],
  };
}

const query = (name: string, description: string, type = 'string'): Schema => ({ name, in: 'query', description, schema: { type, uniqueItems: true } });
const WRITE = [
  query('dryRun', 'All: say what would happen and do nothing.'),
  query('fieldManager', 'Who writes.'),
  query('fieldValidation', 'Unknown and duplicate fields are always refused here.'),
];
const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];

function operation(kind: KindDefinition, action: string, parameters: readonly Schema[] = [], body: readonly string[] = []): Schema {
  const content = (types: readonly string[]): Schema =>
    Object.fromEntries(types.map((type) => [type, { schema: { $ref: `#/components/schemas/${schemaName(kind)}` } }]));
  return {
    operationId: `${action}${kind.kind}`,
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk(kind),
    parameters,
    ...(body.length === 0 ? {} : { requestBody: { required: true, content: content(body) } }),
    responses: { 200: { description: 'OK', content: content(['application/json']) } },
  };
}

function paths(kind: KindDefinition): readonly (readonly [string, Schema])[] {
  const root = `/${groupVersionPath(kind)}`;
  const collection = kind.namespaced ? `${root}/namespaces/{namespace}/${kind.plural}` : `${root}/${kind.plural}`;
  const list = operation(kind, 'list', [query('labelSelector', 'Only those with these labels.'), query('watch', 'Follow changes.', 'boolean')]);
  const json = ['application/json', 'application/yaml'];
  const item = {
    get: operation(kind, 'get'),
    put: operation(kind, 'put', WRITE, json),
    patch: operation(kind, 'patch', [...WRITE, query('force', 'Take fields over from others.', 'boolean')], PATCH_TYPES),
    delete: operation(kind, 'delete', WRITE),
  };
  return [
    ...(kind.namespaced ? [[`${root}/${kind.plural}`, { get: list }] as const] : []),
    [collection, { get: list, post: operation(kind, 'post', WRITE, json) }],
    [`${collection}/{name}`, item],
    [`${collection}/{name}/status`, { get: item.get, put: item.put, patch: item.patch }],
  ];
}

function groupDocument(kinds: readonly KindDefinition[], version: string): Schema {
  return {
    openapi: '3.0.0',
    info: { title: 'Weft', version },
    paths: Object.fromEntries(kinds.flatMap(paths)),
    components: { schemas: { [META]: OBJECT_META, ...Object.fromEntries(kinds.map((kind) => [schemaName(kind), documentSchema(kind)])) } },
  };
}

export interface OpenApi {
  /** `/openapi/v3`. */
  readonly index: object;
  /** JSON text of `/openapi/v3/PATH`, by path (`api/v1`, `apis/weft.dev/v1alpha1`). */
  readonly documents: ReadonlyMap<string, string>;
}

/** All documents; made once. `version` is Weft's. */
export function openApiDocuments(version: string): OpenApi {
  const groups = new Map<string, KindDefinition[]>();
  for (const kind of KINDS) groups.set(groupVersionPath(kind), [...(groups.get(groupVersionPath(kind)) ?? []), kind]);
  const documents = new Map([...groups].map(([path, kinds]) => [path, JSON.stringify(groupDocument(kinds, version))]));
  const entries = [...documents].map(([path, document]) => {
    const hash = createHash('sha256').update(document).digest('hex').slice(0, 32).toUpperCase();
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const;
  });
  return { index: { paths: Object.fromEntries(entries) }, documents };
}
