// Conditions on a request (xds.type.matcher.v3) and the filter that runs another one when they hold: `weft.fault` and
// `weft.retry_methods` of the fixed filter list are empty until a route says what they are to do, and for which of its requests.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Packed, pack } from '../encode/index.ts';
import {
  CelMatcherSchema,
  CompositePerRouteSchema,
  CompositeSchema,
  ExecuteFilterActionSchema,
  ExtensionWithMatcherSchema,
  HttpAttributesCelMatchInputSchema,
  HttpRequestHeaderMatchInputSchema,
  type Matcher_MatcherList_PredicateSchema,
} from '../messages.ts';
import { call, type Expression, field, identifier, text } from './cel.ts';
import { extension } from './extensions.ts';
import type { StringMatchKind } from './values.ts';

export type Condition = MessageInitShape<typeof Matcher_MatcherList_PredicateSchema>;

/** A header of the request (also `:path`, with its query, and `:method`). `regex` is RE2 and must match the whole value. */
export function headerIs(name: string, kind: StringMatchKind, value: string): Condition {
  const input = extension('header', HttpRequestHeaderMatchInputSchema, { headerName: name });
  const valueMatch =
    kind === 'regex'
      ? { matchPattern: { case: 'safeRegex', value: { engineType: { case: 'googleRe2', value: {} }, regex: value } } as const }
      : plain(kind, value);
  return { matchType: { case: 'singlePredicate', value: { input, matcher: { case: 'valueMatch', value: valueMatch } } } };
}

function plain(kind: Exclude<StringMatchKind, 'regex'>, value: string) {
  return { matchPattern: { case: kind, value } };
}

/** One that holds until a moment (RFC 3339, UTC) and never after it, by the clock of the proxy: nothing has to be sent when it has come. */
export function before(moment: string): Condition {
  const time = field(identifier('request'), 'time');
  return expressed('before', call('_<_', [time, call('timestamp', [text(moment)])]));
}

function expressed(name: string, expr: Expression): Condition {
  const matcher = extension(name, CelMatcherSchema, { exprMatch: { celExprParsed: { expr } } });
  const input = extension('attributes', HttpAttributesCelMatchInputSchema, {});
  return { matchType: { case: 'singlePredicate', value: { input, matcher: { case: 'customMatch', value: matcher } } } };
}

/** What the metadata of the request's route say under `weft`. A route that says nothing of it does not hold. */
export function routeSays(key: string, value: string): Condition {
  const filters = field(field(identifier('xds'), 'route_metadata'), 'filter_metadata');
  const said = call('_[_]', [call('_[_]', [filters, text('weft')]), text(key)]);
  return expressed('route', call('_==_', [said, text(value)]));
}

/** All of some conditions. Envoy wants two at least, so one is itself. */
export function allOf(conditions: readonly [Condition, ...Condition[]]): Condition {
  return conditions.length === 1 ? conditions[0] : { matchType: { case: 'andMatcher', value: { predicate: [...conditions] } } };
}

/** Any of some conditions. */
export function anyOf(conditions: readonly [Condition, ...Condition[]]): Condition {
  return conditions.length === 1 ? conditions[0] : { matchType: { case: 'orMatcher', value: { predicate: [...conditions] } } };
}

export function not(condition: Condition): Condition {
  return { matchType: { case: 'notMatcher', value: condition } };
}

/** What a composite filter does on a route for every request. One filter: of several, those behind one that waits for an answer would not run (Envoy 1.40). */
export function always(filter: { readonly name: string; readonly typedConfig: Packed }): Packed {
  return chosen([{ when: headerIs(':method', 'regex', '.*'), filter }]);
}

interface Choice {
  readonly when: Condition;
  readonly filter: { readonly name: string; readonly typedConfig: Packed };
}

function matcherOf(entries: readonly Choice[]) {
  const matchers = entries.map(({ when, filter }) => {
    const action = extension('execute', ExecuteFilterActionSchema, { typedConfig: filter });
    return { predicate: when, onMatch: { onMatch: { case: 'action' as const, value: action } } };
  });
  return { matcherType: { case: 'matcherList' as const, value: { matchers } } };
}

/** What a composite filter does on a route: the filter of the first entry whose condition holds, if any. */
export function chosen(entries: readonly Choice[]): Packed {
  return pack(CompositePerRouteSchema, { matcher: matcherOf(entries) });
}

/** A filter that is the filter of the first entry whose condition holds. Its filters live as long as this message is the same. */
export function choosing(entries: readonly Choice[]): Packed {
  return pack(ExtensionWithMatcherSchema, { extensionConfig: extension('composite', CompositeSchema, {}), xdsMatcher: matcherOf(entries) });
}
