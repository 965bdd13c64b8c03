// Several values in one text. Envoy works out, copies and looks for every tag of a span and of a counted request by itself, also of spans that nobody is
// told of; one tag made of many values costs it little more than one made of one.

/**
 * Stands between values: it can be in no header (RFC 9110 §5.5), in no name that a document gives, and in no JSON text as it is.
 * Should a value have it all the same, only what stands behind that value is wrong: what applications say comes last.
 */
const BETWEEN = '\u001f';

/** One format of Envoy for the values of these names, in their order; nothing for a name that has no format. */
export function joinedFormat<N extends string>(names: readonly N[], formats: Readonly<Partial<Record<N, string>>>): string {
  const last = names.findLastIndex((name) => formats[name] !== undefined);
  return names
    .slice(0, last + 1)
    .map((name) => formats[name] ?? '')
    .join(BETWEEN);
}

/** Values by name, as Envoy has put them into the format; of names at the end that had none, none. */
export function readJoined<N extends string>(names: readonly N[], text: string): ReadonlyMap<N, string> {
  const values = text.split(BETWEEN, names.length);
  return new Map(values.flatMap((value, at) => (names[at] === undefined ? [] : [[names[at], value]])));
}
