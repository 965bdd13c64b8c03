import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { RecordsQuery, RecordView } from '../api/index.ts';
import type { NewRecord } from './record.ts';

/** No answer is larger than this many records. */
export const MOST_RECORDS = 1000;
/** Fewer characters of an id name too many requests. */
export const LEAST_ID = 4;

/** `ns/sa` of a SPIFFE ID as a pattern for LIKE. */
const accountPattern = (account: string): string => {
  const [namespace = '', name = ''] = account.split('/');
  return `spiffe://%/ns/${escaped(namespace)}/sa/${escaped(name)}`;
};

const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

interface Condition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** A class (`5xx`) or one status. */
function statusCondition(status: string): Condition {
  if (!/^\dxx$/.test(status)) return { sql: 'status = ?', values: [Number(status)] };
  const least = Number(status[0]) * 100;
  return { sql: 'status BETWEEN ? AND ?', values: [least, least + 99] };
}

function conditionsOf({ request, after, since, side, cause, service, from, path, status }: RecordsQuery): readonly Condition[] {
  const found: Condition[] = [];
  const given = (value: unknown, condition: () => Condition): void => {
    if (value !== undefined) found.push(condition());
  };
  given(request, () => ({ sql: "request <> '' AND request >= ? AND request < ?", values: [request ?? '', `${request}\u{10ffff}`] }));
  given(after, () => ({ sql: 'seq > ?', values: [after ?? 0] }));
  given(since, () => ({ sql: 'at >= ?', values: [since ?? 0] }));
  given(side, () => ({ sql: 'side = ?', values: [side ?? ''] }));
  given(cause, () => (cause === 'any' ? { sql: "cause <> ''", values: [] } : { sql: "cause LIKE ? ESCAPE '\\'", values: [`${escaped(cause ?? '')}%`] }));
  given(service, () => ({ sql: 'service = ?', values: [service ?? ''] }));
  given(from, () => ({ sql: "source LIKE ? ESCAPE '\\'", values: [accountPattern(from ?? '')] }));
  given(path, () => ({ sql: "path LIKE ? ESCAPE '\\'", values: [`${escaped(path ?? '')}%`] }));
  given(status, () => statusCondition(status ?? ''));
  return found;
}

/** Records one by one, in the order in which they came. */
export class RecordsTable {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #last: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare('INSERT INTO record (at, request, side, cause, service, source, path, status, json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#last = database.prepare('SELECT max(seq) AS seq FROM record');
  }

  add(record: NewRecord): void {
    const { at, request, side, cause, service, source, path, status } = record;
    const json = JSON.stringify({ ...record, at: new Date(at).toISOString() });
    this.#insert.run(at, request, side, cause, service, source, path, status, json);
  }

  get last(): number {
    return Number(this.#last.get()?.['seq'] ?? 0);
  }

  /** The newest that match (with `after` the oldest behind it), oldest first. */
  find(query: RecordsQuery): readonly RecordView[] {
    const conditions = conditionsOf(query);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
    const order = query.after === undefined ? 'DESC' : 'ASC';
    const rows = this.#database
      .prepare(`SELECT seq, json FROM record ${where} ORDER BY seq ${order} LIMIT ?`)
      .all(...conditions.flatMap(({ values }) => values), Math.min(query.limit, MOST_RECORDS));
    const records = rows.map(({ seq, json }) => ({ ...(JSON.parse(String(json)) as Omit<RecordView, 'seq'>), seq: Number(seq) }));
    return query.after === undefined ? records.reverse() : records;
  }
}
