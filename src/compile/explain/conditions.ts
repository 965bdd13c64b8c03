// One condition after the other, with Envoy's meaning of each.
import type { MatchExtension, NamedMatch, StringMatch } from '../../model/index.ts';
import type { Obstacle, RequestShape } from './evaluate.ts';
import { fullMatch } from './re2.ts';

export function obstacle(kind: Obstacle['kind'], text: string, verdict: boolean | undefined): Obstacle | undefined {
  return verdict === true ? undefined : { kind, text: verdict === undefined ? `${text} cannot be judged here (RE2)` : text, undecided: verdict === undefined };
}

/** Whether a value fulfils a comparison; undefined when that cannot be said here. */
export function compares(match: StringMatch, actual: string): boolean | undefined {
  if (match.kind === 'present') return true;
  if (match.kind === 'range') return /^[+-]?\d+$/.test(actual) && Number(actual) >= match.start && Number(actual) < match.end;
  if (match.kind === 'regex') return fullMatch(match.ignoreCase === true ? `(?i)${match.value}` : match.value, actual);
  const [value, text] = match.ignoreCase === true ? [match.value.toLowerCase(), actual.toLowerCase()] : [match.value, actual];
  if (match.kind === 'exact') return text === value;
  if (match.kind === 'prefix') return text.startsWith(value);
  return match.kind === 'suffix' ? text.endsWith(value) : text.includes(value);
}

const wanted = (match: StringMatch): string => {
  if (match.kind === 'present') return 'anything';
  return match.kind === 'range' ? `from ${match.start} to ${match.end - 1}` : match.value;
};

interface Found {
  readonly kind: Obstacle['kind'];
  /** `header`, `query`, `cookie`. */
  readonly what: string;
  /** All values of the name. */
  readonly values: readonly string[];
}

/** A name whose values stand in the request: one of them must fulfil the condition, or with `not` none. What is not there counts as empty. */
export function namedObstacle({ name, match, not }: NamedMatch, { kind, what, values }: Found): Obstacle | undefined {
  const verdicts = (not === true && values.length === 0 && match.kind !== 'present' ? [''] : values).map((value) => compares(match, value));
  const holds = verdicts.includes(true) ? true : verdicts.includes(undefined) ? undefined : false;
  if (not === true) return obstacle(kind, `${what} ${name} is ${values.join(', ')}, which is excluded`, holds === undefined ? undefined : !holds);
  if (values.length === 0) return obstacle(kind, kind === 'query' ? `query has no ${name}` : `${what} ${name} is not there`, false);
  return obstacle(kind, `${what} ${name} is ${values.join(', ')}, not ${wanted(match)}`, holds);
}

export function headerValues(request: RequestShape, name: string): readonly string[] {
  if (name === 'host' && request.authority !== undefined) return [request.authority];
  return request.headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}

/** Values of a query parameter as they are written: encoded octets are not decoded. */
export function parameters(query: string, name: string): readonly string[] {
  return query.split('&').flatMap((part) => {
    const at = part.indexOf('=');
    return part !== '' && (at < 0 ? part : part.slice(0, at)) === name ? [at < 0 ? '' : part.slice(at + 1)] : [];
  });
}

function cookies(request: RequestShape, name: string): readonly string[] {
  const pairs = headerValues(request, 'cookie').flatMap((header) => header.split(';'));
  return pairs.flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
}

interface Target {
  readonly path: string;
  readonly query: string;
}

/** What keeps a request from a match that a RouteFilter narrows. */
export function extensionObstacle(extension: MatchExtension, request: RequestShape, target: Target): Obstacle | undefined {
  const { methods, notMethods, schemes } = extension;
  const scheme = request.scheme ?? 'http';
  const first = [
    obstacle('method', `method is ${request.method}, not ${methods.join(' or ')}`, methods.length === 0 || methods.includes(request.method)),
    obstacle('method', `method is ${request.method}, which is excluded`, !notMethods.includes(request.method)),
    obstacle('scheme', `scheme is ${scheme}, not ${schemes.join(' or ')}`, schemes.length === 0 || schemes.includes(scheme)),
    ...extension.paths.map(({ match, not }) =>
      obstacle('path', `path ${target.path} is excluded by ${match.value}`, (compares(match, target.path) === true) !== (not === true)),
    ),
    ...extension.headers.map((each) => namedObstacle(each, { kind: 'header', what: 'header', values: headerValues(request, each.name) })),
    ...extension.query.map((each) => queryObstacle(each, target.query)),
    ...extension.cookies.map((each) => namedObstacle(each, { kind: 'cookie', what: 'cookie', values: cookies(request, each.name) })),
  ];
  return first.find((each) => each !== undefined);
}

/** The first parameter of the name counts; with `not`, all of them. */
export function queryObstacle(condition: NamedMatch, query: string): Obstacle | undefined {
  const values = parameters(query, condition.name);
  if (condition.not === true && values.length === 0) return undefined;
  return namedObstacle(condition, { kind: 'query', what: 'query', values: condition.not === true ? values : values.slice(0, 1) });
}
