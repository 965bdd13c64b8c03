import { type Policy, parseDuration } from '../../model/index.ts';

/** When a FaultPolicy ends, as a moment in UTC; undefined when nobody can know (its `for` counts from its creation, which a file does not have). */
export function endOf({ spec, createdAt }: Pick<Policy, 'spec' | 'createdAt'>): string | undefined {
  const { until, for: during } = spec;
  if (typeof until === 'string') return until;
  const began = Date.parse(createdAt);
  const lasts = typeof during === 'string' ? parseDuration(during) : undefined;
  return lasts === undefined || Number.isNaN(began) ? undefined : new Date(began + lasts).toISOString();
}
