// POST /weft/v1/apply: documents as one transaction, with everything there is to say about them.
import { setTimeout } from 'node:timers/promises';
import type { ApplyView } from '../api/index.ts';
import { type Diagnostic, describeOrigin } from '../base/index.ts';
import { type Document, type DocumentKey, diagnostic, documentKey, originOf, type ParsedDocument, sameContent } from '../model/index.ts';
import { kindOf } from '../policy/index.ts';
import type { Store } from '../store/index.ts';
import { type ApplyBody, DOCUMENT_SIZE, Turns } from './apply-body.ts';
import { manageError } from './errors.ts';
import { grants } from './grants.ts';
import type { Intake } from './intake.ts';
import type { Permit } from './permit.ts';
import type { ManagePorts } from './ports.ts';
import { RBAC_GROUP } from './rbac/index.ts';
import { visibleDiagnostics } from './visible.ts';

/** So long the change has the event loop to itself on its way to the proxies, before anybody looks at what there is to say about it. */
export const PUSH_FIRST_MS = 25;

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

export const isError = (each: Diagnostic): boolean => each.severity === 'error';

/** The body of an apply may be large; what one document may be is the same as anywhere. */
function tooLarge(document: Document): readonly Diagnostic[] {
  const size = JSON.stringify(document).length;
  return size <= DOCUMENT_SIZE
    ? []
    : [diagnostic('WEFT1012', originOf(document, ''), `the document has ${size} characters, at most ${DOCUMENT_SIZE} are possible`)];
}

/** 422 with the ApplyView as details: nothing was applied. */
export function refused(diagnostics: readonly Diagnostic[]): Error {
  const errors = diagnostics.filter(isError);
  const view: ApplyView = { applied: [], diagnostics };
  const words = errors.map((each) => `${describeOrigin(each.at)}: ${each.code} ${each.message}; ${each.hint}`).join('\n');
  const causes = errors.map((each) => ({ reason: each.code, field: each.at.path, message: each.message }));
  return manageError('invalid', `nothing was applied:\n${words}`, { details: { ...view, causes } });
}

export function asWarning(each: Diagnostic): Diagnostic {
  return isError(each) ? { ...each, severity: 'warning' } : each;
}

/** Leaves status to those who write it. */
function toPut({ status: _, ...document }: Document): Document {
  return document;
}

/** Throws `forbidden` unless the caller may make, or change, each of the documents; with what is to say about what they would give away. */
export function requireWrites(documents: readonly Document[], permit: Permit, store: Pick<Store, 'get' | 'list'>): readonly Diagnostic[] {
  permit.begin();
  const written = documents.map((document) => ({ document, current: store.get(documentKey(document)) }));
  for (const { document, current } of written) {
    const kind = kindOf(document.apiVersion, document.kind);
    const { name, namespace } = document.metadata;
    const place = kind?.kind === 'Namespace' && kind.group === '' && current !== undefined ? name : namespace;
    permit.require({
      verb: current === undefined ? 'create' : 'patch',
      group: kind?.group ?? '',
      resource: kind?.plural ?? '',
      namespace: place,
      name: current === undefined ? '' : name,
    });
  }
  return grants(written, permit, store);
}

/**
 * Checks all documents, then writes all of them or none. Throws `invalid` (422) with an ApplyView in its details when any
 * diagnostic is an error.
 */
export async function applyDocuments(request: ApplyRequest, permit: Permit, options: ApplyOptions): Promise<ApplyView> {
  const { store, intake } = options;
  const parsed: ParsedDocument[] = [];
  const turns = new Turns();
  for (const value of request.documents) {
    await turns.pause();
    parsed.push(intake.parse(value, request.namespace));
  }
  const given = parsed.flatMap((each) => (each.document === undefined ? [] : [toPut(each.document)]));
  const elsewhere = intake.objections(given);
  if (elsewhere.length > 0) throw refused(elsewhere);
  const granted = requireWrites(given, permit, store);
  const preview = intake.preview(given);
  const own = [
    ...request.diagnostics,
    ...parsed.flatMap((each) => each.diagnostics),
    ...given.flatMap(tooLarge),
    ...duplicates(given),
    ...granted,
    ...preview.diagnostics,
  ];
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
      given.map((document) => ({ kind: 'put', document, ...asChecked(document, store) })),
      request.author,
    );
    if (!result.ok) throw manageError('conflict', `the documents changed at the same moment: ${result.error.kind} ${result.error.key}; try again`);
    await setTimeout(PUSH_FIRST_MS);
  }
  const places = new Set(given.map((document) => document.metadata.namespace));
  const found = visibleDiagnostics(permit, [...(await analysis()), ...(await beforehand)], places);
  return { applied, diagnostics: merged(own, found.map(asWarning)) };
}

/** What a role or binding gives was weighed against what was there: it is written over that, or not at all. */
function asChecked(document: Document, store: Pick<Store, 'get'>): { readonly expect?: string } {
  if (!document.apiVersion.startsWith(RBAC_GROUP)) return {};
  return { expect: store.get(documentKey(document))?.metadata.resourceVersion ?? 'absent' };
}

function resultOf(document: Document, before: Document | undefined): ApplyView['applied'][number]['result'] {
  if (before === undefined) return 'created';
  const { creationTimestamp } = before.metadata;
  const aged = creationTimestamp === undefined ? document : { ...document, metadata: { ...document.metadata, creationTimestamp } };
  return sameContent(aged, before) ? 'unchanged' : 'configured';
}

/** The analysis may find again what the check of one document has already said. */
export function merged(own: readonly Diagnostic[], more: readonly Diagnostic[]): readonly Diagnostic[] {
  const id = ({ code, at, message }: Diagnostic): string => JSON.stringify([code, at.kind, at.namespace, at.name, at.path, message]);
  const known = new Set(own.map(id));
  return [...own, ...more.filter((each) => !known.has(id(each)))];
}
