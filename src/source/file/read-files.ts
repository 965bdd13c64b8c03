import { type Diagnostic, describeOrigin, type Origin } from '../../base/index.ts';
import { type Document, type DocumentKey, diagnostic, documentKey, type ParseOptions, type SourcePlace } from '../../model/index.ts';
import { parseDocument } from '../../policy/index.ts';
import { decode, readTexts, type Text } from './discover.ts';
import { flattenLists } from './list.ts';
import { fileOrigin, parseText } from './parse-text.ts';
import { withSourceMap } from './source-map.ts';

export interface PlacedDocument {
  /** With its source map. */
  readonly document: Document;
  readonly place: SourcePlace;
}

export interface ReadDocuments {
  /** Those without an error, in the order of the text. Apply none of them when any diagnostic is an error. */
  readonly documents: readonly PlacedDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface ReadOptions extends ParseOptions {
  /** What `-` reads; standard input of the process when absent. */
  readonly stdin?: AsyncIterable<Uint8Array | string>;
}

/** How standard input is called in diagnostics. */
export const STDIN = 'stdin';

/**
 * Reads documents from files, folders (recursively: *.yaml, *.yml, *.json) and `-` (standard input, once). Every problem is a
 * diagnostic with file, line and column; nothing is thrown.
 */
export async function readFiles(paths: readonly string[], options: ReadOptions = {}): Promise<ReadDocuments> {
  const texts: Text[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of new Set(paths)) {
    const read = path === '-' ? { texts: [await readStdin(options.stdin ?? process.stdin)], diagnostics: [] } : await readTexts(path);
    texts.push(...read.texts);
    diagnostics.push(...read.diagnostics);
  }
  const read = readDocuments(texts, options);
  return { documents: read.documents, diagnostics: [...diagnostics, ...read.diagnostics] };
}

async function readStdin(stream: AsyncIterable<Uint8Array | string>): Promise<Text> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
  return { file: STDIN, text: decode(Buffer.concat(chunks)) };
}

/** Documents in texts that have been read already. Pure. */
export function readDocuments(texts: readonly Text[], options: ParseOptions = {}): ReadDocuments {
  const documents: PlacedDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Map<DocumentKey, Origin>();
  for (const { file, text } of texts) {
    const parsed = parseText(file, text);
    diagnostics.push(...parsed.diagnostics);
    const values = parsed.values.flatMap(flattenLists);
    if (values.length === 0 && parsed.diagnostics.length === 0) diagnostics.push(diagnostic('WEFT1011', fileOrigin(file), `no documents in ${file}`));
    for (const { value, place } of values) {
      const read = parseDocument(value, place, options);
      diagnostics.push(...inOrder(read.diagnostics));
      if (read.document === undefined) continue;
      const twice = duplicate(read.document, place, seen);
      if (twice === undefined) documents.push({ document: withSourceMap(read.document, place), place });
      else diagnostics.push(twice);
    }
  }
  return { documents, diagnostics };
}

/** As one reads the text; what has no place keeps its turn. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort((a, b) => (a.at.line ?? 0) - (b.at.line ?? 0) || (a.at.column ?? 0) - (b.at.column ?? 0));
}

function duplicate(document: Document, place: SourcePlace, seen: Map<DocumentKey, Origin>): Diagnostic | undefined {
  const key = documentKey(document);
  const { kind, metadata } = document;
  const at: Origin = { kind, namespace: metadata.namespace, name: metadata.name, path: '', file: place.file, ...place.at('') };
  const first = seen.get(key);
  if (first === undefined) {
    seen.set(key, at);
    return undefined;
  }
  return diagnostic('WEFT1008', at, `this document was already given at ${describeOrigin(first).split('  ')[0]}`);
}
