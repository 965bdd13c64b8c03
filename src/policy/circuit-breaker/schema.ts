import { z } from 'zod';
import { attachment, duration, fields, labels, positiveDuration } from '../../model/index.ts';

const most = z.int('must be a whole number').min(0, 'must not be negative').max(1_000_000, 'must be at most 1000000').optional();
const count = z.int('must be a whole number').min(0, 'must not be negative').max(100_000, 'must be at most 100000').optional();
const share = z.int('must be a whole number').min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100').optional();

const outlierDetection = fields({
  /** How often shares are looked at; what is counted in a row is looked at with every answer. */
  interval: positiveDuration.optional(),
  baseEjectionTime: positiveDuration.optional(),
  maxEjectionTime: positiveDuration.optional(),
  ejectionTimeJitter: duration.optional(),
  maxEjectionPercent: share,
  ejectTheOnlyOne: z.boolean().optional(),
  /** In a row; 0 = not looked at. */
  consecutive5xx: count,
  consecutiveGatewayErrors: count,
  consecutiveLocalErrors: count,
  /** Ejects who succeeds less often than the mean by so many standard deviations; 0 = not looked at. */
  successRate: fields({
    deviations: z.number('must be a number').min(0, 'must not be negative').max(100, 'must be at most 100').optional(),
    minimumEndpoints: count,
    minimumRequests: count,
  }).optional(),
  /** Ejects who fails at least so often; 0 = not looked at. */
  failurePercentage: fields({ threshold: share, minimumEndpoints: count, minimumRequests: count }).optional(),
});

/** No defaults in here: a field left out is inherited. */
export const circuitBreakerSchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway']),
  /** Workloads of the namespace, by label: for what holds in front of their applications. */
  selector: labels.optional(),
  /** Of each calling proxy. */
  limits: fields({ connections: most, connectionsPerEndpoint: most, pendingRequests: most, requests: most, retries: most }).optional(),
  /** Of the proxy in front of the application. */
  inbound: fields({ connections: most, pendingRequests: most, requests: most }).optional(),
  outlierDetection: outlierDetection.optional(),
  /** In front of the application: what it cannot take is refused before it gets it. */
  shedding: fields({ adaptiveConcurrency: z.boolean().optional(), admissionControl: z.boolean().optional() }).optional(),
});
export type CircuitBreakerSpec = z.output<typeof circuitBreakerSchema>;
