import { joinPath } from '../../model/index.ts';

/** Paths of everything in a document's spec that holds a value, in its order; empty lists and maps hold none. */
export function pathsOf(spec: Readonly<Record<string, unknown>>): readonly string[] {
  const found: string[] = [];
  collect(spec, ['spec'], found);
  return found;
}

function collect(value: unknown, at: readonly (string | number)[], found: string[]): void {
  if (Array.isArray(value)) for (const [index, each] of value.entries()) collect(each, [...at, index], found);
  else if (value !== null && typeof value === 'object') for (const [key, each] of Object.entries(value)) collect(each, [...at, key], found);
  else if (value !== undefined) found.push(joinPath(at));
}
