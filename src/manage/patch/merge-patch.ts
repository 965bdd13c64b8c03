import { type Fields, isFields } from '../body.ts';

/** RFC 7396: maps merge, null removes, everything else replaces. */
export function mergePatch(value: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Record<string, unknown> = isFields(value) ? { ...value } : {};
  for (const [key, change] of Object.entries(patch as Fields)) {
    if (change === null) delete result[key];
    else result[key] = mergePatch(Object.hasOwn(result, key) ? result[key] : undefined, change);
  }
  return result;
}
