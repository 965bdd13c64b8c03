import { z } from 'zod';
import { attachment, fields, positiveDuration } from '../../model/index.ts';
import { RETRY_CONDITIONS } from '../contribution-retry.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerName = z.string().max(256, 'must be at most 256 characters').regex(TOKEN, 'must be the name of a header');
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'POST', 'PATCH', 'CONNECT', '*'] as const;
const status = z.int('must be a status').min(400, 'must be a status from 400 to 599').max(599, 'must be a status from 400 to 599');

const resetHeader = fields({ name: headerName, format: z.enum(['Seconds', 'UnixTimestamp']).default('Seconds') });
const serverDirected = fields({ headers: z.array(resetHeader).max(8, 'at most 8 entries').optional(), max: positiveDuration.optional() });
const backoff = fields({ base: positiveDuration.optional(), max: positiveDuration.optional(), serverDirected: serverDirected.optional() });
const budget = fields({
  percent: z.number('must be a number').min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100').optional(),
  minConcurrency: z.int('must be a whole number').min(0, 'must not be negative').max(4_294_967_295, 'is too large').optional(),
});

/** No defaults in here: a field left out is inherited. */
export const retrySchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway', 'HTTPRoute', 'GRPCRoute']),
  attempts: z.int('must be a whole number').min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100').optional(),
  on: z.array(z.enum(RETRY_CONDITIONS)).max(RETRY_CONDITIONS.length, 'each condition once').optional(),
  statusCodes: z.array(status).max(64, 'at most 64 entries').optional(),
  responseHeaders: z.array(headerName).max(16, 'at most 16 entries').optional(),
  methods: z.array(z.enum(METHODS)).max(METHODS.length, 'each method once').optional(),
  backoff: backoff.optional(),
  avoidPreviousHosts: z.boolean().optional(),
  avoidPreviousLocalities: z.boolean().optional(),
  hedge: fields({ onPerTryTimeout: z.boolean().optional() }).optional(),
  budget: budget.optional(),
});
export type RetrySpec = z.output<typeof retrySchema>;
