import { z } from 'zod';
import { fields, subdomain } from './fields.ts';
import { defineKind } from './kind.ts';

const SERVICE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const learnedScopeSchema = fields({
  serviceAccount: subdomain,
  services: z.array(z.string().regex(SERVICE, 'must be "namespace/name"')),
});
export type LearnedScopeSpec = z.output<typeof learnedScopeSchema>;

/** Written by the control plane when a workload first calls a service; deleting it forgets, and it is learned again. */
export const learnedScopeKind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'LearnedScope',
  plural: 'learnedscopes',
  shortNames: [],
  namespaced: true,
  summary: 'Which services the workloads of one service account were seen to call. Written by Weft.',
  schema: learnedScopeSchema,
  columns: [
    { name: 'SERVICE ACCOUNT', path: 'spec.serviceAccount' },
    { name: 'SERVICES', path: 'spec.services' },
  ],
  check: ({ metadata, spec }, report) => {
    if (metadata.name !== spec.serviceAccount)
      report('WEFT1209', 'metadata.name', `must be the service account, "${spec.serviceAccount}", not "${metadata.name}"`);
  },
});
