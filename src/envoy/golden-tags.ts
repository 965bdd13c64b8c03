// Tags of golden metrics as they arrive.
import { JOINED_TAG, JOINED_TAGS } from './golden-metrics.ts';
import { readJoined } from './joined.ts';
import { readMetricLabels } from './otlp-metrics.ts';

/** What tells a series apart, by name (TAG). Throws RangeError on bytes that are no attributes. */
export function readGoldenTags(attributes: Uint8Array): ReadonlyMap<string, string> {
  const tags = readMetricLabels(attributes);
  const joined = tags.get(JOINED_TAG);
  return joined === undefined ? tags : new Map<string, string>([...tags, ...readJoined(JOINED_TAGS, joined)]);
}
