import { type Document, joinPath, parentPath, SOURCE_MAP, type SourceMap, type SourcePlace } from '../../model/index.ts';

/** A document with more places than this keeps the first of them: an annotation must stay small. */
const MAX_PLACES = 2000;

/**
 * The document with an annotation that says where it and its parts stand in the file, so that every later answer about it can name
 * file and line. Only places whose line is not that of what is around them are written.
 */
export function withSourceMap(document: Document, place: SourcePlace): Document {
  const { annotations } = document.metadata;
  return { ...document, metadata: { ...document.metadata, annotations: { ...annotations, [SOURCE_MAP]: JSON.stringify(sourceMapOf(document, place)) } } };
}

/** The document as it was written: without the annotation. */
export function withoutSourceMap(document: Document): Document {
  const { [SOURCE_MAP]: map, ...annotations } = document.metadata.annotations;
  return map === undefined ? document : { ...document, metadata: { ...document.metadata, annotations } };
}

export function sourceMapOf(document: Document, place: SourcePlace): SourceMap {
  const line = place.at('')?.line ?? 1;
  const at: Record<string, number> = {};
  let left = MAX_PLACES;
  const visit = (value: unknown, path: readonly (string | number)[]): void => {
    if (value === null || typeof value !== 'object' || left <= 0) return;
    const here = joinPath(path);
    const found = place.at(here)?.line;
    if (found !== undefined && found !== nearestLine(at, parentPath(here), line)) {
      at[here] = found;
      left--;
    }
    if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, [...path, index]);
    else for (const [key, item] of Object.entries(value)) visit(item, [...path, key]);
  };
  visit(document.spec, ['spec']);
  return { file: place.file, line, at };
}

function nearestLine(at: Readonly<Record<string, number>>, path: string, line: number): number {
  for (let here = path; here !== ''; here = parentPath(here)) {
    const known = at[here];
    if (known !== undefined) return known;
  }
  return line;
}
