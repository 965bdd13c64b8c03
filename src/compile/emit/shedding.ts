// Controllers that shed load in front of an application. Envoy takes their numbers from the listener alone, and listeners never change;
// so they stand there, off, with numbers that fit most services, and a route switches them on.
import { AdaptiveConcurrencySchema, AdmissionControlSchema, duration, type NamedConfig, named, StatusCode } from '../../envoy/index.ts';

/**
 * As many requests at a time as the application answers without slowing down. While it measures how fast it is unloaded, 10 at a time
 * are let through and not Envoy's 3: a service that is switched to it under load must not lose most of that.
 */
export function adaptiveConcurrency(): NamedConfig {
  const value = {
    sampleAggregatePercentile: { value: 90 },
    concurrencyLimitParams: { maxConcurrencyLimit: 1000, concurrencyUpdateInterval: duration(100), minConcurrencyLimit: 10 },
    minRttCalcParams: { interval: duration(60_000), requestCount: 20, jitter: { value: 15 }, minConcurrency: 10, buffer: { value: 25 } },
  };
  return named('weft.adaptive_concurrency', AdaptiveConcurrencySchema, {
    concurrencyControllerConfig: { case: 'gradientControllerConfig', value },
    enabled: { defaultValue: true, runtimeKey: 'weft.adaptive_concurrency' },
    concurrencyLimitExceededStatus: { code: StatusCode.ServiceUnavailable },
  });
}

/** gRPC codes that are the server's failure: unknown, deadline, internal, unavailable, data loss … are not in it. */
const GRPC_SUCCESS = [0, 1, 3, 5, 6, 7, 9, 11, 16];

/** When most answers are failures, requests are refused with a growing probability: what is let through has a chance. */
export function admissionControl(): NamedConfig {
  const value = { httpCriteria: { httpSuccessStatus: [{ start: 100, end: 500 }] }, grpcCriteria: { grpcSuccessStatus: GRPC_SUCCESS } };
  return named('weft.admission_control', AdmissionControlSchema, {
    enabled: { defaultValue: true, runtimeKey: 'weft.admission_control' },
    evaluationCriteria: { case: 'successCriteria', value },
    samplingWindow: duration(30_000),
    aggression: { defaultValue: 1, runtimeKey: 'weft.admission_control_aggression' },
    srThreshold: { defaultValue: { value: 95 }, runtimeKey: 'weft.admission_control_success' },
    rpsThreshold: { defaultValue: 1, runtimeKey: 'weft.admission_control_rps' },
    maxRejectionProbability: { defaultValue: { value: 80 }, runtimeKey: 'weft.admission_control_most' },
  });
}
