// Whether a workload takes requests in turn. One that works on few at a time does: who has waited longest goes on first.
import type { Histories } from './histories.ts';

/** In turn, or overtaking somebody who has waited longer. */
export const TURNS = 2;

/** By turn: how often it came to be, and how often it was to be expected by times alone. */
export interface Turns {
  readonly seen: Float64Array;
  readonly expected: Float64Array;
}

export const noTurns = (): Turns => ({ seen: new Float64Array(TURNS), expected: new Float64Array(TURNS) });

/** 0: of those that wait for the workload (`nodes`) it is the turn of `node`; 1: others have waited longer; -1: it waits for answers, or nobody else waits for the workload. */
export function turnOf({ ready }: Histories, nodes: readonly number[], { node, at }: { node: number; at: number }): number {
  const since = ready[node] ?? 0;
  if (since > at) return -1;
  let waiting = 0;
  let longer = 0;
  for (const other of nodes) {
    const from = ready[other] ?? 0;
    if (from > at) continue;
    waiting++;
    if (from < since) longer++;
  }
  return waiting < 2 ? -1 : Math.min(TURNS - 1, longer);
}
