import { z } from 'zod';
import { fields } from './fields.ts';
import { defineKind } from './kind.ts';

/** A room for names. Weft needs no Namespace document: a namespace exists as soon as a document names it. */
export const namespaceKind = defineKind({
  apiVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  summary: 'A room for names. Optional: a namespace also exists as soon as a document names it.',
  nameRule: 'label',
  schema: fields({ finalizers: z.array(z.string()).optional() }),
  specRequired: false,
  columns: [],
});
