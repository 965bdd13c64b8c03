// Who changed which document: read from the audit log, which is durable; what stood there before and after comes from history, as far as that reaches.
import type { ChangeView, FieldChangeView } from '../api/index.ts';
import { type Document, type DocumentKey, differences, saidBy, splitDocumentKey } from '../model/index.ts';
import type { AuditRecord, Store } from '../store/index.ts';

export interface ChangesQuery {
  /** Epoch ms. */
  readonly since: number;
  readonly until: number;
  readonly namespace: string | undefined;
  readonly limit: number;
  /** What the caller may see. */
  readonly wanted: (what: ChangeView['what']) => boolean;
}

const VERBS = new Set(['create', 'update', 'delete']);
const PAGE = 500;
/** Records of other things stand between: refusals, tokens, looks at Secrets. */
const MOST_READ = 10_000;
const LONGEST_VALUE = 80;
const MOST_FIELDS = 20;

type History = Pick<Store, 'auditRecords' | 'changeAt'>;

/** Newest first; `more` when the log goes on further back than was read. */
export function changesOf(store: History, query: ChangesQuery): { readonly items: readonly ChangeView[]; readonly more: boolean } {
  const items: ChangeView[] = [];
  let before: number | undefined;
  for (let read = 0; read < MOST_READ; read += PAGE) {
    const page = store.auditRecords({
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
      ...(query.namespace === undefined ? {} : { namespace: query.namespace }),
    });
    for (const record of page) {
      const at = Date.parse(record.at);
      if (at < query.since) return { items, more: false };
      const what = whatOf(record);
      if (what === undefined || at > query.until || !query.wanted(what)) continue;
      if (items.length === query.limit) return { items, more: true };
      items.push(changeOf(store, record, what));
    }
    if (page.length < PAGE) return { items, more: false };
    before = page.at(-1)?.seq;
  }
  return { items, more: true };
}

/** The document of a write that changed something a user wrote; undefined for every other record. */
function whatOf(record: AuditRecord): ChangeView['what'] | undefined {
  if (!isChange(record)) return undefined;
  const { group, kind, namespace, name } = splitDocumentKey(record.what as DocumentKey);
  return { group, kind, namespace, name };
}

/** A lease, or a note of Weft's own about a document, is no change of what it says. */
export const isChange = ({ verb, result, fields }: AuditRecord): boolean => VERBS.has(verb) && result === 'done' && fields?.length !== 0;

function changeOf(store: History, record: AuditRecord, what: ChangeView['what']): ChangeView {
  const { at, who, verb, seq, revision = 0 } = record;
  const fields = verb === 'update' ? fieldsOf(store, record, what) : [];
  return { at, who, what, verb: verb as ChangeView['verb'], revision, seq, summary: summaryOf(verb, fields), fields };
}

/** With values where history has them; never those of a Secret. */
function fieldsOf(store: History, { revision = 0, fields = [] }: AuditRecord, { kind }: ChangeView['what']): readonly FieldChangeView[] {
  const change = kind === 'Secret' || revision === 0 ? undefined : store.changeAt(revision);
  if (change?.kind !== 'put' || change.previous === undefined) return fields.map((path) => ({ path }));
  return fieldsBetween(change.previous, change.document);
}

/** With values, but those of a Secret. */
export function fieldsBetween(was: Document, is: Document): readonly FieldChangeView[] {
  const secret = is.kind === 'Secret';
  return differences(saidBy(was), saidBy(is), MOST_FIELDS).map(({ path, before, after }) => ({
    path,
    ...(before === undefined || secret ? {} : { before: short(before) }),
    ...(after === undefined || secret ? {} : { after: short(after) }),
  }));
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}

function summaryOf(verb: string, fields: readonly FieldChangeView[]): string {
  const [first, ...others] = fields;
  if (first === undefined) return verb === 'create' ? 'created' : verb === 'delete' ? 'deleted' : 'changed';
  const { path, before, after } = first;
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  if (before === undefined && after === undefined) return `${path}${more}`;
  return `${path}: ${before ?? 'nothing'} → ${after ?? 'nothing'}${more}`;
}
