// The audit log: what was done, refused or read, one record each, every one with the hash of the one before it. Who changes, removes or
// inserts a record in the middle changes every hash after it. It has no secrets: of content it keeps keyed digests.
import { createHash, createHmac } from 'node:crypto';
import { canonicalJson } from '../base/index.ts';

export interface AuditFacts {
  /** User and program. */
  readonly who: string;
  /** create, update, delete, get, list, watch, apply, issue, revoke, … */
  readonly verb: string;
  /** `Service/shop/web`, or what else it is about. */
  readonly what: string;
  readonly namespace: string;
  /** `done`, `unchanged`, `read`, or the code and reason of the refusal. */
  readonly result: string;
  /** Digest of the content before; absent when there was none. */
  readonly before?: string;
  readonly after?: string;
  /** The revision that the write made. */
  readonly revision?: number;
  /** Places in the document that differ, without what stood or stands there; at most 20. */
  readonly fields?: readonly string[];
}

export interface AuditRecord extends AuditFacts {
  readonly seq: number;
  /** RFC 3339. */
  readonly at: string;
  /** Hash of the record before. */
  readonly previous: string;
  readonly hash: string;
}

/** What the first record of all points to. */
export const AUDIT_START = '0'.repeat(64);

/** The verb of the record that says that older ones were let go; its `before` is the hash of the last of them. */
export const AUDIT_ROTATED = 'rotate';

function hashOf(record: Omit<AuditRecord, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(record)).digest('hex');
}

export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** The next record after `head`. */
export function chained(head: AuditHead, now: number, { who, verb, what, namespace, result, ...more }: AuditFacts): AuditRecord {
  const { before, after, revision, fields } = more;
  const facts = {
    who,
    verb,
    what,
    namespace,
    result,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(revision === undefined ? {} : { revision }),
    ...(fields === undefined ? {} : { fields }),
  };
  const record = { seq: head.seq + 1, at: new Date(now).toISOString(), ...facts, previous: head.hash };
  return { ...record, hash: hashOf(record) };
}

/** A digest of a text that says nothing to who does not have the key, but the same for the same text. */
export function contentDigest(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex').slice(0, 32);
}

export type AuditVerdict =
  | { readonly ok: true; readonly records: number; readonly first: number; readonly head: AuditHead }
  | { readonly ok: false; readonly records: number; readonly at: number; readonly why: string };

/** Walks the chain from its first record that is still there. */
export function verifyChain(records: Iterable<AuditRecord>, head: AuditHead): AuditVerdict {
  let count = 0;
  let last: AuditRecord | undefined;
  let first: AuditRecord | undefined;
  let letGo = AUDIT_START;
  for (const record of records) {
    const { hash, ...rest } = record;
    const bad = (why: string): AuditVerdict => ({ ok: false, records: count, at: record.seq, why });
    if (last !== undefined && record.seq !== last.seq + 1) return bad(`record ${last.seq + 1} is missing`);
    if (last !== undefined && record.previous !== last.hash) return bad('it does not follow the record before it');
    if (hashOf(rest) !== hash) return bad('its content is not what its hash says');
    if (record.verb === AUDIT_ROTATED && record.before !== undefined) letGo = record.before;
    first ??= record;
    last = record;
    count++;
  }
  if (first !== undefined && first.previous !== AUDIT_START && first.previous !== letGo)
    return { ok: false, records: count, at: first.seq, why: 'records before it are missing, and no rotation says so' };
  const end = { seq: last?.seq ?? 0, hash: last?.hash ?? AUDIT_START };
  if (end.seq !== head.seq || end.hash !== head.hash) return { ok: false, records: count, at: end.seq, why: `the last record should be number ${head.seq}` };
  return { ok: true, records: count, first: first?.seq ?? 0, head: end };
}
