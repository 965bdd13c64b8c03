// ReferenceGrant of Gateway API: what a namespace lets documents of other namespaces refer to.
import { z } from 'zod';
import { fields, label } from './fields.ts';
import { defineKind } from './kind.ts';

const name = z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters');

export const referenceGrantSchema = fields({
  from: z
    .array(fields({ group: z.string(), kind: name, namespace: label }))
    .min(1, 'needs at least one entry')
    .max(16, 'at most 16 entries'),
  to: z
    .array(fields({ group: z.string(), kind: name, name: name.optional() }))
    .min(1, 'needs at least one entry')
    .max(16, 'at most 16 entries'),
});
export type ReferenceGrantSpec = z.output<typeof referenceGrantSchema>;

export const referenceGrantKind = defineKind({
  apiVersion: 'gateway.networking.k8s.io/v1',
  alsoVersions: ['v1beta1'],
  kind: 'ReferenceGrant',
  plural: 'referencegrants',
  shortNames: ['refgrant'],
  namespaced: true,
  summary: 'What documents of other namespaces may refer to in this one (Gateway API).',
  schema: referenceGrantSchema,
  columns: [
    { name: 'FROM', path: 'spec.from[*].namespace' },
    { name: 'TO', path: 'spec.to[*].kind' },
  ],
});
