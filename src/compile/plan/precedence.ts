// In which order requests are tried against matches: Gateway API HTTPRouteRule.matches, "Proxy or Load Balancer routing
// configuration generated from HTTPRoutes MUST prioritize matches based on the following criteria".
import { byAge, type HttpRoute, type PathMatch, type RouteMatch, type RouteRule } from '../../model/index.ts';

export interface Candidate {
  readonly route: HttpRoute;
  readonly rule: RouteRule;
  readonly ruleAt: number;
  readonly match: RouteMatch;
  readonly matchAt: number;
}

/**
 * Exact before prefix is the specification's. Regular expressions are implementation-specific there; Weft puts them between:
 * somebody who writes one means something more special than any prefix, and a prefix route must not hide it.
 */
const PATH_RANK: Readonly<Record<PathMatch['kind'], number>> = { exact: 0, regex: 1, pathPrefix: 2 };

/** Length decides among prefixes (characters) and, for lack of anything better, among regular expressions. */
function pathLength(path: PathMatch): number {
  if (path.kind === 'exact') return 0;
  return path.kind === 'pathPrefix' ? path.value.replace(/\/+$/, '').length : path.value.length;
}

/** Negative when `a` is tried first. Total: no two different candidates are equal. */
export function byPrecedence(a: Candidate, b: Candidate): number {
  return bySpecificity(a.match, b.match) || byAge(a.route, b.route) || a.ruleAt - b.ruleAt || a.matchAt - b.matchAt;
}

/** The part of the order that the matches themselves decide; 0 leaves it to age, name and position. */
export function bySpecificity(a: RouteMatch, b: RouteMatch): number {
  return (
    PATH_RANK[a.path.kind] - PATH_RANK[b.path.kind] ||
    pathLength(b.path) - pathLength(a.path) ||
    Number(b.method !== undefined) - Number(a.method !== undefined) ||
    b.headers.length - a.headers.length ||
    b.query.length - a.query.length
  );
}
