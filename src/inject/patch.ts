import { isFields } from './json.ts';

/** One step of a JSON patch (RFC 6902). */
export type Operation = { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown } | { readonly op: 'remove'; readonly path: string };

/** A JSON pointer's segment (RFC 6901 §3). */
const escaped = (segment: string): string => segment.replaceAll('~', '~0').replaceAll('/', '~1');

/**
 * What makes `after` of `before`. `after` must be made of parts of `before` wherever nothing changes: what is identical is not looked into, and
 * items of a list that stay keep their order or are taken out and put in. So the time it takes goes with what is there, not with its square.
 */
export function patchOf(before: unknown, after: unknown, path = ''): readonly Operation[] {
  if (before === after) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listPatch(before, after, path);
  if (isFields(before) && isFields(after)) return fieldsPatch(before, after, path);
  return [{ op: 'replace', path, value: after }];
}

function fieldsPatch(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>, path: string): readonly Operation[] {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return [
    ...gone.map((name): Operation => ({ op: 'remove', path: `${path}/${escaped(name)}` })),
    ...Object.entries(after).flatMap(([name, value]): readonly Operation[] => {
      const at = `${path}/${escaped(name)}`;
      return Object.hasOwn(before, name) ? patchOf(before[name], value, at) : [{ op: 'add', path: at, value }];
    }),
  ];
}

const nameOf = (item: unknown): unknown => (isFields(item) ? item['name'] : undefined);

/** Containers, volumes, variables: each with a name, and no name twice. */
function isNamed(list: readonly unknown[]): boolean {
  const names = list.map(nameOf);
  return names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
}

function listPatch(before: readonly unknown[], after: readonly unknown[], path: string): readonly Operation[] {
  if (isNamed(before) && isNamed(after)) return namedPatch(before, after, path);
  if (before.length !== after.length) return [{ op: 'replace', path, value: after }];
  return after.flatMap((item, at) => patchOf(before[at], item, `${path}/${at}`));
}

function namedPatch(before: readonly unknown[], after: readonly unknown[], path: string): readonly Operation[] {
  const kept = keptOf(before, after);
  const removed = before.flatMap((item, at) => (kept.has(nameOf(item)) ? [] : [at]));
  const operations: Operation[] = removed.reverse().map((at) => ({ op: 'remove', path: `${path}/${at}` }));
  const rest = before.filter((item) => kept.has(nameOf(item)));
  let next = 0;
  for (const [at, item] of after.entries()) {
    const here = `${path}/${at}`;
    if (next < rest.length && nameOf(rest[next]) === nameOf(item)) operations.push(...patchOf(rest[next++], item, here));
    else operations.push({ op: 'add', path: here, value: item });
  }
  return operations;
}

/** Names that are in both in the same order. What was moved is taken out and put in. */
function keptOf(before: readonly unknown[], after: readonly unknown[]): ReadonlySet<unknown> {
  const places = new Map(before.map((item, at) => [nameOf(item), at]));
  const kept = new Set<unknown>();
  let last = -1;
  for (const item of after) {
    const at = places.get(nameOf(item));
    if (at === undefined || at < last) continue;
    last = at;
    kept.add(nameOf(item));
  }
  return kept;
}
