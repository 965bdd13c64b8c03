// Which route a request takes, decided over the plan with Envoy's meaning of every condition; a differential test holds it against Envoy.
import type { PathMatch, RouteMatch, StringMatch } from '../../model/index.ts';
import { prefixOf } from '../emit/route-match.ts';
import type { RoutePlan } from '../plan.ts';
import { splitTarget } from './normalize-path.ts';
import { fullMatch } from './re2.ts';

export interface RequestShape {
  readonly method: string;
  /** As the client sends it, with its query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly authority?: string;
}

/** One condition of a match that a request does not fulfil (`undecided`: it is an expression that cannot be judged here). */
export interface Obstacle {
  readonly kind: 'path' | 'method' | 'header' | 'query';
  readonly text: string;
  readonly undecided: boolean;
}

export interface Evaluation {
  readonly taken: RoutePlan | undefined;
  /** Routes that were tried before, in order, each with what kept the request from them. */
  readonly passed: readonly { readonly route: RoutePlan; readonly because: Obstacle }[];
  /** Routes that were not tried. */
  readonly notReached: readonly RoutePlan[];
}

/** Tries the routes of a port in order. */
export function evaluate(routes: readonly RoutePlan[], request: RequestShape): Evaluation {
  const passed: { readonly route: RoutePlan; readonly because: Obstacle }[] = [];
  const target = splitTarget(request.path);
  for (const [at, route] of routes.entries()) {
    const because = obstacleOf(route.match, request, target);
    if (because === undefined) return { taken: route, passed, notReached: routes.slice(at + 1) };
    passed.push({ route, because });
  }
  return { taken: undefined, passed, notReached: [] };
}

type Target = ReturnType<typeof splitTarget>;

function obstacleOf(match: RouteMatch, request: RequestShape, target: Target): Obstacle | undefined {
  return pathObstacle(match.path, target.path) ?? methodObstacle(match, request) ?? headerObstacle(match, request) ?? queryObstacle(match, target.query);
}

function obstacle(kind: Obstacle['kind'], text: string, verdict: boolean | undefined): Obstacle | undefined {
  return verdict === true ? undefined : { kind, text: verdict === undefined ? `${text} cannot be judged here (RE2)` : text, undecided: verdict === undefined };
}

function pathObstacle(path: PathMatch, actual: string): Obstacle | undefined {
  if (path.kind === 'exact') return obstacle('path', `path is ${actual}, not ${path.value}`, actual === path.value);
  if (path.kind === 'regex') return obstacle('path', `path ${actual} does not match ${path.value}`, fullMatch(path.value, actual));
  const prefix = prefixOf(path.value);
  return obstacle('path', `path ${actual} is not under ${path.value}`, prefix === '' || actual === prefix || actual.startsWith(`${prefix}/`));
}

function methodObstacle({ method }: RouteMatch, request: RequestShape): Obstacle | undefined {
  return method === undefined ? undefined : obstacle('method', `method is ${request.method}, not ${method}`, method === request.method);
}

function stringMatches({ kind, value }: StringMatch, actual: string): boolean | undefined {
  if (kind === 'regex') return fullMatch(value, actual);
  return kind === 'exact' ? actual === value : actual.startsWith(value);
}

/** A header sent several times matches when one of its values does. */
function headerObstacle({ headers }: RouteMatch, request: RequestShape): Obstacle | undefined {
  for (const { name, match } of headers) {
    const values = valuesOf(request, name.toLowerCase());
    const verdicts = values.map((value) => stringMatches(match, value));
    const verdict = verdicts.includes(true) ? true : verdicts.includes(undefined) ? undefined : false;
    const found = obstacle(
      'header',
      values.length === 0 ? `header ${name} is not there` : `header ${name} is ${values.join(', ')}, not ${match.value}`,
      verdict,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function valuesOf(request: RequestShape, name: string): readonly string[] {
  if (name === 'host' && request.authority !== undefined) return [request.authority];
  return request.headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}

/** The first parameter of the name counts, as it is written: encoded octets are not decoded. */
function queryObstacle({ query }: RouteMatch, actual: string): Obstacle | undefined {
  for (const { name, match } of query) {
    const value = parameter(actual, name);
    const verdict = value === undefined ? false : stringMatches(match, value);
    const found = obstacle('query', value === undefined ? `query has no ${name}` : `query ${name} is ${value}, not ${match.value}`, verdict);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parameter(query: string, name: string): string | undefined {
  for (const part of query.split('&')) {
    const at = part.indexOf('=');
    if ((at < 0 ? part : part.slice(0, at)) === name && part !== '') return at < 0 ? '' : part.slice(at + 1);
  }
  return undefined;
}
