import { isAlias, isMap, isPair, isScalar, isSeq, type LineCounter, type Node, type Pair, type Document as YamlDocument } from 'yaml';
import { type SourcePlace, splitPath } from '../../model/index.ts';

/** A parsed YAML (or JSON) document, the file it stands in, and the counter that knows the file's lines. */
export interface PlacedText {
  readonly file: string;
  readonly yaml: YamlDocument.Parsed;
  readonly lines: LineCounter;
}

/**
 * Positions in a document: of a field its key, of a list item its beginning; of what is not written, the nearest thing around it.
 * `root` is the path of the document inside of the YAML document (`items[3]` in a List).
 */
export function placeOf({ file, yaml, lines }: PlacedText, root: readonly (string | number)[] = []): SourcePlace {
  return {
    file,
    at: (path) => {
      const offset = offsetOf(yaml, [...root, ...splitPath(path)]);
      if (offset === undefined) return undefined;
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    },
  };
}

/** Where the deepest written part of the path begins. */
function offsetOf(yaml: YamlDocument.Parsed, path: readonly (string | number)[]): number | undefined {
  let node: unknown = yaml.contents;
  let offset = isNode(node) ? node.range?.[0] : undefined;
  for (const segment of path) {
    const step = enter(yaml, node, segment);
    if (step === undefined) return offset;
    node = step.node;
    offset = step.offset ?? offset;
  }
  return offset;
}

interface Step {
  readonly node: unknown;
  /** Undefined when the text of it stands elsewhere (an alias): then the place of the alias is better. */
  readonly offset: number | undefined;
}

function enter(yaml: YamlDocument.Parsed, from: unknown, segment: string | number): Step | undefined {
  if (isAlias(from)) {
    const target = enter(yaml, from.resolve(yaml), segment);
    return target === undefined ? undefined : { node: target.node, offset: undefined };
  }
  if (isSeq(from) && typeof segment === 'number') {
    const item: unknown = from.items[segment];
    return item === undefined ? undefined : { node: item, offset: isNode(item) ? item.range?.[0] : undefined };
  }
  return isMap(from) ? enterMap(yaml, from.items, String(segment)) : undefined;
}

/** The last pair with the key counts, as it does for the value; `<<` is looked into when the map itself has no such key. */
function enterMap(yaml: YamlDocument.Parsed, pairs: readonly unknown[], key: string): Step | undefined {
  const found = pairs.filter(isPair).findLast((pair) => keyText(pair) === key);
  if (found !== undefined) return { node: found.value, offset: isNode(found.key) ? found.key.range?.[0] : undefined };
  const merged = pairs.filter(isPair).find((pair) => keyText(pair) === '<<');
  const step = merged === undefined ? undefined : enter(yaml, merged.value, key);
  return step === undefined ? undefined : { node: step.node, offset: undefined };
}

function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function isNode(value: unknown): value is Node {
  return value !== null && typeof value === 'object' && 'range' in value;
}
