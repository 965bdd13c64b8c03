// In which order requests are tried against matches: Gateway API HTTPRouteRule.matches, "Proxy or Load Balancer routing
// configuration generated from HTTPRoutes MUST prioritize matches based on the following criteria".
import { byAge, type HttpRoute, type MatchExtension, type PathMatch, type RouteMatch, type RouteRule } from '../../model/index.ts';

export interface Candidate {
  readonly route: HttpRoute;
  readonly rule: RouteRule;
  readonly ruleAt: number;
  readonly match: RouteMatch;
  readonly matchAt: number;
  /** What RouteFilters add to the match. */
  readonly extensions: readonly MatchExtension[];
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
  return bySpecificity(a, b) || byAge(a.route, b.route) || a.ruleAt - b.ruleAt || a.matchAt - b.matchAt;
}

type Conditions = Pick<Candidate, 'match' | 'extensions'>;

/** The part of the order that the matches themselves decide; 0 leaves it to age, name and position. */
export function bySpecificity(a: Conditions, b: Conditions): number {
  if (a.match.grpc !== undefined && b.match.grpc !== undefined) return byCall(a.match.grpc, b.match.grpc) || byHeaders(a, b) || byRest(a, b);
  return (
    PATH_RANK[a.match.path.kind] - PATH_RANK[b.match.path.kind] ||
    pathLength(b.match.path) - pathLength(a.match.path) ||
    Number(hasMethod(b)) - Number(hasMethod(a)) ||
    byHeaders(a, b) ||
    byRest(a, b)
  );
}

/** GRPCRouteRule.matches: "the largest number of characters in a matching service, characters in a matching method, header matches". */
function byCall(a: NonNullable<RouteMatch['grpc']>, b: NonNullable<RouteMatch['grpc']>): number {
  return b.service.length - a.service.length || b.method.length - a.method.length;
}

function hasMethod({ match, extensions }: Conditions): boolean {
  return match.method !== undefined || extensions.some((each) => each.methods.length > 0);
}

/** Conditions of a RouteFilter count like those they resemble: cookies are in a header. */
function byHeaders(a: Conditions, b: Conditions): number {
  const headers = ({ match, extensions }: Conditions): number =>
    extensions.reduce((sum, each) => sum + each.headers.length + each.cookies.length, match.headers.length);
  return headers(b) - headers(a);
}

function byRest(a: Conditions, b: Conditions): number {
  const query = ({ match, extensions }: Conditions): number => extensions.reduce((sum, each) => sum + each.query.length, match.query.length);
  return query(b) - query(a) || others(b) - others(a);
}

/** What Gateway API has no rank for: it decides last, before age. */
function others({ extensions }: Conditions): number {
  const of = ({ notMethods, schemes, paths, source }: MatchExtension): number =>
    Number(notMethods.length > 0) + Number(schemes.length > 0) + paths.length + Number(source !== undefined);
  return extensions.reduce((sum, each) => sum + of(each), 0);
}
