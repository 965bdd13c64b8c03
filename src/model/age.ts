import { byCodeUnit } from '../base/index.ts';

export interface Aged {
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: string;
}

/** Precedence of documents: the older first, then by `namespace/name`. One that is not created yet is the youngest. */
export function byAge(a: Aged, b: Aged): number {
  return byCodeUnit(a.createdAt || '~', b.createdAt || '~') || byCodeUnit(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`);
}

/** A list in order, with one more; `order` is total. The list itself is left alone. */
export function withOne<T>(list: readonly T[], one: T, order: (a: T, b: T) => number): readonly T[] {
  return list.toSpliced(placeOf(list, one, order), 0, one);
}

/** A list in order without this one, by identity. */
export function withoutOne<T>(list: readonly T[], one: T, order: (a: T, b: T) => number): readonly T[] {
  const place = placeOf(list, one, order);
  const at = list[place] === one ? place : list.indexOf(one);
  return at < 0 ? list : list.toSpliced(at, 1);
}

/** Where a value stands in an ordered list, or would: binary search. */
export function placeOf<T>(list: readonly T[], one: T, order: (a: T, b: T) => number): number {
  let low = 0;
  for (let high = list.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (order(list[middle] as T, one) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
