import { isAlias, LineCounter, parseAllDocuments, visit, type YAMLError, type Document as YamlDocument } from 'yaml';
import type { Diagnostic, Origin } from '../../base/index.ts';
import { type DiagnosticCode, diagnostic, type SourcePlace } from '../../model/index.ts';
import { type PlacedText, placeOf } from './places.ts';

/** One value of a file, not yet looked at, with the way back to its lines. */
export interface PlacedValue {
  readonly value: unknown;
  readonly place: SourcePlace;
}

export interface ParsedText {
  readonly values: readonly PlacedValue[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Repetitions by aliases beyond this are an accident or an attack ("billion laughs"). */
const MAX_ALIASES = 1000;

/**
 * Reads YAML (several documents, anchors, merge keys) or, when the name ends in `.json`, JSON. Never throws: what is wrong with the
 * text is a diagnostic with line and column. A text with an error gives no values at all, so that nothing is applied by halves.
 */
export function parseText(file: string, text: string): ParsedText {
  const json = file.endsWith('.json') ? jsonProblem(file, text) : undefined;
  if (json !== undefined) return { values: [], diagnostics: [json] };
  const lines = new LineCounter();
  try {
    const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true, uniqueKeys: true, logLevel: 'silent' });
    return readAll((Array.isArray(parsed) ? parsed : []).map((yaml) => ({ file, yaml, lines })));
  } catch (problem) {
    // The parser is recursive: what is nested thousands of levels deep ends its stack.
    if (!(problem instanceof RangeError)) throw problem;
    return { values: [], diagnostics: [diagnostic('WEFT1012', fileOrigin(file, { line: 1, column: 1 }), 'nested too deeply to be read')] };
  }
}

function readAll(documents: readonly PlacedText[]): ParsedText {
  const values: PlacedValue[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const document of documents) {
    diagnostics.push(...document.yaml.errors.map((each) => said(errorCode(each), document, each.pos[0], each.message)));
    diagnostics.push(...document.yaml.warnings.map((each) => said('WEFT1013', document, each.pos[0], each.message)));
    if (document.yaml.errors.length > 0) continue;
    const value = toValue(document);
    if ('code' in value) diagnostics.push(value);
    else if (value.value !== null && value.value !== undefined) values.push({ value: value.value, place: placeOf(document) });
  }
  return diagnostics.some((each) => each.severity === 'error') ? { values: [], diagnostics } : { values, diagnostics };
}

function errorCode(error: YAMLError): DiagnosticCode {
  return error.code === 'DUPLICATE_KEY' ? 'WEFT1003' : 'WEFT1001';
}

function toValue(document: PlacedText): { readonly value: unknown } | Diagnostic {
  try {
    return { value: document.yaml.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (problem) {
    const words = problem instanceof Error ? problem.message : String(problem);
    const start = document.yaml.contents?.range[0] ?? 0;
    if (words.includes('alias count')) return said('WEFT1009', document, firstAlias(document.yaml) ?? start, 'aliases repeat more than a document may say');
    if (problem instanceof RangeError) return said('WEFT1012', document, start, 'nested too deeply to be read');
    return said('WEFT1001', document, unresolvedAlias(document.yaml) ?? start, words);
  }
}

function firstAlias(yaml: YamlDocument.Parsed): number | undefined {
  return findAlias(yaml, () => true);
}

function unresolvedAlias(yaml: YamlDocument.Parsed): number | undefined {
  return findAlias(yaml, (alias) => alias.resolve(yaml) === undefined);
}

function findAlias(yaml: YamlDocument.Parsed, wanted: (alias: { resolve(document: YamlDocument): unknown }) => boolean): number | undefined {
  let offset: number | undefined;
  visit(yaml, {
    Alias: (_, alias) => {
      if (!isAlias(alias) || !wanted(alias)) return undefined;
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}

function said(code: DiagnosticCode, { file, lines }: PlacedText, offset: number, words: string): Diagnostic {
  const { line, col } = lines.linePos(offset);
  return diagnostic(code, fileOrigin(file, { line: Math.max(line, 1), column: Math.max(col, 1) }), lowerFirst(words));
}

/** The place of something that is not (yet) a document. */
export function fileOrigin(file: string, at?: { readonly line: number; readonly column: number }): Origin {
  return { kind: 'file', namespace: '', name: file, path: '', file, ...at };
}

function lowerFirst(words: string): string {
  return `${words.charAt(0).toLowerCase()}${words.slice(1)}`;
}

/** JSON is read as the YAML it also is, but it must be JSON. */
function jsonProblem(file: string, text: string): Diagnostic | undefined {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
    return undefined;
  } catch (problem) {
    const words = problem instanceof Error ? problem.message : String(problem);
    const offset = /at position (\d+)/.exec(words)?.[1];
    const at = positionOf(text, offset === undefined ? text.length : Number(offset));
    return diagnostic(
      'WEFT1002',
      fileOrigin(file, at),
      lowerFirst(words.replace(/ in JSON at position.*$/, '').replace(/^Unexpected end of JSON input$/, 'the text ends too early')),
    );
  }
}

function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
