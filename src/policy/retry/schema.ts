import { z } from 'zod';
import { attachment, duration, fields } from '../../model/index.ts';

/** No defaults in here: a field left out is inherited. */
export const retrySchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway', 'HTTPRoute', 'GRPCRoute']),
  attempts: z.int('must be a whole number').min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100').optional(),
  backoff: fields({ base: duration.optional(), max: duration.optional() }).optional(),
});
export type RetrySpec = z.output<typeof retrySchema>;
