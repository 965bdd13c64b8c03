import { resolve } from 'node:path';
import type { ApplyView } from '../../api/index.ts';
import type { Diagnostic } from '../../base/index.ts';
import { type PlacedDocument, type ReadDocuments, readFiles } from '../../source/index.ts';
import type { Invocation } from '../command.ts';
import { CommandError, EXIT } from '../exit.ts';

/** Option parser for a flag that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Paths of `-f`. Throws CommandError 64 when there is none. */
export function filesOf(options: Readonly<Record<string, unknown>>): readonly string[] {
  const given = options['filename'];
  if (Array.isArray(given) && given.length > 0) return given as readonly string[];
  throw new CommandError(EXIT.usage, 'name the documents: -f FILE, -f FOLDER, or -f - for standard input');
}

/** Reads the documents of `-f`; `-n` is the namespace of those that name none. */
export function readDocumentsOf({ io, namespace }: Invocation, paths: readonly string[]): Promise<ReadDocuments> {
  const fromHere = paths.map((path) => (path === '-' || io.cwd === process.cwd() ? path : resolve(io.cwd, path)));
  return readFiles(fromHere, { stdin: io.stdin, defaultNamespace: namespace });
}

/**
 * What the reader and the server said, each thing once. The server knows lines only; where the file is at hand, the column comes
 * back from it.
 */
export function joined(read: ReadDocuments, answered: ApplyView['diagnostics']): readonly Diagnostic[] {
  const id = ({ code, at, message }: Diagnostic): string => JSON.stringify([code, at.kind, at.namespace, at.name, at.path, message]);
  const known = new Set(read.diagnostics.map(id));
  return [...read.diagnostics, ...answered.filter((each) => !known.has(id(each))).map((each) => placed(read.documents, each))];
}

function placed(documents: readonly PlacedDocument[], diagnostic: Diagnostic): Diagnostic {
  const { at } = diagnostic;
  const found = documents.find(({ document: { kind, metadata } }) => kind === at.kind && metadata.name === at.name && metadata.namespace === at.namespace);
  const position = found?.place.at(at.path);
  return found === undefined || position === undefined ? diagnostic : { ...diagnostic, at: { ...at, file: found.place.file, ...position } };
}
