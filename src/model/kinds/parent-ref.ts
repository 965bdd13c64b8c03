// ParentReference of Gateway API, which all kinds of route share.
import { z } from 'zod';
import { fields, label, portNumber } from './fields.ts';

export const GATEWAY_API = 'gateway.networking.k8s.io';

export const parentRef = fields({
  group: z.string().default(GATEWAY_API),
  kind: z.string().default('Gateway'),
  namespace: label.optional(),
  name: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters'),
  sectionName: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters').optional(),
  port: portNumber.optional(),
});
export type ParentRefSpec = z.output<typeof parentRef>;

/** What a parentRef attaches to, or undefined when it is nothing that carries routes. */
export function parentKindOf({ group, kind }: ParentRefSpec): 'Service' | 'Gateway' | 'ListenerSet' | undefined {
  if (kind === 'Service') return group === '' || group === 'core' ? kind : undefined;
  return group === GATEWAY_API && (kind === 'Gateway' || kind === 'ListenerSet') ? kind : undefined;
}
