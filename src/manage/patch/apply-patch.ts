// Server-side apply without a ledger of field owners: what a client applies is merged in, and what the same client applied the
// last time and leaves out now is removed. Fields of others stay. Lists are one value. What each client applied last is remembered
// with the document.
import { canonicalJson } from '../../base/index.ts';
import { type Fields, isFields } from '../body.ts';

/** What each field manager applied last. */
export type Remembered = Readonly<Record<string, unknown>>;

/** Reads what was remembered; anything but the text of `Applied.remembered` is as good as none. */
function readRemembered(text: string | undefined): Remembered {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : {};
  } catch {
    return {};
  }
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
  return { metadata: { labels: metadata['labels'] ?? {}, annotations: metadata['annotations'] ?? {} }, spec: applied['spec'] ?? {} };
}

export interface Applied {
  readonly document: Fields;
  /** To be given to the next `mergeApplied` of this document. */
  readonly remembered: string;
}

export interface ApplyPatch {
  /** Undefined: there is none yet. */
  readonly live: Fields | undefined;
  readonly applied: Fields;
  readonly manager: string;
  readonly remembered: string | undefined;
}

/** The document after `manager` applied `applied` to `live`. Applying the same again changes nothing. */
export function mergeApplied({ live, applied, manager, remembered }: ApplyPatch): Applied {
  const before = readRemembered(remembered);
  const mine = owned(applied);
  const others = Object.entries(before).flatMap(([name, value]) => (name === manager ? [] : [value]));
  const rest = live === undefined ? {} : withoutDropped(live, before[manager], others.reduce(merged, mine));
  return { document: merged(rest, applied) as Fields, remembered: canonicalJson({ ...before, [manager]: mine }) };
}
