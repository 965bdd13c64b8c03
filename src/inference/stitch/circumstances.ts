// What tells how far a probability that was found can be believed. In a crowd steps are less independent than they are taken to be, and what is learned from it
// confirms itself. And a request that was given another's call, or lost its own, stands where requests of its kind hardly ever stand.
import type { Pass } from './beam.ts';
import { type Histories, look, noStanding, type Standing } from './histories.ts';
import { type Counts, familiarity } from './ways.ts';
import { EVENT, type Numbers } from './window.ts';

export interface Circumstances {
  /** How many requests were in flight when the call began. */
  readonly crowd: number;
  /** How familiar it is where the request stood when that was least familiar: `familiarity`, of all that it did. */
  readonly familiar: number;
}

/** By call: how many requests were in flight. */
function crowds({ events, calls }: Numbers): Int32Array {
  const crowd = new Int32Array(calls.length);
  let flying = 0;
  for (const event of events) {
    const kind = event % 4;
    if (kind === EVENT.begin) flying++;
    else if (kind === EVENT.end) flying--;
    else crowd[Math.floor(event / 4)] = flying;
  }
  return crowd;
}

/** By request: what it did in the end, as the best way through has it. */
function wholes({ histories, chosen }: Pass, requests: number): Int32Array {
  const whole = new Int32Array(requests).fill(-1);
  const keep = (node: number): void => {
    const inbound = histories.inbound[node] ?? -1;
    // what goes on from a history comes after it
    if (node > (whole[inbound] ?? node)) whole[inbound] = node;
  };
  for (const [node, call] of histories.call.entries()) if (call < 0) keep(node);
  for (const node of chosen) if (node >= 0) keep(node);
  return whole;
}

interface Known {
  readonly numbers: Numbers;
  readonly counts: Counts;
  readonly standing: Standing;
}

/** Of a request that did all of `whole`: the least familiar of where it stood before each of its steps, the end among them. */
function leastFamiliar(histories: Histories, { numbers, counts, standing }: Known, whole: number): number {
  const inbound = histories.inbound[whole] ?? -1;
  const request = numbers.operations[inbound] ?? 0;
  let least = 0;
  let at = numbers.ends[inbound] ?? 0;
  for (let node = whole; node >= 0; node = histories.parent[node] ?? -1) {
    look(histories, numbers, { node, at }, standing);
    least = Math.min(least, familiarity(counts, { request, signature: histories.signature[node] ?? 0 }, standing.situation));
    at = numbers.callStarts[histories.call[node] ?? -1] ?? 0;
  }
  return least;
}

/** Of the parents that a pass chose by what was known before it (`counts`). */
export function circumstances(numbers: Numbers, counts: Counts, found: Pass): (call: number) => Circumstances {
  const known = { numbers, counts, standing: noStanding() };
  const crowd = crowds(numbers);
  const familiar = Float64Array.from(wholes(found, numbers.starts.length), (whole) => leastFamiliar(found.histories, known, whole));
  return (call) => {
    const parent = found.histories.inbound[found.chosen[call] ?? -1] ?? -1;
    return { crowd: crowd[call] ?? 0, familiar: familiar[parent] ?? 0 };
  };
}
