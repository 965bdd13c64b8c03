import { z } from 'zod';
import { attachment, fields } from '../../model/index.ts';

/** What can be patched. Secrets cannot: they are the proxy's own, made by the authority. */
export const PATCHABLE = ['cluster', 'listener', 'routes', 'endpoints'] as const;

const pointer = z
  .string()
  .max(2048, 'must be at most 2048 characters')
  .regex(
    /^(\/|$)/,
    'must be a JSON pointer such as "/connect_timeout" or "/filter_chains/[name=8080]/filters/[name=envoy.filters.network.http_connection_manager]"',
  );

const operation = fields({
  op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
  path: pointer,
  from: pointer.optional(),
  value: z.json().optional(),
});

const resource = fields({
  type: z.enum(PATCHABLE),
  name: z.string().min(1, 'must not be empty').max(512, 'must be at most 512 characters').optional(),
  nameGlob: z.string().min(1, 'must not be empty').max(512, 'must be at most 512 characters').optional(),
});

export const proxyPatchSchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'Gateway'], { selector: true }),
  /** Permits what otherwise nobody may touch: identities, addresses, files of the proxy's machine. */
  unsafe: z.boolean().optional(),
  patches: z
    .array(fields({ resource, operations: z.array(operation).min(1, 'must not be empty').max(64, 'at most 64 entries') }))
    .min(1, 'must not be empty')
    .max(32, 'at most 32 entries'),
});
export type ProxyPatchSpec = z.output<typeof proxyPatchSchema>;
export type ResourcePatch = ProxyPatchSpec['patches'][number];
