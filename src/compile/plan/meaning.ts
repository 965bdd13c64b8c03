import { byCodeUnit, canonicalJson } from '../../base/index.ts';
import type { RouteMatch } from '../../model/index.ts';

const MEANINGS = new WeakMap<RouteMatch, string>();

/** What two matches must have in common for one of them never to be reached. */
export function meaningOf(match: RouteMatch): string {
  const known = MEANINGS.get(match);
  if (known !== undefined) return known;
  const meaning = textOf(match);
  MEANINGS.set(match, meaning);
  return meaning;
}

function textOf({ path, method, headers, query }: RouteMatch): string {
  const sorted = (list: RouteMatch['headers']): RouteMatch['headers'] => [...list].sort((a, b) => byCodeUnit(a.name, b.name));
  const value = path.kind === 'pathPrefix' ? path.value.replace(/(.)\/+$/, '$1') : path.value;
  return canonicalJson({ path: { kind: path.kind, value }, method, headers: sorted(headers), query: sorted(query) });
}
