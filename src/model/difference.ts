// Which places of two values differ: what a change of a document was about.
import { canonicalJson } from '../base/index.ts';

export interface Difference {
  /** As in Origin: `spec.rules[0].timeouts`. */
  readonly path: string;
  /** Undefined where there was, or is, nothing. */
  readonly before: unknown;
  readonly after: unknown;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const step = (path: string, name: string): string => {
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
};

/** The deepest places that differ, in the order of their paths, at most `limit`; lists of different lengths differ as a whole. Costs the size of the values. */
export function differences(before: unknown, after: unknown, limit = 50): readonly Difference[] {
  const found: Difference[] = [];
  walk({ path: '', before, after }, limit, found);
  return found;
}

function walk({ path, before, after }: Difference, limit: number, found: Difference[]): void {
  if (before === after || found.length >= limit) return;
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    for (const name of names) walk({ path: step(path, name), before: before[name], after: after[name] }, limit, found);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [at, member] of before.entries()) walk({ path: `${path}[${at}]`, before: member, after: after[at] }, limit, found);
    return;
  }
  if (canonicalJson(before ?? null) !== canonicalJson(after ?? null) || (before === undefined) !== (after === undefined)) found.push({ path, before, after });
}
