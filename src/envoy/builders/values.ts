import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DurationSchema } from '@bufbuild/protobuf/wkt';
import type { Init } from '../init.ts';
import {
  ApiVersion,
  type ConfigSourceSchema,
  type DataSourceSchema,
  FractionalPercent_DenominatorType,
  type FractionalPercentSchema,
  type HeaderMatcherSchema,
  HeaderValueOption_HeaderAppendAction,
  type HeaderValueOptionSchema,
  type QueryParameterMatcherSchema,
  type StringMatcherSchema,
} from '../messages.ts';

/** Milliseconds as google.protobuf.Duration, exact to the nanosecond. */
export function duration(ms: number): MessageInitShape<typeof DurationSchema> {
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  return nanos === 1e9 ? { seconds: BigInt(seconds + 1), nanos: 0 } : { seconds: BigInt(seconds), nanos };
}

export type StringMatchKind = 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex';

/** `regex` is RE2 and must match the whole value. */
export function stringMatcher(kind: StringMatchKind, value: string): Init<typeof StringMatcherSchema> {
  if (kind === 'regex') return { matchPattern: { case: 'safeRegex', value: { regex: value } } };
  return { matchPattern: { case: kind, value } };
}

export function headerMatcher(name: string, kind: StringMatchKind, value: string): Init<typeof HeaderMatcherSchema> {
  return { name, headerMatchSpecifier: { case: 'stringMatch', value: stringMatcher(kind, value) } };
}

export function queryMatcher(name: string, kind: StringMatchKind, value: string): Init<typeof QueryParameterMatcherSchema> {
  return { name, queryParameterMatchSpecifier: { case: 'stringMatch', value: stringMatcher(kind, value) } };
}

/** `set` replaces every value of that name, `add` puts one more after them, `default` only fills a gap. */
export function headerChange(how: 'set' | 'add' | 'default', key: string, value: string): MessageInitShape<typeof HeaderValueOptionSchema> {
  const actions = {
    set: HeaderValueOption_HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
    add: HeaderValueOption_HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD,
    default: HeaderValueOption_HeaderAppendAction.ADD_IF_ABSENT,
  } as const;
  return { header: { key, value }, appendAction: actions[how], keepEmptyValue: value === '' };
}

/** A share out of 100, exact to a millionth. */
export function percent(value: number): MessageInitShape<typeof FractionalPercentSchema> {
  if (Number.isInteger(value)) return { numerator: value, denominator: FractionalPercent_DenominatorType.HUNDRED };
  return { numerator: Math.round(value * 10_000), denominator: FractionalPercent_DenominatorType.MILLION };
}

export function inline(content: string): MessageInitShape<typeof DataSourceSchema> {
  return { specifier: { case: 'inlineString', value: content } };
}

/** After so long Envoy goes on without an answer; it is what a control plane that never answers costs a starting proxy. */
const INITIAL_FETCH_TIMEOUT_MS = 10_000;

/** "On the stream this came from": where everything that Weft serves is to be got. */
export function adsSource(): MessageInitShape<typeof ConfigSourceSchema> {
  return {
    configSourceSpecifier: { case: 'ads', value: {} },
    resourceApiVersion: ApiVersion.V3,
    initialFetchTimeout: duration(INITIAL_FETCH_TIMEOUT_MS),
  };
}
