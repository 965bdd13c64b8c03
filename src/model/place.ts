import type { Origin } from '../base/index.ts';
import type { Document } from './entities.ts';

/** Where a document stands in a file. `at('spec.rules[0]')` is the position of that field, or of the nearest thing around it. Both count from 1. */
export interface SourcePlace {
  readonly file: string;
  at(path: string): { readonly line: number; readonly column: number } | undefined;
}

/** Annotation in which a document carries its lines through the store: compact JSON of a SourceMap. */
export const SOURCE_MAP = 'weft.dev/source-map';

/** Lines of a document and of its objects and list items; paths as in Origin. */
export interface SourceMap {
  readonly file: string;
  readonly line: number;
  readonly at: Readonly<Record<string, number>>;
}

const NO_LINES: Readonly<Record<string, number>> = {};

/** Reads the annotation; anything but a well-formed source map is as good as none. */
export function parseSourceMap(text: string | undefined): SourceMap | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== 'object') return undefined;
    const { file, line, at } = value as Partial<Record<keyof SourceMap, unknown>>;
    if (typeof file !== 'string' || typeof line !== 'number') return undefined;
    return { file, line, at: at !== null && typeof at === 'object' ? (at as Readonly<Record<string, number>>) : NO_LINES };
  } catch {
    return undefined;
  }
}

/** Joins a path as Origin has it: `spec.rules[0].name`; a key that is no plain word is quoted: `metadata.labels["a.b/c"]`. */
export function joinPath(segments: readonly (string | number)[]): string {
  let path = '';
  for (const segment of segments) {
    if (typeof segment === 'number') path += `[${segment}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(segment)) path += path === '' ? segment : `.${segment}`;
    else path += `[${JSON.stringify(segment)}]`;
  }
  return path;
}

const SEGMENT = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g;

/** The inverse of joinPath. */
export function splitPath(path: string): readonly (string | number)[] {
  return [...path.matchAll(SEGMENT)].map(([, quoted, index, word]) =>
    quoted !== undefined ? unquote(quoted) : index !== undefined ? Number(index) : (word ?? ''),
  );
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(`"${quoted}"`));
  } catch {
    return quoted;
  }
}

/** `spec.rules[0].matches[1]` → `spec.rules[0].matches` → `spec.rules[0]` → … → ''. */
export function parentPath(path: string): string {
  const cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
  return cut < 0 ? '' : path.slice(0, cut);
}

/** The line of the nearest thing around `path` that the map knows. */
function lineAt(map: SourceMap, path: string): number {
  for (let at = path; at !== ''; at = parentPath(at)) {
    const line = Object.hasOwn(map.at, at) ? map.at[at] : undefined;
    if (typeof line === 'number') return line;
  }
  return map.line;
}

/** The origin of a place in a document, with file and line when the document carries a source map (annotation weft.dev/source-map). */
export function originOf(document: Pick<Document, 'kind' | 'metadata'>, path: string): Origin {
  return originsOf(document)(path);
}

/** originOf for many places of one document: the source map is read once. */
export function originsOf(document: Pick<Document, 'kind' | 'metadata'>): (path: string) => Origin {
  const { kind, metadata } = document;
  const map = parseSourceMap(metadata.annotations[SOURCE_MAP]);
  const base = { kind, namespace: metadata.namespace, name: metadata.name };
  if (map === undefined) return (path) => ({ ...base, path });
  return (path) => ({ ...base, path, file: map.file, line: lineAt(map, path) });
}
