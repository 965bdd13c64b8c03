// Requests about which there is no doubt: every call within them is within no other. At quiet moments most are so, and nearly all can be learned of them.
import type { Pass } from './beam.ts';
import { begin, extend, noHistories } from './histories.ts';
import { noTurns } from './turns.ts';
import { EVENT, type Numbers } from './window.ts';

/** By call: the only request that contains it, -1 for none or several. By request: whether all its calls are of that sort. */
function contained(numbers: Numbers): { readonly only: Int32Array; readonly clear: Uint8Array } {
  const only = new Int32Array(numbers.calls.length).fill(-1);
  const clear = new Uint8Array(numbers.operations.length).fill(1);
  const flying = new Set<number>();
  for (const event of numbers.events) {
    const index = Math.floor(event / 4);
    const kind = event % 4;
    if (kind === EVENT.begin) flying.add(index);
    else if (kind === EVENT.end) flying.delete(index);
    else {
      const around = [...flying].filter((inbound) => (numbers.ends[inbound] ?? 0) >= (numbers.callEnds[index] ?? 0));
      if (around.length === 1) only[index] = around[0] ?? -1;
      else for (const inbound of around.length === 0 ? flying : around) clear[inbound] = 0;
    }
  }
  return { only, clear };
}

/** The requests without doubt, as a pass that is certain of them and knows nothing of the others. */
export function seeds(numbers: Numbers): Pass {
  const { only, clear } = contained(numbers);
  const histories = noHistories();
  const last = new Map<number, number>();
  for (const event of numbers.events) {
    const index = Math.floor(event / 4);
    const kind = event % 4;
    if (kind === EVENT.begin && clear[index] === 1) last.set(index, begin(histories, numbers, index));
    if (kind !== EVENT.call) continue;
    const parent = only[index] ?? -1;
    const node = last.get(parent);
    if (node === undefined) continue;
    const made = extend(histories, numbers, { node, call: index, weight: 1 });
    histories.posterior[made] = 1;
    last.set(parent, made);
  }
  return { histories, chosen: new Int32Array(0), alone: new Float64Array(numbers.calls.length), turns: noTurns() };
}

/** Whether there is a common kind of call that the certain requests hardly have: then they are not like the others. */
export function unlike(numbers: Numbers, { histories }: Pass): boolean {
  const all = new Map<number, number>();
  const certain = new Map<number, number>();
  for (const kind of numbers.calls) all.set(kind, (all.get(kind) ?? 0) + 1);
  const made = histories.call.filter((call) => call >= 0);
  for (const call of made) certain.set(numbers.calls[call] ?? 0, (certain.get(numbers.calls[call] ?? 0) ?? 0) + 1);
  const share = made.length / Math.max(1, numbers.calls.length);
  return [...all].some(([kind, count]) => count > 20 && (certain.get(kind) ?? 0) < 0.3 * share * count);
}
