import { defineKind, type Mesh, type Workload } from '../../model/index.ts';
import { definePolicy } from '../policy.ts';
import { plainWords } from '../words.ts';
import { type AccessLogRule, accessLogRulesFor } from './access-logs.ts';
import { telemetryDefaults } from './defaults.ts';
import { type MetricsRules, metricsRulesFor } from './metrics.ts';
import { TELEMETRY_TARGETS, telemetryPolicySchema } from './schema.ts';
import { compileTracing } from './tracing.ts';
import { checkTelemetryPolicy } from './validate.ts';

export type { AccessLogPlace, AccessLogRule } from './access-logs.ts';
export type { MetricsRules } from './metrics.ts';

export const TELEMETRY_POLICY = 'TelemetryPolicy';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: TELEMETRY_POLICY,
  plural: 'telemetrypolicies',
  shortNames: [],
  namespaced: true,
  attaches: true,
  summary: 'What is told of traffic: metrics within a budget of series, traces, access logs.',
  schema: telemetryPolicySchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'SERIES', path: 'spec.metrics.budget.series' },
    { name: 'TRACED %', path: 'spec.tracing.percent' },
  ],
  check: checkTelemetryPolicy,
});

const ofRequests = (path: string): boolean => !path.startsWith('metrics');

export const telemetryPolicy = definePolicy({
  kind,
  targets: TELEMETRY_TARGETS,
  sites: [
    { kind: 'route', side: 'outbound' },
    { kind: 'route', side: 'gateway' },
    { kind: 'route', side: 'inbound' },
  ],
  defaults: telemetryDefaults,
  ignored: (path, site) => (site.protocol === 'tcp' && ofRequests(path) ? 'the port speaks TCP: there are no requests to tell of' : undefined),
  // metrics act where they arrive (metrics.ts)
  compile: compileTracing,
  words: (effective) => plainWords(effective, ({ path }) => ofRequests(path)),
});

/** Which requests to a workload, or through a gateway's proxy, are written down; the same rules while the same documents hold. */
export function accessLogRules(mesh: Mesh, workload: Workload): readonly AccessLogRule[] {
  return accessLogRulesFor(mesh, telemetryPolicy, workload);
}

/** What is kept of the numbers that proxies of a namespace count; the same object while the same documents hold. */
export function metricsRules(mesh: Mesh, namespace: string): MetricsRules {
  return metricsRulesFor(mesh, telemetryPolicy, namespace);
}
