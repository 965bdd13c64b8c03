// A document as somebody writes it: text, what it says, and on which line a path of the API stands. Pure.
import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, stringify } from 'yaml';
import type { DocumentView } from '../../api/documents.ts';

export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly severity: 'error' | 'warning' | 'info';
  /** Empty for text that is no YAML. */
  readonly code: string;
  readonly words: string;
  readonly hint: string;
}

export interface Written {
  /** Undefined when the text cannot be read. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** The line of a path, or of the nearest that it is part of. */
  readonly lineOf: (path: string) => number;
}

/** What Weft keeps in a document of how it came to be written. */
const SOURCE_MAP = 'weft.dev/source-map';
const STEP = /\.?([^.[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/gy;

/** `spec.rules[0]["a.b/c"]` -> `spec`, `rules`, `0`, `a.b/c`. */
function stepsOf(path: string): readonly string[] {
  return [...path.matchAll(STEP)].map(([, name, index, quoted]) => name ?? index ?? String(JSON.parse(`"${quoted ?? ''}"`)));
}

function offsetOf(root: Node | null, path: string): number {
  let node: unknown = root;
  let at = root?.range?.[0] ?? 0;
  for (const step of stepsOf(path)) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) break;
      at = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? at;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)];
      if (!isNode(item)) break;
      at = item.range?.[0] ?? at;
      node = item;
    } else break;
  }
  return at;
}

const unreadable = (line: number, words: string, hint: string): Problem => ({ line, severity: 'error', code: '', words, hint });

/** Reads one document. Whatever the text is, there is an answer. */
export function readWritten(text: string): Written {
  const counter = new LineCounter();
  const found = parseAllDocuments(text, { lineCounter: counter, schema: 'core', uniqueKeys: true, logLevel: 'error' });
  const lineAt = (offset: number): number => Math.max(1, counter.linePos(offset).line);
  const [tree, second] = 'empty' in found ? [] : found;
  const nowhere = (): number => 1;
  if (tree === undefined || tree.contents === null)
    return { value: undefined, problems: [unreadable(1, 'nothing is written here', 'write one document')], lineOf: nowhere };
  if (second !== undefined) {
    const words = 'a second document begins here';
    return { value: undefined, problems: [unreadable(lineAt(second.range[0]), words, '`weft apply -f` takes several; here is one')], lineOf: nowhere };
  }
  const problems = tree.errors.map(({ message, pos }) => unreadable(lineAt(pos[0]), message.split('\n', 1)[0]?.replace(/ at line \d+.*$/, '') ?? '', ''));
  const { contents } = tree;
  const lineOf = (path: string): number => lineAt(offsetOf(contents, path));
  if (problems.length > 0) return { value: undefined, problems, lineOf };
  try {
    return { value: tree.toJS({ maxAliasCount: 50 }), problems: [], lineOf };
  } catch (error) {
    return { value: undefined, problems: [unreadable(1, error instanceof Error ? error.message : String(error), '')], lineOf };
  }
}

const notEmpty = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length > 0;

/** A document without what the control plane keeps in it, as YAML. */
export function textOf({ apiVersion, kind, metadata, status: _, ...body }: DocumentView): string {
  const { name, namespace, labels, annotations = {} } = metadata;
  const own = Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== SOURCE_MAP));
  const kept = Object.entries({ name, namespace, labels, annotations: own }).filter(
    ([key, value]) => key === 'name' || typeof value === 'string' || notEmpty(value),
  );
  return stringify({ apiVersion, kind, metadata: Object.fromEntries(kept), ...body }, { lineWidth: 0 });
}

/** The file that a document was applied from; undefined when it was not. */
export function fileOf({ metadata }: DocumentView): string | undefined {
  try {
    const { file } = JSON.parse(metadata.annotations?.[SOURCE_MAP] ?? '{}') as { readonly file?: unknown };
    return typeof file === 'string' ? file : undefined;
  } catch {
    return undefined;
  }
}

/** What one begins with: a policy for one thing. */
export function beginningOf(
  { apiVersion, kind, namespaced }: { readonly apiVersion: string; readonly kind: string; readonly namespaced: boolean },
  place: { readonly namespace: string; readonly name: string; readonly service: string },
): string {
  const metadata = { name: place.name, ...(namespaced ? { namespace: place.namespace } : {}) };
  const spec = place.service === '' ? {} : { targetRefs: [{ kind: 'Service', name: place.service }] };
  return stringify({ apiVersion, kind, metadata, spec }, { lineWidth: 0 });
}
