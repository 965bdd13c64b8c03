// What a route says to the tracer. The tracer itself is part of listeners and never changes (tracing.ts).
import { type CustomTagSchema, type Init, OWN_TAG, percent, SAMPLING_METADATA } from '../../envoy/index.ts';
import { type Contribution, contributionOf, type TracingValues } from '../../policy/index.ts';
import { USUAL_RATE } from './tracing.ts';

type Tag = TracingValues['tags'][number];

function tagOf({ name, from }: Tag): Init<typeof CustomTagSchema> {
  const tag = `${OWN_TAG}${name}`;
  if ('literal' in from) return { tag, type: { case: 'literal', value: { value: from.literal } } };
  return { tag, type: { case: 'requestHeader', value: { name: from.header } } };
}

/** Its metadata and its `tracing`; nothing where it wants what is usual. What is on spans anyway stays there: Envoy joins the tags of both. */
export function routeTracing(contributions: readonly Contribution[]) {
  const values = contributionOf(contributions, 'tracing')?.values;
  if (values === undefined) return {};
  const { rate, tags } = values;
  const all = { clientSampling: percent(100), randomSampling: percent(100), overallSampling: percent(100) };
  return {
    ...(rate === USUAL_RATE ? {} : { filterMetadata: { [SAMPLING_METADATA]: { rate } } }),
    ...(tags.length === 0 ? {} : { tracing: { ...all, customTags: tags.map(tagOf) } }),
  };
}
