import { byCodeUnit } from '../base/index.ts';
import { type Document, documentKey } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import { manageError } from './errors.ts';
import { impliedDocuments } from './implied.ts';
import type { ListMetadata } from './output.ts';
import { count, one, type Query, type ResourceRequest, storeKind } from './request.ts';
import { selection } from './selectors.ts';

interface Continue {
  readonly revision: string;
  readonly after: string;
}

function readContinue(text: string): Continue {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string') return { revision: value[0], after: value[1] };
  } catch {
    // said below
  }
  throw manageError('bad-request', 'the continue token is not one of this server; list again without it');
}

function allOf(store: Store, { kind, namespace }: ResourceRequest): { readonly documents: readonly Document[]; readonly revision: number } {
  const stored = store.list({ kind: storeKind(kind), ...(namespace === '' ? {} : { namespace }) });
  const more = impliedDocuments(store, kind);
  if (more.length === 0) return stored;
  return { documents: [...stored.documents, ...more].sort((a, b) => byCodeUnit(documentKey(a), documentKey(b))), revision: stored.revision };
}

/**
 * A collection, or a page of it. Every page carries the revision of the first one: what changed between the pages is in a watch
 * from there.
 */
export function listDocuments(
  store: Store,
  request: ResourceRequest,
  query: Query,
): { readonly documents: readonly Document[]; readonly metadata: ListMetadata } {
  const { documents, revision } = allOf(store, request);
  const wanted = selection(one(query, 'labelSelector'), one(query, 'fieldSelector'));
  const selected = wanted === undefined ? documents : documents.filter(wanted);
  const token = one(query, 'continue');
  const from = token === undefined || token === '' ? undefined : readContinue(token);
  const rest = from === undefined ? selected : selected.filter((document) => documentKey(document) > from.after);
  const resourceVersion = from?.revision ?? String(revision);
  const limit = count(query, 'limit') ?? 0;
  const last = limit === 0 || rest.length <= limit ? undefined : rest[limit - 1];
  if (last === undefined) return { documents: rest, metadata: { resourceVersion } };
  const next = Buffer.from(JSON.stringify([resourceVersion, documentKey(last)])).toString('base64url');
  return { documents: rest.slice(0, limit), metadata: { resourceVersion, continue: next, remainingItemCount: rest.length - limit } };
}
