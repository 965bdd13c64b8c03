// The way back: what documents would be again, worked out of what they said before. Nothing is written here.
import type { FieldChangeView, RollbackRequest, RolledBackView, VersionView } from '../api/index.ts';
import { type Document, type DocumentKey, makeDocumentKey, splitDocumentKey } from '../model/index.ts';
import type { AuditRecord, DocumentVersion, Store } from '../store/index.ts';
import { fieldsBetween, isChange } from './changes.ts';
import { manageError } from './errors.ts';

type Past = Pick<Store, 'get' | 'versions' | 'auditRecords'>;

/** What one document is, and would be. */
export interface Way {
  readonly key: DocumentKey;
  readonly current: Document | undefined;
  /** What it would say; undefined: it would be gone. */
  readonly wanted: Document | undefined;
  /** The revision whose content that is; 0: there was none. */
  readonly to: number;
  /** The revision that made what holds now. */
  readonly holds: number;
}

const PAGE = 500;
/** So far back a change is looked for. */
const MOST_READ = 200_000;

const nameOf = (key: DocumentKey): string => {
  const { kind, namespace, name } = splitDocumentKey(key);
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
};

/**
 * One way, or those of a whole change. `required` throws unless the caller may see such a document; nothing is told before it was asked. Throws
 * `not-found`, `bad-request` or `conflict`, each saying what can be done.
 */
export function waysOf(store: Past, request: RollbackRequest, required: (key: DocumentKey) => void): readonly Way[] {
  const { group = '', kind = '', namespace = '', name = '', to, change } = request;
  if (change === undefined) {
    if (kind === '' || name === '') throw manageError('bad-request', 'say what to roll back: kind and name, or change');
    const key = makeDocumentKey(group, kind, namespace, name);
    required(key);
    return [ofDocument(store, key, to)];
  }
  if (name !== '' || to !== undefined) throw manageError('bad-request', 'a change is rolled back as a whole: give change alone, or kind and name');
  const records = recordsOf(store, change);
  for (const { what } of records) required(what as DocumentKey);
  if (records.length === 0) throw manageError('not-found', `no change made revision ${change}, or it is too long ago: GET /weft/v1/changes lists them`);
  return records.map((record) => ofRecord(store, record));
}

function ofDocument(store: Past, key: DocumentKey, to: number | undefined): Way {
  const versions = store.versions(key);
  const [holds] = versions;
  if (holds === undefined)
    throw manageError('not-found', `nothing is kept of what ${nameOf(key)} said before: it has not been changed since versions are kept`);
  const found = to === undefined ? versions[1] : versions.find(({ revision }) => revision <= to);
  if (found === undefined) {
    const known = versions.map(({ revision }) => revision).join(', ');
    throw manageError('not-found', `${nameOf(key)} has no ${to === undefined ? 'earlier version' : `version of revision ${to}`} any more: there are ${known}`);
  }
  return wayTo(store, { key, holds }, found);
}

function wayTo(store: Past, { key, holds }: { readonly key: DocumentKey; readonly holds: DocumentVersion }, found: DocumentVersion | undefined): Way {
  return { key, current: store.get(key), wanted: found?.document, to: found?.document === undefined ? 0 : found.revision, holds: holds.revision };
}

/** A document as it was before the change; refused when it was changed since. */
function ofRecord(store: Past, { what, revision = 0, verb }: AuditRecord): Way {
  const key = what as DocumentKey;
  const versions = store.versions(key);
  const [holds, before] = versions;
  const at = versions.findIndex((each) => each.revision === revision);
  if (holds !== undefined && at > 0) {
    const since = `by ${holds.author} (revision ${holds.revision})`;
    throw manageError('conflict', `${nameOf(key)} was changed since, ${since}: roll that back first, or each document by itself`);
  }
  if (holds === undefined || at < 0 || (before === undefined && verb !== 'create'))
    throw manageError('not-found', `what ${nameOf(key)} said before revision ${revision} is no longer kept`);
  return wayTo(store, { key, holds }, before);
}

/** The records of everything that was written together with `change`: neighbours by the same hand in the same moment. */
function recordsOf(store: Past, change: number): readonly AuditRecord[] {
  let before: number | undefined;
  let kept: AuditRecord[] = [];
  for (let read = 0; read < MOST_READ; read += PAGE) {
    const page = store.auditRecords({ limit: PAGE, ...(before === undefined ? {} : { before }) });
    kept = [...kept, ...page];
    const at = kept.findIndex((each) => each.revision === change && isChange(each));
    const oldest = kept.at(-1);
    if (at >= 0 && (page.length < PAGE || (oldest !== undefined && !isTogether(oldest, kept[at])))) return around(kept, at);
    if (page.length < PAGE) return [];
    if (at < 0) kept = kept.slice(-PAGE);
    before = oldest?.seq;
  }
  return [];
}

const isTogether = (one: AuditRecord, other: AuditRecord | undefined): boolean => one.at === other?.at && one.who === other.who;

function around(records: readonly AuditRecord[], at: number): readonly AuditRecord[] {
  let [from, to] = [at, at];
  const together = (record: AuditRecord | undefined): boolean => record !== undefined && isTogether(record, records[at]) && isOfApply(record);
  while (together(records[from - 1])) from--;
  while (together(records[to + 1])) to++;
  return records.slice(from, to + 1).filter(isChange);
}

/** An apply also says of what it left as it was. */
const isOfApply = (record: AuditRecord): boolean => isChange(record) || record.result === 'unchanged';

/** What a rehearsal has seen; another one is something else. */
export const basisOf = (ways: readonly Way[]): string => ways.map(({ holds }) => holds).join(',');

export function viewOf({ key, current, wanted, to }: Way): RolledBackView {
  const fields = current !== undefined && wanted !== undefined ? fieldsBetween(current, wanted) : [];
  const result = wanted === undefined ? 'deleted' : current === undefined ? 'created' : fields.length === 0 ? 'unchanged' : 'restored';
  return { what: splitDocumentKey(key), result: current === undefined && wanted === undefined ? 'unchanged' : result, to, fields };
}

export function versionsOf(store: Past, key: DocumentKey): readonly VersionView[] {
  const versions = store.versions(key);
  return versions.map(({ revision, at, author, document }, index) => {
    const before = versions[index + 1]?.document;
    const fields: readonly FieldChangeView[] = before === undefined || document === undefined ? [] : fieldsBetween(before, document);
    return { revision, at: at === 0 ? '' : new Date(at).toISOString(), who: author, deleted: document === undefined, fields };
  });
}
