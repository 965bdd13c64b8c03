// Server-side apply without a ledger of field owners: what a client applies is merged in, and what the same client applied the
// last time and leaves out now is removed. Fields of others stay. Lists are one value. What was applied is remembered in an
// annotation, one entry for each field manager, so it goes wherever the document goes.
import { canonicalJson } from '../../base/index.ts';
import { type Fields, isFields } from '../body.ts';

/** Annotation: JSON map from field manager to what it applied. */
export const REMEMBERED = 'weft.dev/applied';

function readRemembered(text: unknown): Readonly<Record<string, unknown>> {
  if (typeof text !== 'string') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : {};
  } catch {
    return {};
  }
}

const annotationsOf = (document: Fields): Fields => {
  const metadata = document['metadata'];
  const annotations = isFields(metadata) ? metadata['annotations'] : undefined;
  return isFields(annotations) ? annotations : {};
};

/** What each field manager applied last. */
export function rememberedIn(document: Fields): Readonly<Record<string, unknown>> {
  return readRemembered(annotationsOf(document)[REMEMBERED]);
}

/** `live` without what stands in `before` and is left out of `now`. */
function withoutDropped(live: unknown, before: unknown, now: unknown): unknown {
  if (!isFields(live) || !isFields(before)) return live;
  const kept = isFields(now) ? now : {};
  return Object.fromEntries(
    Object.entries(live).flatMap(([key, value]) => {
      if (!Object.hasOwn(before, key)) return [[key, value]];
      const [old, wanted] = [before[key], Object.hasOwn(kept, key) ? kept[key] : undefined];
      if (wanted !== undefined) return [[key, withoutDropped(value, old, wanted)]];
      if (!isFields(value) || !isFields(old)) return [];
      const rest = withoutDropped(value, old, {});
      return isFields(rest) && Object.keys(rest).length === 0 ? [] : [[key, rest]];
    }),
  );
}

function merged(live: unknown, applied: unknown): unknown {
  if (!isFields(applied) || !isFields(live)) return applied;
  const result: Record<string, unknown> = { ...live };
  for (const [key, value] of Object.entries(applied)) result[key] = Object.hasOwn(result, key) ? merged(result[key], value) : value;
  return result;
}

/** The part of an applied document that its manager owns: labels, annotations, spec. */
function owned(applied: Fields): Fields {
  const metadata = isFields(applied['metadata']) ? applied['metadata'] : {};
  const { [REMEMBERED]: _, ...annotations } = annotationsOf(applied);
  return { metadata: { labels: metadata['labels'] ?? {}, annotations }, spec: applied['spec'] ?? {} };
}

/**
 * The document after `manager` applied `applied` to `live` (undefined: there is none yet). Applying the same again changes
 * nothing.
 */
export function mergeApplied(live: Fields | undefined, applied: Fields, manager: string): Fields {
  const before = live === undefined ? {} : rememberedIn(live);
  const mine = owned(applied);
  const others = Object.entries(before).flatMap(([name, value]) => (name === manager ? [] : [value]));
  const rest = live === undefined ? {} : withoutDropped(live, before[manager], others.reduce(merged, mine));
  const result = merged(rest, applied);
  const remembered = canonicalJson({ ...before, [manager]: mine });
  return merged(result, { metadata: { annotations: { [REMEMBERED]: remembered } } }) as Fields;
}
