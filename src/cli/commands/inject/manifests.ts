// Manifests as text that people wrote: what is not changed keeps its comments, its order and its quotes.
import { resolve } from 'node:path';
import { Document, isSeq, parseAllDocuments, visit } from 'yaml';
import type { Diagnostic } from '../../../base/index.ts';
import type { Operation, Outcome } from '../../../inject/index.ts';
import { decode, parseText, readTexts, type Text } from '../../../source/index.ts';
import type { Invocation } from '../../command.ts';

const unescaped = (segment: string): string => segment.replaceAll('~1', '/').replaceAll('~0', '~');

/** Written out wherever it stands: who reads it looks for no anchors. */
const nodeOf = (document: Document, value: unknown): unknown => document.createNode(value, { aliasDuplicateObjects: false });

/** One step of a patch (RFC 6902) in a document of YAML. */
function applyTo(document: Document, operation: Operation): void {
  const steps = operation.path.split('/').slice(1).map(unescaped);
  const parent = document.getIn(steps.slice(0, -1), true);
  const at = isSeq(parent) ? steps.map((step, index) => (index === steps.length - 1 ? Number(step) : step)) : steps;
  if (operation.op === 'remove') return void document.deleteIn(at);
  if (operation.op === 'add' && isSeq(parent)) return void parent.items.splice(Number(steps.at(-1)), 0, nodeOf(document, operation.value));
  document.setIn(at, nodeOf(document, operation.value));
}

async function textsOf({ io }: Invocation, path: string): ReturnType<typeof readTexts> {
  if (path !== '-') return readTexts(resolve(io.cwd, path));
  const chunks: Uint8Array[] = [];
  for await (const chunk of io.stdin as AsyncIterable<Uint8Array | string>) chunks.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
  return { texts: [{ file: 'stdin', text: decode(Buffer.concat(chunks)) }], diagnostics: [] };
}

/** kubectl reads YAML 1.1, where `off` is no text. */
const AS_KUBECTL = { version: '1.1' } as const;

/** An alias stands for what is said elsewhere, and would change there: such a document is written out. */
function withoutAliases(document: Document): Document {
  let aliases = false;
  visit(document, {
    Alias: () => {
      aliases = true;
      return visit.BREAK;
    },
  });
  return aliases ? new Document(document.toJS(), { ...AS_KUBECTL, aliasDuplicateObjects: false }) : document;
}

function documentsIn({ text }: Text): readonly Document[] {
  const parsed = parseAllDocuments(text, { ...AS_KUBECTL, merge: true, logLevel: 'silent' });
  return (Array.isArray(parsed) ? parsed : []).filter((document: Document) => document.contents !== null).map(withoutAliases);
}

/** Reads what `-f` names. What is wrong with a text is a diagnostic with its line, and none of that text is there. */
export async function readManifests(invocation: Invocation, paths: readonly string[]): Promise<Manifests> {
  const documents: Document[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of new Set(paths)) {
    const read = await textsOf(invocation, path);
    diagnostics.push(...read.diagnostics);
    for (const each of read.texts) {
      const checked = parseText(each.file, each.text);
      diagnostics.push(...checked.diagnostics);
      if (!checked.diagnostics.some(({ severity }) => severity === 'error')) documents.push(...documentsIn(each));
    }
  }
  return new Manifests(documents, diagnostics);
}

/** A document begins with `---` where it is not the first, whether it was written so or not. */
function documentText(document: Document, at: number): string {
  const text = document.toString({ lineWidth: 0 });
  return at === 0 || text.startsWith('---') ? text : `---\n${text}`;
}

export class Manifests {
  readonly diagnostics: readonly Diagnostic[];
  readonly #documents: readonly Document[];

  constructor(documents: readonly Document[], diagnostics: readonly Diagnostic[]) {
    this.#documents = documents;
    this.diagnostics = diagnostics;
  }

  /** Does to every document what is to be done to its value. */
  change(one: (value: unknown) => readonly Outcome[]): readonly Outcome[] {
    return this.#documents.flatMap((document) => {
      const outcomes = one(document.toJS());
      for (const operation of outcomes.flatMap(({ patch }) => patch)) applyTo(document, operation);
      return outcomes;
    });
  }

  text(form: 'yaml' | 'json'): string {
    if (form === 'yaml') return this.#documents.map(documentText).join('');
    const values: readonly unknown[] = this.#documents.map((document) => document.toJS() as unknown);
    return `${JSON.stringify(values.length === 1 ? values[0] : { apiVersion: 'v1', kind: 'List', items: values }, null, 2)}\n`;
  }
}
