import { headerMatcher, type Init, type RouteMatchSchema } from '../../envoy/index.ts';
import type { MatchExtension, PathMatch, RouteMatch } from '../../model/index.ts';
import { headerCondition, narrowing, queryCondition } from './conditions.ts';

/** Gateway API: a trailing slash of a prefix is ignored, and `/` matches everything. */
export function prefixOf(value: string): string {
  return value.replace(/\/+$/, '');
}

function pathSpecifier(path: PathMatch, ignoreCase: boolean) {
  if (path.kind === 'exact') return { case: 'path', value: path.value } as const;
  if (path.kind === 'regex') return { case: 'safeRegex', value: { regex: ignoreCase ? `(?i)${path.value}` : path.value } } as const;
  const prefix = prefixOf(path.value);
  if (prefix === '') return { case: 'prefix', value: '/' } as const;
  return { case: 'pathSeparatedPrefix', value: prefix } as const;
}

type RouteMatchInit = Init<typeof RouteMatchSchema>;

/** A match whose lists are there. */
export type MatchInit = Omit<RouteMatchInit, 'headers' | 'queryParameters'> & Required<Pick<RouteMatchInit, 'headers' | 'queryParameters'>>;

interface Conditions {
  readonly match: RouteMatch;
  readonly narrowed: readonly MatchExtension[];
}

/** Envoy's condition for a match. */
export function emitMatch({ match, narrowed }: Conditions): MatchInit {
  const ignoreCase = narrowed.some((each) => each.ignorePathCase);
  const method = match.method === undefined ? [] : [headerMatcher(':method', 'exact', match.method)];
  const more = narrowing(narrowed);
  return {
    pathSpecifier: pathSpecifier(match.path, ignoreCase),
    ...(ignoreCase && match.path.kind !== 'regex' ? { caseSensitive: false } : {}),
    headers: [...method, ...match.headers.map(headerCondition), ...more.headers],
    queryParameters: [...match.query.map(queryCondition), ...more.queryParameters],
    cookies: more.cookies,
  };
}

/**
 * The same match for preflights of the requests it takes: a browser asks with OPTIONS, and names the method in a header. Undefined when
 * the match does not ask for a method, and so takes preflights itself.
 */
export function preflightMatch({ match, narrowed }: Conditions): MatchInit | undefined {
  const methods = [...(match.method === undefined ? [] : [match.method]), ...narrowed.flatMap((each) => each.methods)];
  if (methods.length === 0) return undefined;
  const { method: _, ...rest } = match;
  const without = emitMatch({ match: rest, narrowed: narrowed.map((each) => ({ ...each, methods: [], notMethods: [] })) });
  const asked = methods.map((method) => headerMatcher('access-control-request-method', 'exact', method));
  return { ...without, headers: [headerMatcher(':method', 'exact', 'OPTIONS'), ...(methods.length === 1 ? asked : anyMethod(methods)), ...without.headers] };
}

function anyMethod(methods: readonly string[]) {
  return [headerMatcher('access-control-request-method', 'regex', methods.join('|'))];
}
