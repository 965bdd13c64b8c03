// Conditions of matches in Envoy's words.
import {
  type HeaderMatcherSchema,
  headerMatcher,
  type Init,
  type QueryParameterMatcherSchema,
  type StringMatcherSchema,
  stringMatcher,
} from '../../envoy/index.ts';
import type { MatchExtension, NamedMatch, StringMatch } from '../../model/index.ts';

type TextMatch = Exclude<StringMatch, { kind: 'present' | 'range' }>;

/** RE2 for exactly this text. */
export function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function text({ kind, value, ignoreCase }: TextMatch): Init<typeof StringMatcherSchema> {
  if (ignoreCase !== true) return stringMatcher(kind, value);
  return kind === 'regex' ? stringMatcher('regex', `(?i)${value}`) : { ...stringMatcher(kind, value), ignoreCase: true };
}

/** HTTP/2 has no Host header; Envoy holds it as the pseudo-header in both versions. */
function headerName(name: string): string {
  return name.toLowerCase() === 'host' ? ':authority' : name.toLowerCase();
}

/** Without the header a negated condition holds, as if it were empty. */
export function headerCondition({ name, match, not }: NamedMatch): Init<typeof HeaderMatcherSchema> {
  const inverted = not === true ? { invertMatch: true, ...(match.kind === 'present' ? {} : { treatMissingHeaderAsEmpty: true }) } : {};
  const at = { name: headerName(name), ...inverted };
  if (match.kind === 'present') return { ...at, headerMatchSpecifier: { case: 'presentMatch', value: true } };
  if (match.kind === 'range') return { ...at, headerMatchSpecifier: { case: 'rangeMatch', value: { start: BigInt(match.start), end: BigInt(match.end) } } };
  return { ...at, headerMatchSpecifier: { case: 'stringMatch', value: text(match) } };
}

/** RE2 for a text that the condition holds for. */
function pattern(match: StringMatch): string {
  if (match.kind === 'present' || match.kind === 'range') return '[^&]*';
  const insensitive = match.ignoreCase === true ? '(?i:' : '(?:';
  const body = match.kind === 'regex' ? match.value : quoted(match.value);
  const before = match.kind === 'suffix' || match.kind === 'contains' ? '[^&]*' : '';
  const after = match.kind === 'prefix' || match.kind === 'contains' ? '[^&]*' : '';
  return `${before}${insensitive}${body})${after}`;
}

export function queryCondition({ name, match }: NamedMatch): Init<typeof QueryParameterMatcherSchema> {
  if (match.kind === 'present' || match.kind === 'range') return { name, queryParameterMatchSpecifier: { case: 'presentMatch', value: true } };
  return { name, queryParameterMatchSpecifier: { case: 'stringMatch', value: text(match) } };
}

/** Envoy cannot negate a condition on the query, so it becomes one on the whole target: no parameter of the name is like this. */
function noQuery({ name, match }: NamedMatch): Init<typeof HeaderMatcherSchema> {
  const value = match.kind === 'present' ? `(?:=[^&]*)?` : `=${pattern(match)}`;
  return { ...headerMatcher(':path', 'regex', `[^?]*\\?(?:.*&)?${quoted(name)}${value}(?:&.*)?`), invertMatch: true };
}

function pathCondition({ match, not }: MatchExtension['paths'][number]): Init<typeof HeaderMatcherSchema> {
  const insensitive = match.ignoreCase === true ? '(?i)' : '';
  const before = match.kind === 'suffix' || match.kind === 'contains' ? '[^?]*' : '';
  const after = match.kind === 'prefix' || match.kind === 'contains' ? '[^?]*' : '';
  const condition = headerMatcher(':path', 'regex', `${insensitive}${before}${quoted(match.value)}${after}(?:\\?.*)?`);
  return not === true ? { ...condition, invertMatch: true } : condition;
}

function oneOf(name: string, values: readonly string[]): readonly Init<typeof HeaderMatcherSchema>[] {
  const [only] = values;
  if (only === undefined) return [];
  return [values.length === 1 ? headerMatcher(name, 'exact', only) : headerMatcher(name, 'regex', values.map(quoted).join('|'))];
}

function cookieCondition({ name, match, not }: NamedMatch) {
  const value = match.kind === 'present' || match.kind === 'range' ? stringMatcher('regex', '.*') : text(match);
  return { name, stringMatch: value, ...(not === true ? { invertMatch: true } : {}) };
}

/** What RouteFilters add to a match. */
export function narrowing(extensions: readonly MatchExtension[]) {
  return {
    headers: extensions.flatMap((each) => [
      ...oneOf(':method', each.methods),
      ...oneOf(':method', each.notMethods).map((condition) => ({ ...condition, invertMatch: true })),
      ...oneOf(':scheme', each.schemes),
      ...each.paths.map(pathCondition),
      ...each.headers.map(headerCondition),
      ...each.query.filter(({ not }) => not === true).map(noQuery),
    ]),
    queryParameters: extensions.flatMap((each) => each.query.filter(({ not }) => not !== true).map(queryCondition)),
    cookies: extensions.flatMap((each) => each.cookies.map(cookieCondition)),
  };
}
