import type { Origin } from '../base/index.ts';
import type { Resource } from '../envoy/index.ts';

interface Difference {
  readonly gone: readonly Origin[];
  readonly come: readonly Origin[];
}

/** Origins that only one of two sets of resources has; those both have may be in neither list. Successive lists are alike but for a place or two. */
export function originsChanged(before: ReadonlyMap<string, Resource>, after: ReadonlyMap<string, Resource>): Difference {
  const gone: Origin[] = [];
  const come: Origin[] = [];
  for (const [key, { origins }] of after) {
    const middle = trimmed(before.get(key)?.origins ?? [], origins);
    gone.push(...middle.gone);
    come.push(...middle.come);
  }
  for (const [key, { origins }] of before) if (!after.has(key)) gone.push(...origins);
  return { gone, come };
}

/** Both lists without what they begin and end with in common. */
function trimmed(before: readonly Origin[], after: readonly Origin[]): Difference {
  if (before === after) return { gone: [], come: [] };
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return { gone: before.slice(start, before.length - end), come: after.slice(start, after.length - end) };
}
