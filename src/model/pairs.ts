// How labels and selectors are indexed: by one pair, because all pairs of a selector must hold.
import { byCodeUnit } from '../base/index.ts';

/** The pair under which a selector is indexed: one is enough, because all of its pairs must hold. Undefined: it selects nothing. */
export function firstPair(namespace: string, selector: Readonly<Record<string, string>>): string | undefined {
  const key = Object.keys(selector).sort(byCodeUnit)[0];
  return key === undefined ? undefined : labelPair(namespace, key, selector[key] ?? '');
}

export function labelPair(namespace: string, key: string, value: string): string {
  return `${namespace}/${key}=${value}`;
}
