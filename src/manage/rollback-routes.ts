// /weft/v1/versions: what a document said before. /weft/v1/rollback: the way back, rehearsed or done, all of it in one transaction or nothing.
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { RollbackRequest, RollbackView, VersionsView } from '../api/index.ts';
import { type Document, type DocumentKey, documentKey, type KindDefinition, makeDocumentKey, splitDocumentKey } from '../model/index.ts';
import { KINDS } from '../policy/index.ts';
import type { Write } from '../store/index.ts';
import { type ApplyOptions, asWarning, isError, merged, PUSH_FIRST_MS, refused, requireWrites } from './apply.ts';
import { readBody } from './body.ts';
import { APPLIED, outward } from './document-text.ts';
import { manageError } from './errors.ts';
import type { Permit } from './permit.ts';
import { one, type Query } from './request.ts';
import { basisOf, versionsOf, viewOf, type Way, waysOf } from './rollback.ts';
import { checked, name, type WeftCall, type WeftRoute } from './routes.ts';
import { visibleDiagnostics } from './visible.ts';

const revision = z.int('must be a whole number').min(1, 'must be at least 1');
const RequestSchema = z.strictObject({
  group: z.string().optional(),
  kind: z.string().optional(),
  namespace: z.string().optional(),
  name: name.optional(),
  to: revision.optional(),
  change: revision.optional(),
  basis: z.string().optional(),
  dryRun: z.boolean('must be true or false').default(false),
});

/** Kinds may be named without their group where no two have the same word. Throws `bad-request`. */
function kindNamed(kind: string, group: string | undefined): KindDefinition {
  const found = KINDS.find((each) => each.kind === kind && (group === undefined || each.group === group));
  if (found === undefined)
    throw manageError('bad-request', `there is no kind ${group === undefined ? '' : `${group}/`}${kind}: /weft/v1/changes says group and kind`);
  return found;
}

const placeIn = (kind: KindDefinition, namespace: string | undefined): string => (kind.namespaced ? namespace || 'default' : '');

/** Throws `forbidden` unless the caller may do this with the document. */
function requireFor(permit: Permit, verb: string): (key: DocumentKey) => void {
  return (key) => {
    const { group, kind, namespace, name: called } = splitDocumentKey(key);
    permit.require({ verb, group, resource: KINDS.find((each) => each.group === group && each.kind === kind)?.plural ?? '', namespace, name: called });
  };
}

function versions({ store }: ApplyOptions, query: Query, permit: Permit): VersionsView {
  const kind = kindNamed(one(query, 'kind') ?? '', one(query, 'group'));
  const key = makeDocumentKey(kind.group, kind.kind, placeIn(kind, one(query, 'namespace')), one(query, 'name') ?? '');
  requireFor(permit, 'get')(key);
  return { items: versionsOf(store, key) };
}

/** As a document that somebody writes; what server-side apply remembers comes back with it. */
function written(document: Document): object {
  const said = outward(document) as { readonly metadata: { readonly annotations?: object } };
  const remembered = document.metadata.annotations[APPLIED];
  const annotations = { ...said.metadata.annotations, ...(remembered === undefined ? {} : { [APPLIED]: remembered }) };
  const { name: called, namespace, labels } = document.metadata;
  return { ...said, metadata: { name: called, ...(namespace === '' ? {} : { namespace }), labels, annotations } };
}

interface Judged {
  readonly given: readonly Document[];
  readonly gone: readonly Document[];
  readonly diagnostics: RollbackView['diagnostics'];
}

