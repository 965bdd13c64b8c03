import { z } from 'zod';
import { attachment, fields, label, positiveDuration } from '../../model/index.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 3339, in UTC: proxies compare it with their clock. */
const MOMENT = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?Z$/;
const moment = z.string().refine((text) => MOMENT.test(text) && !Number.isNaN(Date.parse(text)), {
  error: 'must be a moment in UTC such as "2026-12-01T16:00:00Z" (RFC 3339)',
});

const percent = z.number('must be a number').gt(0, 'must be more than 0').max(100, 'must be at most 100').optional();
const caller = fields({ namespace: label, serviceAccount: label.optional() });
const header = fields({
  name: z.string().max(256, 'must be at most 256 characters').regex(TOKEN, 'must be the name of a header'),
  value: z.string().max(4096, 'must be at most 4096 characters').optional(),
});
const match = fields({
  pathPrefix: z.string().max(1024, 'must be at most 1024 characters').startsWith('/', 'must begin with "/"').optional(),
  method: z.enum(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'POST', 'PATCH', 'CONNECT']).optional(),
  headers: z.array(header).max(16, 'at most 16 entries').optional(),
});

const whole = (least: number, most: number) =>
  z.int('must be a whole number').min(least, `must be from ${least} to ${most}`).max(most, `must be from ${least} to ${most}`);

const fault = fields({
  name: label.optional(),
  /** Who calls; anybody when it is left out. */
  from: z.array(caller).min(1, 'must not be empty').max(32, 'at most 32 entries').optional(),
  match: match.optional(),
  delay: fields({ fixed: positiveDuration, percent }).optional(),
  abort: fields({ status: whole(200, 599).optional(), grpcStatus: whole(1, 16).optional(), percent }).optional(),
  /** Of each answer. */
  bandwidth: fields({ kibPerSecond: whole(1, 1_000_000), percent }).optional(),
});

export const FAULT_TARGETS = ['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway', 'HTTPRoute', 'GRPCRoute'] as const;

/** A policy holds as a whole: what one says is never mixed with what another one says. */
export const faultSchema = fields({
  ...attachment(FAULT_TARGETS, { selector: true }),
  until: moment.optional(),
  for: positiveDuration.optional(),
  faults: z.array(fault).min(1, 'must not be empty').max(16, 'at most 16 entries'),
});
export type FaultSpec = z.output<typeof faultSchema>;
export type Fault = FaultSpec['faults'][number];
