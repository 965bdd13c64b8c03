import { builtIn } from '../read.ts';

/** Limits must not be what stops traffic unless somebody wants that: Envoy's own are 1024 of each, and 3 retries. */
const UNLIMITED = 1_000_000;

/**
 * An endpoint is ejected when it cannot be reached, never when it answers: an application's 5xx is an answer. Half of the endpoints at
 * most (with Envoy's 10 % nothing of a small service is ever ejected), and never the only one: an instance that restarts in a second
 * must not be shunned for five. What compares endpoints wants three of them, as most services have.
 */
export const CIRCUIT_BREAKER_DEFAULTS = [
  builtIn({
    limits: { connections: UNLIMITED, pendingRequests: UNLIMITED, requests: UNLIMITED },
    inbound: { connections: UNLIMITED, pendingRequests: UNLIMITED, requests: UNLIMITED },
    shedding: { adaptiveConcurrency: false, admissionControl: false },
    outlierDetection: {
      interval: '1s',
      baseEjectionTime: '5s',
      maxEjectionTime: '30s',
      ejectionTimeJitter: '1s',
      maxEjectionPercent: 50,
      ejectTheOnlyOne: false,
      consecutive5xx: 0,
      consecutiveGatewayErrors: 0,
      consecutiveLocalErrors: 3,
      successRate: { deviations: 0, minimumEndpoints: 3, minimumRequests: 20 },
      failurePercentage: { threshold: 0, minimumEndpoints: 3, minimumRequests: 20 },
    },
  }),
];
