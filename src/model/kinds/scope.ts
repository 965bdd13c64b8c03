import { z } from 'zod';
import { fields, labels } from './fields.ts';
import { defineKind } from './kind.ts';

const PART = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const HOST = new RegExp(`^(\\*|${PART}|${PART}/\\*|${PART}/${PART})$`);

export const scopeSchema = fields({
  selector: labels.default({}),
  services: z.array(z.string().regex(HOST, 'must be "name", "namespace/name", "namespace/*" or "*"')),
});
export type ScopeSpec = z.output<typeof scopeSchema>;

export const scopeKind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'Scope',
  plural: 'scopes',
  shortNames: [],
  namespaced: true,
  summary: 'Which services the proxies of some workloads may see. Without one they see all.',
  schema: scopeSchema,
  columns: [{ name: 'SERVICES', path: 'spec.services' }],
});
