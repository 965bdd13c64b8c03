import { z } from 'zod';
import { StatusCode } from '../../envoy/index.ts';
import { attachment, fields, label, positiveDuration } from '../../model/index.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerName = z.string().max(256, 'must be at most 256 characters').regex(TOKEN, 'must be the name of a header');
const text = z.string().max(4096, 'must be at most 4096 characters');
const whole = (least: number, most: number) =>
  z.int('must be a whole number').min(least, `must be from ${least} to ${most}`).max(most, `must be from ${least} to ${most}`);

/** So many per so long, and so many at once after a quiet time. */
const rate = { requests: whole(0, 1_000_000_000), per: positiveDuration.default('1s'), burst: whole(1, 1_000_000_000).optional() };

const caller = fields({ namespace: label, serviceAccount: label.optional() });
const match = fields({
  pathPrefix: z.string().max(1024, 'must be at most 1024 characters').startsWith('/', 'must begin with "/"').optional(),
  methods: z
    .array(z.enum(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'POST', 'PATCH', 'CONNECT']))
    .min(1, 'must not be empty')
    .max(9)
    .optional(),
  headers: z
    .array(fields({ name: headerName, value: text.optional() }))
    .max(16, 'at most 16 entries')
    .optional(),
  query: z
    .array(fields({ name: text.min(1, 'must not be empty'), value: text.optional() }))
    .max(16, 'at most 16 entries')
    .optional(),
});
/** What has a bucket of its own; all of it together. */
const key = fields({
  kind: z.enum(['ServiceAccount', 'Namespace', 'ClientAddress', 'Method', 'Path', 'Header', 'Query']),
  name: text.min(1, 'must not be empty').optional(),
});

const limit = fields({
  name: label,
  match: match.optional(),
  by: z.array(key).min(1, 'must not be empty').max(6, 'at most 6 entries').optional(),
  ...rate,
  /** What a request takes out of the bucket: a number, or what a header of it says. */
  cost: fields({ number: whole(0, 1_000_000).optional(), header: headerName.optional() }).optional(),
  /** Callers who have a limit of their own instead. */
  overrides: z
    .array(fields({ from: z.array(caller).min(1, 'must not be empty').max(32, 'at most 32 entries'), ...rate }))
    .max(32, 'at most 32 entries')
    .optional(),
});

const response = fields({
  status: whole(400, 599)
    .refine((status) => StatusCode[status] !== undefined, 'must be a status that Envoy has a name for, such as 429 or 503')
    .optional(),
  headers: z
    .array(fields({ name: headerName, value: text }))
    .max(16, 'at most 16 entries')
    .optional(),
  rateLimitHeaders: z.boolean().optional(),
  retryAfter: z.boolean().optional(),
});

const tcp = fields({
  newConnections: fields({ connections: whole(1, 1_000_000_000), per: positiveDuration.default('1s'), burst: whole(1, 1_000_000_000).optional() }).optional(),
  maxConnections: whole(1, 1_000_000_000).optional(),
});

/** Where requests are counted; ExternalService is refused with words of its own (validate.ts). */
export const RATE_LIMIT_TARGETS = ['Mesh', 'Namespace', 'Service', 'Gateway', 'HTTPRoute', 'GRPCRoute'] as const;

/** No defaults in here but for parts of one field: a field left out is inherited. */
export const rateLimitSchema = fields({
  ...attachment([...RATE_LIMIT_TARGETS, 'ExternalService'], { selector: true }),
  scope: z.enum(['Proxy', 'Shared', 'Exact']).optional(),
  enforcement: z.enum(['Enforce', 'DryRun']).optional(),
  limits: z.array(limit).max(64, 'at most 64 entries').optional(),
  response: response.optional(),
  tcp: tcp.optional(),
});
export type RateLimitSpec = z.output<typeof rateLimitSchema>;
export type Limit = NonNullable<RateLimitSpec['limits']>[number];
export type Rate = Pick<Limit, 'requests' | 'per' | 'burst'>;
