import { z } from 'zod';
import type { ObjectMeta } from './entities.ts';
import { annotations, fields, label, labels, subdomain } from './kinds/fields.ts';
import type { KindDefinition, Report } from './kinds/kind.ts';

const server = z.unknown().optional();

function metadataSchema(name: z.ZodType<string>) {
  return fields({
    name,
    // '' is how a document of no namespace looks after it has been parsed once.
    namespace: z.union([z.literal(''), label]).optional(),
    labels: labels.default({}),
    annotations: annotations.default({}),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    generation: z.int().optional(),
    creationTimestamp: z.string().optional(),
    // Kubernetes' own bookkeeping: part of what `kubectl get -o yaml` prints, of no meaning here.
    generateName: server,
    selfLink: server,
    managedFields: server,
    deletionTimestamp: server,
    deletionGracePeriodSeconds: server,
    finalizers: server,
    ownerReferences: server,
  });
}

export const METADATA_SCHEMAS = { label: metadataSchema(label), subdomain: metadataSchema(subdomain) } as const;

export type MetadataInput = z.output<(typeof METADATA_SCHEMAS)['label']>;

/** The metadata of a document of this kind; a namespaced one without namespace gets `defaultNamespace`. */
export function toMetadata(kind: KindDefinition, input: MetadataInput, defaultNamespace: string, report: Report): ObjectMeta {
  if (!kind.namespaced && input.namespace !== undefined && input.namespace !== '')
    report('WEFT1211', 'metadata.namespace', `metadata.namespace is ignored: a ${kind.kind} belongs to no namespace`);
  const { uid, resourceVersion, generation, creationTimestamp } = input;
  return {
    name: input.name,
    namespace: kind.namespaced ? input.namespace || defaultNamespace : '',
    labels: input.labels,
    annotations: input.annotations,
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(generation === undefined ? {} : { generation }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
  };
}
