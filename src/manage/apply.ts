// POST /weft/v1/apply: documents as one transaction, with everything there is to say about them.
import { setTimeout } from 'node:timers/promises';
import type { ApplyView } from '../api/index.ts';
import { type Diagnostic, describeOrigin } from '../base/index.ts';
import { type Document, type DocumentKey, diagnostic, documentKey, originOf, type ParsedDocument, sameContent } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import { type ApplyBody, DOCUMENT_SIZE, Turns } from './apply-body.ts';
import { manageError } from './errors.ts';
import type { Intake } from './intake.ts';
import type { ManagePorts } from './ports.ts';

/** So long the change has the event loop to itself on its way to the proxies, before anybody looks at what there is to say about it. */
const PUSH_FIRST_MS = 25;

export interface ApplyRequest {
  readonly documents: readonly unknown[];
  readonly dryRun: boolean;
  /** For documents that name no namespace. */
  readonly namespace: string;
  readonly author: string;
  /** What was wrong with the body already. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Throws `bad-request` when the body is no list of documents. */
export function readApplyRequest({ fields, documents, diagnostics }: ApplyBody, author: string): ApplyRequest {
  const { dryRun = false, namespace = 'default' } = fields;
  if (typeof dryRun !== 'boolean') throw manageError('bad-request', 'dryRun must be true or false');
  if (typeof namespace !== 'string') throw manageError('bad-request', 'namespace must be text');
  return { documents, dryRun, namespace, author, diagnostics };
}

export interface ApplyOptions {
  readonly store: Store;
  readonly intake: Intake;
  readonly analyze: ManagePorts['analyze'];
  readonly check?: (documents: readonly Document[]) => Promise<readonly Diagnostic[]>;
}

function duplicates(documents: readonly Document[]): readonly Diagnostic[] {
  const seen = new Map<DocumentKey, Document>();
  return documents.flatMap((document) => {
    const before = seen.get(documentKey(document));
    seen.set(documentKey(document), before ?? document);
    return before === undefined ? [] : [diagnostic('WEFT1008', originOf(document, ''), `the same document is also at ${describeOrigin(originOf(before, ''))}`)];
  });
}

const isError = (each: Diagnostic): boolean => each.severity === 'error';

/** The body of an apply may be large; what one document may be is the same as anywhere. */
function tooLarge(document: Document): readonly Diagnostic[] {
  const size = JSON.stringify(document).length;
  return size <= DOCUMENT_SIZE
    ? []
    : [diagnostic('WEFT1012', originOf(document, ''), `the document has ${size} characters, at most ${DOCUMENT_SIZE} are possible`)];
}

/** 422 with the ApplyView as details: nothing was applied. */
function refused(diagnostics: readonly Diagnostic[]): Error {
  const errors = diagnostics.filter(isError);
  const view: ApplyView = { applied: [], diagnostics };
  const words = errors.map((each) => `${describeOrigin(each.at)}: ${each.code} ${each.message}; ${each.hint}`).join('\n');
  const causes = errors.map((each) => ({ reason: each.code, field: each.at.path, message: each.message }));
  return manageError('invalid', `nothing was applied:\n${words}`, { details: { ...view, causes } });
}

function asWarning(each: Diagnostic): Diagnostic {
  return isError(each) ? { ...each, severity: 'warning' } : each;
}

/** Leaves status to those who write it. */
function toPut({ status: _, ...document }: Document): Document {
  return document;
}

/**
 * Checks all documents, then writes all of them or none. Throws `invalid` (422) with an ApplyView in its details when any
 * diagnostic is an error.
 */
export async function applyDocuments(request: ApplyRequest, options: ApplyOptions): Promise<ApplyView> {
  const { store, intake } = options;
  const parsed: ParsedDocument[] = [];
  const turns = new Turns();
  for (const value of request.documents) {
    await turns.pause();
    parsed.push(intake.parse(value, request.namespace));
  }
  const given = parsed.flatMap((each) => (each.document === undefined ? [] : [toPut(each.document)]));
  const preview = intake.preview(given);
  const own = [...request.diagnostics, ...parsed.flatMap((each) => each.diagnostics), ...given.flatMap(tooLarge), ...duplicates(given), ...preview.diagnostics];
  if (own.some(isError)) throw refused(own);
  // Asked beside the writing, which does not wait for it.
  const beforehand = options.check?.(preview.documents) ?? [];
  // Problems between documents come and go with other documents: they are said, and refuse nothing, so the writing comes first.
  const analysis = options.analyze(preview.documents);
  const applied = preview.documents.map((document) => {
    const before = store.get(documentKey(document));
    return { kind: document.kind, namespace: document.metadata.namespace, name: document.metadata.name, result: resultOf(document, before) };
  });
  if (!request.dryRun) {
    const result = await intake.write(
      given.map((document) => ({ kind: 'put', document })),
      request.author,
    );
    if (!result.ok) throw manageError('conflict', `the documents changed at the same moment: ${result.error.kind} ${result.error.key}; try again`);
    await setTimeout(PUSH_FIRST_MS);
  }
  const found = [...(await analysis()), ...(await beforehand)];
  return { applied, diagnostics: merged(own, found.map(asWarning)) };
}

function resultOf(document: Document, before: Document | undefined): ApplyView['applied'][number]['result'] {
  if (before === undefined) return 'created';
  const { creationTimestamp } = before.metadata;
  const aged = creationTimestamp === undefined ? document : { ...document, metadata: { ...document.metadata, creationTimestamp } };
  return sameContent(aged, before) ? 'unchanged' : 'configured';
}

/** The analysis may find again what the check of one document has already said. */
function merged(own: readonly Diagnostic[], more: readonly Diagnostic[]): readonly Diagnostic[] {
  const id = ({ code, at, message }: Diagnostic): string => JSON.stringify([code, at.kind, at.namespace, at.name, at.path, message]);
  const known = new Set(own.map(id));
  return [...own, ...more.filter((each) => !known.has(id(each)))];
}
