import { z } from 'zod';
import type { KindDefinition } from '../model/index.ts';
import { KINDS } from '../policy/index.ts';
import { structural } from './structural.ts';

type Schema = Readonly<Record<string, unknown>>;

const CONDITION: Schema = {
  type: 'object',
  required: ['type', 'status', 'reason'],
  properties: {
    type: { type: 'string', maxLength: 316 },
    status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
    reason: { type: 'string', maxLength: 1024 },
    message: { type: 'string', maxLength: 32_768 },
    lastTransitionTime: { type: 'string', format: 'date-time' },
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
  },
};

const STATUS: Schema = {
  type: 'object',
  description: 'What the mesh says of it: conditions Accepted, ResolvedRefs, Programmed. Written by Weft.',
  properties: {
    conditions: { type: 'array', maxItems: 16, items: CONDITION, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] },
  },
  'x-kubernetes-preserve-unknown-fields': true,
};

const said = (type: string): Schema => ({ name: type.toUpperCase(), type: 'string', jsonPath: `.status.conditions[?(@.type=="${type}")].status` });

/** The columns of `weft get` first, so that kubectl shows the same. */
function columnsOf({ columns }: KindDefinition): readonly Schema[] {
  const own = columns.map(({ name, path, wide }) => ({ name, type: 'string', jsonPath: `.${path}`, ...(wide === true ? { priority: 1 } : {}) }));
  return [...own, said('Accepted'), { ...said('Programmed'), priority: 1 }, { name: 'AGE', type: 'date', jsonPath: '.metadata.creationTimestamp' }];
}

function versionOf(kind: KindDefinition, name: string): Schema {
  const spec = structural(z.toJSONSchema(kind.schema, { target: 'openapi-3.0', io: 'input', reused: 'inline', unrepresentable: 'any' }) as Schema);
  return {
    name,
    served: true,
    // One is stored: the one that everything else is read as.
    storage: name === kind.version,
    additionalPrinterColumns: columnsOf(kind),
    subresources: { status: {} },
    schema: {
      openAPIV3Schema: {
        type: 'object',
        description: kind.summary,
        ...(kind.specRequired ? { required: ['spec'] } : {}),
        properties: { spec: { ...spec, description: `What the ${kind.kind} says.` }, status: STATUS },
      },
    },
  };
}

/** The CustomResourceDefinition (apiextensions.k8s.io/v1) of a kind of ours. */
export function definitionOf(kind: KindDefinition): Schema {
  const { group, plural, singular, shortNames, namespaced } = kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    // with a definition go all its documents: what installs charts leaves it where it is when the chart goes
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/part-of': 'weft' }, annotations: { 'helm.sh/resource-policy': 'keep' } },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: {
        plural,
        singular,
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        shortNames: [...shortNames],
        categories: ['weft', ...(kind.attaches ? ['policies'] : [])],
      },
      versions: [kind.version, ...kind.alsoVersions].map((version) => versionOf(kind, version)),
    },
  };
}

/** What a control plane writes for itself: it never is an object. */
const OWN_NOTES: ReadonlySet<string> = new Set(['LearnedScope', 'DiscoveredProvider']);

/** Those of every kind in our group that users write, by name. Standard kinds (Service, Gateway API) bring their own. */
export function definitions(): readonly Schema[] {
  return KINDS.filter((kind) => kind.group === 'weft.dev' && !OWN_NOTES.has(kind.kind)).map(definitionOf);
}
