import type { Checked, Report } from '../../model/index.ts';
import type { ObjectiveSpec } from './schema.ts';

/** A policy that is about nothing, or wants nothing, does nothing. */
export function checkObjective({ spec }: Checked<ObjectiveSpec>, report: Report): void {
  const { targetRefs, availability, latency, window } = spec;
  if (targetRefs.length === 0) report('WEFT1801', 'spec', 'the policy has no targetRefs, so it has no effect');
  if (availability === undefined && latency === undefined && window === undefined) report('WEFT1802', 'spec', 'the policy says nothing');
}