/** What would be written, judged as if somebody had written it today. Throws `invalid`, `forbidden`. */
async function judge(ways: readonly Way[], permit: Permit, { store, intake, analyze }: ApplyOptions): Promise<Judged> {
  const parsed = ways.flatMap(({ wanted }) => (wanted === undefined ? [] : [intake.parse(written(wanted))]));
  const given = parsed.flatMap(({ document }) => (document === undefined ? [] : [document]));
  const gone = ways.flatMap(({ wanted, current }) => (wanted === undefined && current !== undefined ? [current] : []));
  const elsewhere = intake.objections([...given, ...gone]);
  if (elsewhere.length > 0) throw refused(elsewhere);
  const granted = requireWrites(given, permit, store);
  for (const document of gone) requireFor(permit, 'delete')(documentKey(document));
  const preview = intake.preview(given);
  const own = [...parsed.flatMap(({ diagnostics }) => diagnostics), ...granted, ...preview.diagnostics];
  if (own.some(isError)) throw refused(own);
  const places = new Set(given.map(({ metadata }) => metadata.namespace));
  const found = visibleDiagnostics(permit, await analyze(preview.documents)(), places);
  return { given, gone, diagnostics: merged(own, found.map(asWarning)) };
}

/** Each write only over what was judged. */
function writesOf({ given, gone }: Judged, { store }: ApplyOptions): readonly Write[] {
  const puts = given.map((document) => {
    const expect = store.get(documentKey(document))?.metadata.resourceVersion ?? 'absent';
    return { kind: 'put' as const, document, expect };
  });
  return [...puts, ...gone.map((document) => ({ kind: 'delete' as const, key: documentKey(document) }))];
}

async function rollBack(options: ApplyOptions, { body, contentType, author, permit }: WeftCall): Promise<RollbackView> {
  permit.begin();
  const { dryRun, basis, ...asked } = checked(RequestSchema, readBody(body, contentType));
  const kind = asked.kind === undefined ? undefined : kindNamed(asked.kind, asked.group);
  const request = { ...asked, ...(kind === undefined ? {} : { group: kind.group, namespace: placeIn(kind, asked.namespace) }) } as RollbackRequest;
  const find = (): readonly Way[] => waysOf(options.store, request, requireFor(permit, 'get'));
  const ways = find();
  const seen = basisOf(ways);
  if (basis !== undefined && basis !== seen) throw manageError('conflict', 'something was changed since the rehearsal: look at it again');
  const views = ways.map(viewOf);
  const judged = await judge(
    ways.filter((_, at) => views[at]?.result !== 'unchanged'),
    permit,
    options,
  );
  if (basisOf(find()) !== seen) throw manageError('conflict', 'it was changed at the same moment: look at it again');
  const writes = writesOf(judged, options);
  if (!dryRun && writes.length > 0) {
    const result = await options.intake.write(writes, author);
    if (!result.ok) throw manageError('conflict', `it was changed at the same moment: ${result.error.kind} ${result.error.key}; look at it again`);
    await setTimeout(PUSH_FIRST_MS);
  }
  return { documents: views, basis: seen, dryRun, diagnostics: judged.diagnostics };
}

/** In the audit log beside its writes, so that one sees what they were for. */
function factsOf({ documents, dryRun }: RollbackView): { readonly what: string; readonly namespace: string } {
  const [first] = documents;
  const names = documents.slice(0, 5).map(({ what, to }) => `${what.kind}/${what.namespace}/${what.name} to ${to === 0 ? 'nothing' : `revision ${to}`}`);
  const more = documents.length > 5 ? ` and ${documents.length - 5} more` : '';
  return { what: `${dryRun ? 'rehearsed: ' : ''}${names.join(', ')}${more}`, namespace: first?.what.namespace ?? '' };
}

export function rollbackRoutes(options: ApplyOptions): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/versions',
      permission: { kind: 'asked', what: 'get the document' },
      answer: ({ query, permit }) => versions(options, query, permit),
    },
    {
      method: 'POST',
      path: '/rollback',
      permission: { kind: 'asked', what: 'get, and then create, patch or delete, each document' },
      audit: { verb: 'rollback', what: (_call, answered) => factsOf(answered as RollbackView) },
      answer: (call) => rollBack(options, call),
    },
  ];
}
