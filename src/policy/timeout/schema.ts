import type { z } from 'zod';
import { attachment, duration, fields } from '../../model/index.ts';

/** No defaults in here: a field left out is inherited. `0s` means for ever. */
export const timeoutSchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway', 'HTTPRoute', 'GRPCRoute']),
  request: duration.optional(),
  backendRequest: duration.optional(),
  streamIdle: duration.optional(),
  maxStream: duration.optional(),
});
export type TimeoutSpec = z.output<typeof timeoutSchema>;
