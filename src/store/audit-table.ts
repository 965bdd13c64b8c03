// The audit log in the store's file: its records are in the same transaction as what they speak of, so neither is there without the other.
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { AUDIT_ROTATED, AUDIT_START, type AuditFacts, type AuditHead, type AuditRecord, type AuditVerdict, chained, verifyChain } from './audit.ts';

/** So many records are kept; then the older half is let go. */
const KEPT = 200_000;

export interface AuditQuery {
  /** Only records before this one; default: from the newest on. */
  readonly before?: number;
  readonly limit: number;
  readonly namespace?: string;
}

export class AuditTable {
  readonly #database: DatabaseSync;
  readonly #kept: number;
  readonly #statements;
  #head: AuditHead;
  #first: number;

  constructor(database: DatabaseSync, kept: number = KEPT) {
    this.#database = database;
    this.#kept = kept;
    this.#statements = {
      append: database.prepare('INSERT INTO audit VALUES (?, ?, ?)'),
      remember: database.prepare("INSERT INTO audit_state VALUES ('head', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"),
      floor: database.prepare("INSERT INTO audit_state VALUES ('floor', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"),
      hash: database.prepare('SELECT json FROM audit WHERE seq = ?'),
      rotate: database.prepare('DELETE FROM audit WHERE seq <= ?'),
    };
    this.#head = this.#readHead();
    this.#first = Number(database.prepare('SELECT min(seq) AS first FROM audit').get()?.['first'] ?? 1);
  }

  #readHead(): AuditHead {
    const text = this.#database.prepare("SELECT value FROM audit_state WHERE name = 'head'").get()?.['value'];
    return typeof text === 'string' ? (JSON.parse(text) as AuditHead) : { seq: 0, hash: AUDIT_START };
  }

  /** Within a transaction; what was appended counts from `settle` on. */
  append(facts: readonly AuditFacts[], now: number): () => void {
    let head = this.#head;
    let first = this.#first;
    const put = (each: AuditFacts): void => {
      const record = chained(head, now, each);
      this.#statements.append.run(record.seq, record.namespace, JSON.stringify(record));
      head = { seq: record.seq, hash: record.hash };
    };
    for (const each of facts) put(each);
    if (head.seq - first >= this.#kept) {
      const last = head.seq - Math.floor(this.#kept / 2);
      const { hash } = JSON.parse(String(this.#statements.hash.get(last)?.['json'])) as AuditRecord;
      this.#statements.floor.run(String(last));
      this.#statements.rotate.run(last);
      put({ who: 'weft', verb: AUDIT_ROTATED, what: `records ${first} to ${last}`, namespace: '', result: 'done', before: hash });
      first = last + 1;
    }
    this.#statements.remember.run(JSON.stringify(head));
    return () => {
      this.#head = head;
      this.#first = first;
    };
  }

  /** Newest first. */
  list({ before, limit, namespace }: AuditQuery): readonly AuditRecord[] {
    const where = namespace === undefined ? '' : 'AND namespace = ?';
    const values = [before ?? Number.MAX_SAFE_INTEGER, ...(namespace === undefined ? [] : [namespace]), limit];
    const rows = this.#database.prepare(`SELECT json FROM audit WHERE seq < ? ${where} ORDER BY seq DESC LIMIT ?`).all(...values);
    return rows.map((row) => JSON.parse(String(row['json'])) as AuditRecord);
  }

  verify(): AuditVerdict {
    return verifyChain(this.#all(), this.#readHead());
  }

  *#all(): Generator<AuditRecord> {
    for (const row of this.#database.prepare('SELECT seq, json FROM audit ORDER BY seq').iterate()) {
      const record = readRecord(String(row['json']));
      yield { ...record, seq: Number(row['seq']) };
    }
  }
}

/** What is no record any more is one whose hash does not fit. */
function readRecord(text: string): AuditRecord {
  try {
    return JSON.parse(text) as AuditRecord;
  } catch {
    return { seq: 0, at: '', who: '', verb: '', what: '', namespace: '', result: '', previous: '', hash: '' };
  }
}

/** The key of content digests: made once, one of the store's small values. */
export const DIGEST_KEY = { area: 'audit', key: 'digest-key', make: (): string => randomBytes(32).toString('base64url') } as const;
