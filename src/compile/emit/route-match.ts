import { headerMatcher, queryMatcher } from '../../envoy/index.ts';
import type { PathMatch, RouteMatch } from '../../model/index.ts';

/** Gateway API: a trailing slash of a prefix is ignored, and `/` matches everything. */
export function prefixOf(value: string): string {
  return value.replace(/\/+$/, '');
}

function pathSpecifier(path: PathMatch) {
  if (path.kind === 'exact') return { case: 'path', value: path.value } as const;
  if (path.kind === 'regex') return { case: 'safeRegex', value: { regex: path.value } } as const;
  const prefix = prefixOf(path.value);
  if (prefix === '') return { case: 'prefix', value: '/' } as const;
  return { case: 'pathSeparatedPrefix', value: prefix } as const;
}

/** Envoy's condition for a match. */
export function emitMatch(match: RouteMatch) {
  const method = match.method === undefined ? [] : [headerMatcher(':method', 'exact', match.method)];
  return {
    pathSpecifier: pathSpecifier(match.path),
    headers: [...method, ...match.headers.map(({ name, match: { kind, value } }) => headerMatcher(headerName(name), kind, value))],
    queryParameters: match.query.map(({ name, match: { kind, value } }) => queryMatcher(name, kind, value)),
  };
}

/** HTTP/2 has no Host header; Envoy holds it as the pseudo-header in both versions. */
function headerName(name: string): string {
  return name.toLowerCase() === 'host' ? ':authority' : name.toLowerCase();
}
