// Which route a request takes, decided over the plan with Envoy's meaning of every condition; a differential test holds it against Envoy.
import type { PathMatch, RouteMatch } from '../../model/index.ts';
import { prefixOf } from '../emit/route-match.ts';
import type { RoutePlan } from '../plan.ts';
import { extensionObstacle, headerValues, namedObstacle, obstacle, queryObstacle } from './conditions.ts';
import { splitTarget } from './normalize-path.ts';
import { fullMatch } from './re2.ts';

export interface RequestShape {
  readonly method: string;
  /** As the client sends it, with its query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly authority?: string;
  /** `http` unless said otherwise. */
  readonly scheme?: 'http' | 'https';
}

/** One condition of a match that a request does not fulfil (`undecided`: it is an expression that cannot be judged here). */
export interface Obstacle {
  readonly kind: 'path' | 'method' | 'header' | 'query' | 'cookie' | 'scheme';
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
    const because = obstacleOf(route, request, target);
    if (because === undefined) return { taken: route, passed, notReached: routes.slice(at + 1) };
    passed.push({ route, because });
  }
  return { taken: undefined, passed, notReached: [] };
}

type Target = ReturnType<typeof splitTarget>;

function obstacleOf(route: RoutePlan, asked: RequestShape, target: Target): Obstacle | undefined {
  const { match, narrowed } = route;
  const request = route.cors === undefined ? asked : asPreflighted(asked);
  const ignoreCase = narrowed.some((each) => each.ignorePathCase);
  const found = pathObstacle(match.path, target.path, ignoreCase) ?? methodObstacle(match, request) ?? headerObstacle(match, request);
  if (found !== undefined) return found;
  const query = match.query.map((each) => queryObstacle(each, target.query)).find((each) => each !== undefined);
  return query ?? narrowed.map((each) => extensionObstacle(each, request, target)).find((each) => each !== undefined);
}

/** A preflight takes the route of the request it asks for (see emit/route-match.ts). */
function asPreflighted(request: RequestShape): RequestShape {
  const [method] = request.method === 'OPTIONS' ? headerValues(request, 'access-control-request-method') : [];
  return method === undefined ? request : { ...request, method };
}

function pathObstacle(path: PathMatch, asked: string, ignoreCase: boolean): Obstacle | undefined {
  if (path.kind === 'regex')
    return obstacle('path', `path ${asked} does not match ${path.value}`, fullMatch(ignoreCase ? `(?i)${path.value}` : path.value, asked));
  const [value, actual] = ignoreCase ? [path.value.toLowerCase(), asked.toLowerCase()] : [path.value, asked];
  if (path.kind === 'exact') return obstacle('path', `path is ${asked}, not ${path.value}`, actual === value);
  const prefix = prefixOf(value);
  return obstacle('path', `path ${asked} is not under ${path.value}`, prefix === '' || actual === prefix || actual.startsWith(`${prefix}/`));
}

function methodObstacle({ method }: RouteMatch, request: RequestShape): Obstacle | undefined {
  return method === undefined ? undefined : obstacle('method', `method is ${request.method}, not ${method}`, method === request.method);
}

/** A header sent several times matches when one of its values does. */
function headerObstacle({ headers }: RouteMatch, request: RequestShape): Obstacle | undefined {
  const found = headers.map((each) => namedObstacle(each, { kind: 'header', what: 'header', values: headerValues(request, each.name) }));
  return found.find((each) => each !== undefined);
}
