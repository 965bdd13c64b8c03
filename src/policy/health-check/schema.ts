import { z } from 'zod';
import { attachment, duration, fields, positiveDuration } from '../../model/index.ts';

const times = z.int('must be a whole number').min(1, 'must be from 1 to 100').max(100, 'must be from 1 to 100').optional();
const text = (most: number) => z.string().min(1, 'must not be empty').max(most, `must be at most ${most} characters`);

const http = fields({
  path: text(1024).regex(/^\//, 'must begin with "/"').optional(),
  host: text(253).optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS']).optional(),
  /** `200` or `200-299`. */
  expectedStatuses: z
    .array(z.string().regex(/^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$/, 'must be a status such as "200", or a range such as "200-299"'))
    .min(1, 'must not be empty')
    .max(16, 'at most 16 entries')
    .optional(),
  headers: z
    .array(fields({ name: text(256), value: z.string().max(4096, 'must be at most 4096 characters') }))
    .max(16, 'at most 16 entries')
    .optional(),
});

/** Text as it travels; several pieces of `expect` must come one after the other. */
const tcp = fields({ send: text(4096).optional(), expect: z.array(text(4096)).max(16, 'at most 16 entries').optional() });

/** No defaults in here: a field left out is inherited. */
export const healthCheckSchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway']),
  type: z.enum(['None', 'HTTP', 'TCP', 'GRPC']).optional(),
  http: http.optional(),
  tcp: tcp.optional(),
  grpc: fields({ service: text(253).optional(), authority: text(253).optional() }).optional(),
  interval: positiveDuration.optional(),
  timeout: positiveDuration.optional(),
  initialJitter: duration.optional(),
  jitterPercent: z.int('must be a whole number').min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100').optional(),
  healthyThreshold: times,
  unhealthyThreshold: times,
  unhealthyInterval: positiveDuration.optional(),
  /** While nobody sends anything. */
  noTrafficInterval: positiveDuration.optional(),
});
export type HealthCheckSpec = z.output<typeof healthCheckSchema>;
