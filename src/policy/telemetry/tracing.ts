// How much is traced of requests that come without a decision, and what is written on spans. It stands in routes: listeners, and with them the tracer, never change.
import type { TelemetrySections } from '../../model/index.ts';
import type { Contribution, TracingValues } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { readerOf } from '../read.ts';

type TagSpec = NonNullable<NonNullable<TelemetrySections['tracing']>['tags']>[number];

/** What the tracer does without a word (compile/emit/tracing.ts): a route that wants the same says nothing. */
export const USUAL_PERCENT = 1;

function tagOf({ name, header, literal }: TagSpec): TracingValues['tags'] {
  if (header !== undefined) return [{ name, from: { header: header.toLowerCase() } }];
  // Envoy refuses a literal without a character, and it would say nothing
  return literal === undefined || literal === '' ? [] : [{ name, from: { literal } }];
}

/** Of 10,000 seconds; somebody who asks for less than one of them, but for some, gets one. */
const rateOf = (percent: number): number => (percent > 0 ? Math.max(1, Math.round(percent * 100)) : 0);

export function compileTracing(effective: Effective, site: Site): readonly Contribution[] {
  if (site.protocol === 'tcp') return [];
  const { number, list, origin } = readerOf(effective);
  const percent = number('tracing.percent') ?? USUAL_PERCENT;
  const tags = list<TagSpec>('tracing.tags').flatMap(tagOf);
  if (percent === USUAL_PERCENT && tags.length === 0) return [];
  return [{ kind: 'tracing', values: { rate: rateOf(percent), tags }, origin: origin('tracing') }];
}
