import { z } from 'zod';
import { attachment, duration, fields, positiveDuration } from '../../model/index.ts';

const whole = (least: number, most: number) =>
  z.int('must be a whole number').min(least, `must be from ${least} to ${most}`).max(most, `must be from ${least} to ${most}`).optional();
const name = z.string().min(1, 'must not be empty').max(256, 'must be at most 256 characters');
const zone = z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters');

export const ALGORITHMS = ['LeastRequest', 'RoundRobin', 'Random', 'RingHash', 'Maglev', 'ClientSideWeighted'] as const;

const KEYS = ['header', 'cookie', 'query', 'source'] as const;

/** What of a request decides where it goes; exactly one of the four. */
const hashKey = fields({
  header: name.optional(),
  cookie: fields({ name, path: z.string().max(1024, 'must be at most 1024 characters').optional(), ttl: duration.optional() }).optional(),
  query: name.optional(),
  /** At a sidecar the workload that calls, at a gateway the client's address. */
  source: z.literal(true).optional(),
  /** Later keys count only where this one is not there. */
  terminal: z.boolean().optional(),
}).superRefine((key, context) => {
  const given = KEYS.filter((each) => key[each] !== undefined);
  if (given.length !== 1) context.addIssue({ code: 'custom', message: `must have exactly one of ${KEYS.join(', ')}` });
});

const locality = fields({
  mode: z.enum(['None', 'Prefer', 'Require']).optional(),
  /** The smallest area that is preferred: endpoints on the caller's own machine, or in its zone. */
  nearest: z.enum(['Zone', 'Node']).optional(),
  failover: z
    .array(fields({ from: zone, to: z.array(zone).min(1, 'must not be empty').max(16, 'at most 16 entries') }))
    .max(64, 'at most 64 entries')
    .optional(),
  /** Requests leave for the next area while a smaller share of the endpoints of the nearer one is healthy. */
  spillOverBelowPercent: whole(1, 100),
});

/** No defaults in here: a field left out is inherited. */
export const loadBalancingSchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway']),
  algorithm: z.enum(ALGORITHMS).optional(),
  leastRequest: fields({
    choiceCount: whole(2, 100),
    activeRequestBias: z.number('must be a number').min(0, 'must not be negative').max(100, 'must be at most 100').optional(),
  }).optional(),
  ringHash: fields({ minimumSize: whole(1, 8_388_608), maximumSize: whole(1, 8_388_608), function: z.enum(['XXHash', 'MurmurHash2']).optional() }).optional(),
  maglev: fields({ tableSize: whole(3, 5_000_011) }).optional(),
  clientSideWeighted: fields({
    blackoutPeriod: duration.optional(),
    weightExpiration: positiveDuration.optional(),
    updatePeriod: positiveDuration.optional(),
    errorPenalty: z.number('must be a number').min(0, 'must not be negative').max(1000, 'must be at most 1000').optional(),
    metrics: z.array(name).max(16, 'at most 16 entries').optional(),
  }).optional(),
  hashOn: z.array(hashKey).max(8, 'at most 8 entries').optional(),
  /** RingHash, Maglev: no endpoint gets more than this share of the average; 0 = without a bound. */
  boundedLoadPercent: whole(0, 10_000),
  slowStart: fields({
    window: duration.optional(),
    aggression: z.number('must be a number').gt(0, 'must be more than 0').max(100, 'must be at most 100').optional(),
    minimumWeightPercent: whole(0, 100),
  }).optional(),
  /** A client stays with the endpoint that answered first, for as long as it is there. */
  session: fields({
    type: z.enum(['None', 'Cookie', 'Header']).optional(),
    name: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 letters, digits, "-" and "_"')
      .optional(),
    path: z.string().regex(/^\//, 'must begin with "/"').max(1024, 'must be at most 1024 characters').optional(),
    ttl: duration.optional(),
    /** Rather no answer than another endpoint. */
    strict: z.boolean().optional(),
  }).optional(),
  locality: locality.optional(),
  /** Below this share of healthy endpoints requests go to all of them; 0 = never to one that is known not to work. */
  panicThresholdPercent: whole(0, 100),
});
export type LoadBalancingSpec = z.output<typeof loadBalancingSchema>;
export type HashKey = z.output<typeof hashKey>;
