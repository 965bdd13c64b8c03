import { type Checked, parseDuration, type Report } from '../../model/index.ts';
import type { CircuitBreakerSpec } from './schema.ts';

/** What contradicts itself, and what would never act. */
export function checkCircuitBreaker({ spec }: Checked<CircuitBreakerSpec>, report: Report): void {
  const { limits, inbound, outlierDetection: detection, shedding, targetRefs, selector } = spec;
  if (targetRefs.length === 0 && selector === undefined) report('WEFT1801', 'spec', 'the policy has no targetRefs and no selector, so it has no effect');
  if (limits === undefined && inbound === undefined && detection === undefined && shedding === undefined) report('WEFT1802', 'spec', 'the policy says nothing');
  if (selector !== undefined && (limits !== undefined || detection !== undefined))
    report(
      'WEFT1806',
      `spec.${limits === undefined ? 'outlierDetection' : 'limits'}`,
      'a selector picks workloads that are called; only inbound and shedding have an effect there',
    );
  if (selector === undefined && targetRefs.length > 0 && targetRefs.every(({ kind }) => kind === 'Gateway'))
    for (const field of ['inbound', 'shedding'] as const)
      if (spec[field] !== undefined) report('WEFT1806', `spec.${field}`, `${field} acts in front of an application, and a Gateway has none`);
  const base = parseDuration(detection?.baseEjectionTime ?? '0s') ?? 0;
  const longest = detection?.maxEjectionTime === undefined ? base : (parseDuration(detection.maxEjectionTime) ?? 0);
  if (longest < base)
    report(
      'WEFT1840',
      'spec.outlierDetection.maxEjectionTime',
      `maxEjectionTime (${detection?.maxEjectionTime}) is shorter than baseEjectionTime (${detection?.baseEjectionTime})`,
    );
  if (detection?.maxEjectionPercent === 0 && detection.ejectTheOnlyOne !== true)
    report('WEFT1841', 'spec.outlierDetection.maxEjectionPercent', 'with maxEjectionPercent 0 nothing is ever ejected');
}
