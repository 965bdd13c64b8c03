// When a share of failures is a state. Pure; the same on every page.
import type { StateName } from '../parts/state.tsx';

/** Fewer failures than this are no state: one of three requests is no third. */
const LEAST_FAILURES = 3;
const WARN_SHARE = 0.01;
const BAD_SHARE = 0.05;

/** How bad a share of failures is. */
export function stateOf(failures: number, share: number): StateName {
  if (failures < LEAST_FAILURES || share < WARN_SHARE) return 'ok';
  return share < BAD_SHARE ? 'warn' : 'bad';
}
