import { duration, type Init, type OutlierDetectionSchema } from '../../envoy/index.ts';
import type { Contribution } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { type Reader, readerOf } from '../read.ts';

const ALWAYS = 100;
const NEVER = 0;
/** Envoy wants a number above none also where nothing is enforced. */
const UNUSED = 5;

/** A detector that counts in a row: 0 switches it off. */
function inARow(count: number): readonly [threshold: number, enforcing: number] {
  return count === 0 ? [UNUSED, NEVER] : [count, ALWAYS];
}

function outlierDetection(read: Reader): Init<typeof OutlierDetectionSchema> {
  const at = (path: string): number => read.number(`outlierDetection.${path}`) ?? 0;
  const during = (path: string) => duration(read.ms(`outlierDetection.${path}`) ?? 0);
  const [consecutive5xx, enforcingConsecutive5xx] = inARow(at('consecutive5xx'));
  const [consecutiveGatewayFailure, enforcingConsecutiveGatewayFailure] = inARow(at('consecutiveGatewayErrors'));
  const [consecutiveLocalOriginFailure, enforcingConsecutiveLocalOriginFailure] = inARow(at('consecutiveLocalErrors'));
  const deviations = at('successRate.deviations');
  const threshold = at('failurePercentage.threshold');
  const bySuccess = deviations === 0 ? NEVER : ALWAYS;
  const byFailure = threshold === 0 ? NEVER : ALWAYS;
  return {
    // What could not be reached and what answered badly are counted apart: otherwise an application's 5xx and a refused connection are one.
    splitExternalLocalOriginErrors: true,
    consecutive5xx,
    enforcingConsecutive5xx,
    consecutiveGatewayFailure,
    enforcingConsecutiveGatewayFailure,
    consecutiveLocalOriginFailure,
    enforcingConsecutiveLocalOriginFailure,
    enforcingSuccessRate: bySuccess,
    enforcingLocalOriginSuccessRate: bySuccess,
    successRateStdevFactor: Math.round((deviations === 0 ? 1.9 : deviations) * 1000),
    successRateMinimumHosts: at('successRate.minimumEndpoints'),
    successRateRequestVolume: at('successRate.minimumRequests'),
    enforcingFailurePercentage: byFailure,
    enforcingFailurePercentageLocalOrigin: byFailure,
    failurePercentageThreshold: threshold === 0 ? 85 : threshold,
    failurePercentageMinimumHosts: at('failurePercentage.minimumEndpoints'),
    failurePercentageRequestVolume: at('failurePercentage.minimumRequests'),
    interval: during('interval'),
    baseEjectionTime: during('baseEjectionTime'),
    // Envoy refuses a longest time below the first.
    maxEjectionTime: duration(Math.max(read.ms('outlierDetection.maxEjectionTime') ?? 0, read.ms('outlierDetection.baseEjectionTime') ?? 0)),
    maxEjectionTimeJitter: during('ejectionTimeJitter'),
    maxEjectionPercent: at('maxEjectionPercent'),
    alwaysEjectOneHost: read.flag('outlierDetection.ejectTheOnlyOne'),
    successfulActiveHealthCheckUnejectHost: true,
    detectDegradedHosts: false,
  };
}

/** Limits in Weft's words: emit joins them with the budget for retries, which is RetryPolicy's. */
function limits(read: Reader, side: 'limits' | 'inbound'): Contribution {
  const at = (name: string): number | undefined => read.number(`${side}.${name}`);
  const perEndpoint = at('connectionsPerEndpoint');
  const retries = at('retries');
  const values = {
    connections: at('connections') ?? 0,
    pendingRequests: at('pendingRequests') ?? 0,
    requests: at('requests') ?? 0,
    ...(perEndpoint === undefined ? {} : { connectionsPerEndpoint: perEndpoint }),
    ...(retries === undefined ? {} : { retries }),
  };
  return { kind: 'limits', values, origin: read.origin(side) };
}

/** The controllers stand in every listener, with numbers of their own (compile/emit/shedding.ts); a route can only switch them on. */
function shedding(read: Reader): readonly Contribution[] {
  const origin = read.origin('shedding');
  return [
    ...(read.flag('shedding.adaptiveConcurrency') ? [{ kind: 'http-filter', filter: 'weft.adaptive_concurrency', origin } as const] : []),
    ...(read.flag('shedding.admissionControl') ? [{ kind: 'http-filter', filter: 'weft.admission_control', origin } as const] : []),
  ];
}

/** On the caller's side limits and detectors, in front of the application limits. */
export function compileCircuitBreaker(effective: Effective, site: Site): readonly Contribution[] {
  const read = readerOf(effective);
  if (site.kind === 'route') return shedding(read);
  if (site.side === 'inbound') return [limits(read, 'inbound')];
  const fields = { outlierDetection: outlierDetection(read) };
  return [limits(read, 'limits'), { kind: 'cluster', slot: 'outlier-detection', fields, origin: read.origin('outlierDetection') }];
}
