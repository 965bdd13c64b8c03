import type { z } from 'zod';
import { fields, label, labels } from './fields.ts';
import { defineKind } from './kind.ts';

export const subsetSchema = fields({ service: label, selector: labels.refine((all) => Object.keys(all).length > 0, 'must have at least one label') });
export type SubsetSpec = z.output<typeof subsetSchema>;

export const subsetKind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'Subset',
  plural: 'subsets',
  shortNames: [],
  namespaced: true,
  summary: 'Some endpoints of a Service by label (a version), to be named in backendRefs: a split needs no Services of its own.',
  schema: subsetSchema,
  columns: [
    { name: 'SERVICE', path: 'spec.service' },
    { name: 'SELECTOR', path: 'spec.selector' },
  ],
});
