import { byCodeUnit, canonicalJson } from '../../base/index.ts';
import type { MatchExtension, RouteMatch } from '../../model/index.ts';

const MEANINGS = new WeakMap<RouteMatch, string>();

/** What a match and the RouteFilters that narrow it mean. */
export interface Meant {
  readonly match: RouteMatch;
  readonly extensions: readonly MatchExtension[];
}

/** What two matches must have in common for one of them never to be reached. */
export function meaningOf({ match, extensions }: Meant): string {
  const known = MEANINGS.get(match) ?? textOf(match);
  MEANINGS.set(match, known);
  return extensions.length === 0 ? known : canonicalJson([known, extensions.map(({ filter: _, ...conditions }) => conditions)]);
}

function textOf({ path, method, headers, query }: RouteMatch): string {
  const sorted = (list: RouteMatch['headers']): RouteMatch['headers'] => [...list].sort((a, b) => byCodeUnit(a.name, b.name));
  const value = path.kind === 'pathPrefix' ? path.value.replace(/(.)\/+$/, '$1') : path.value;
  return canonicalJson({ path: { kind: path.kind, value }, method, headers: sorted(headers), query: sorted(query) });
}
